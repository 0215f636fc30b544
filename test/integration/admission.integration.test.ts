/** The admission as a process: a real API server calls it by the webhook configurations that it created. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { admissionAlerts } from '../../controllers/telemetry/monitoring/alerts-admission.ts';
import { isRecord, type KubeObject, recordOf } from '../../pkg/gardener/objects.ts';
import { builtin } from '../../pkg/kubernetes/client/builtin.ts';
import { skipWithoutRealControlPlane } from '../controlplane/index.ts';
import { seedResources } from '../support/seed.ts';
import type { Extension } from './extension.ts';
import { type Garden, ownerNamespace, startGarden } from './garden.ts';

const log = (line: string): void => console.error(line);
const skip = await skipWithoutRealControlPlane({ suite: 'the admission with a real API server', log });

const [calico, cilium] = ['gardener-extension-admission-calico', 'gardener-extension-admission-cilium'];
const admissionRegistration = { apiGroups: ['admissionregistration.k8s.io'] };
/** The permissions of the process in the garden. */
const rules = [
  { apiGroups: [''], resources: ['namespaces'], verbs: ['get'] },
  {
    ...admissionRegistration,
    resources: ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'],
    verbs: ['create'],
  },
  {
    ...admissionRegistration,
    resources: ['validatingwebhookconfigurations'],
    resourceNames: [calico, cilium],
    verbs: ['get', 'patch'],
  },
  {
    ...admissionRegistration,
    resources: ['mutatingwebhookconfigurations'],
    resourceNames: [cilium],
    verbs: ['get', 'patch'],
  },
];

let land: Garden;
let admission: Extension;

before(async () => {
  if (skip !== false) return;
  land = await startGarden({ log, rules });
  admission = land.run();
  await ready();
});
after(() => land?.stop());

const configured = [
  ['validatingWebhookConfigurations', calico],
  ['validatingWebhookConfigurations', cilium],
  ['mutatingWebhookConfigurations', cilium],
] as const;

/** Waits until the process is ready and all webhook configurations exist. */
async function ready(): Promise<void> {
  await land.eventually('the process is ready', async () => {
    return (await admission.get('health', '/readyz'))?.status === 200 ? true : undefined;
  });
  await land.eventually('the configurations have the CA bundle', async () =>
    (await bundles()).every((one) => one.includes('BEGIN CERTIFICATE')) ? true : undefined,
  );
}

async function configurations(): Promise<readonly (KubeObject | undefined)[]> {
  return Promise.all(configured.map(([kind, name]) => land.garden.find({ resource: builtin[kind], name })));
}

/** Returns the decoded CA bundles. */
async function bundles(): Promise<readonly string[]> {
  return (await configurations()).map((one) => {
    const client = firstWebhook(one)['clientConfig'] as { readonly caBundle?: string } | undefined;
    return Buffer.from(client?.caBundle ?? '', 'base64').toString();
  });
}

function firstWebhook(configuration: KubeObject | undefined): Readonly<Record<string, unknown>> {
  const webhooks = configuration?.['webhooks'];
  const first: unknown = Array.isArray(webhooks) ? webhooks[0] : undefined;
  return recordOf(first);
}

interface Choice {
  readonly name: string;
  readonly type?: string;
  readonly config?: unknown;
  readonly spec?: object;
  /** True if the Shoot has the label that Gardener's admission plugin sets. */
  readonly labelled?: boolean;
}

function shootWith({ name, type = 'calico', config = {}, spec = {}, labelled = true }: Choice): KubeObject {
  const labels = labelled ? { [`networking.extensions.gardener.cloud/${type}`]: 'true' } : {};
  return {
    apiVersion: 'core.gardener.cloud/v1beta1',
    kind: 'Shoot',
    metadata: { namespace: 'garden-dev', name, labels },
    spec: {
      provider: { type: 'metal', workers: [{ name: 'general' }] },
      kubernetes: { version: '1.34.3', kubeProxy: { enabled: true, mode: 'IPTables' } },
      networking: { type, pods: '10.96.0.0/11', services: '10.64.0.0/13', providerConfig: config },
      ...spec,
    },
  };
}

/** Parses the object in the response to a write. */
function stored(text: string): KubeObject {
  return JSON.parse(text) as KubeObject;
}

test('configurations belong to the namespace of the extension', { skip }, async () => {
  const namespace = await land.garden.get({ resource: seedResources.namespaces, name: ownerNamespace });
  for (const one of await configurations()) {
    assert.deepEqual(
      one?.metadata.ownerReferences?.map(({ kind, uid, controller }) => ({ kind, uid, controller })),
      [{ kind: 'Namespace', uid: namespace.metadata.uid, controller: true }],
    );
  }
});

test('creates a valid Shoot, and returns warnings for a risky one', { skip }, async () => {
  const good = await land.send({ method: 'POST', shoot: shootWith({ name: 'good' }) });
  assert.equal(good.status, 201, good.text);
  assert.equal(good.headers['warning'], undefined);
  const config = { backend: 'bird', overlay: { enabled: false } };
  const risky = await land.send({ method: 'POST', shoot: shootWith({ name: 'risky', config }) });
  assert.equal(risky.status, 201, risky.text);
  assert.match(
    String(risky.headers['warning']),
    /^299 - "providerConfig\.backend: \\"bird\\" has no effect.*\[calico-overlay-overrules\]"$/,
  );
});

test('a denial contains the warnings that are independent of its errors', { skip }, async () => {
  const config = { vethMTU: '9k', backend: 'bird', overlay: { enabled: false } };
  const response = await land.send({ method: 'POST', shoot: shootWith({ name: 'bad-and-risky', config }) });
  assert.equal(response.status, 403, response.text);
  assert.match(
    String(response.headers['warning']),
    /^299 - "providerConfig\.backend: \\"bird\\" has no effect.*\[calico-overlay-overrules\]"$/,
  );
});

test('denies an invalid Shoot with a cause per field, also in a dry run', { skip }, async () => {
  const shoot = shootWith({ name: 'bad', config: { backend: 'geneve', vethMTU: '9k' } });
  for (const dryRun of [false, true]) {
    const response = await land.send({ method: 'POST', shoot, dryRun });
    assert.equal(response.status, 403, response.text);
    const { reason, message, details } = JSON.parse(response.text) as {
      readonly reason: string;
      readonly message: string;
      readonly details: { readonly causes: readonly { readonly field: string; readonly message: string }[] };
    };
    assert.equal(reason, 'Forbidden');
    assert.match(
      message,
      /^admission webhook "validator\.admission-calico\.extensions\.gardener\.cloud" denied the request: \[spec\.networking\.providerConfig\.backend: /,
    );
    assert.deepEqual(
      details.causes.map(({ field }) => field),
      ['spec.networking.providerConfig.backend', 'spec.networking.providerConfig.vethMTU'],
    );
  }
});

test('accepts stored errors, denies new ones, and does not block a Shoot under deletion', {
  skip,
}, async () => {
  const bad = shootWith({ name: 'old', config: { vethMTU: '9k' } });
  const before = await storedWithoutWebhook(bad);
  const { metadata, ...rest } = before;
  const changed = await land.send({
    method: 'PUT',
    shoot: { ...rest, metadata: { ...metadata, finalizers: ['gardener.cloud/test'] } },
  });
  assert.equal(changed.status, 200, changed.text);
  assert.match(String(changed.headers['warning']), /already stored, not rejected: .*\[config-invalid-value\]/);
  const now = stored(changed.text);

  const worse = shootWith({ name: 'old', config: { vethMTU: '8k' } });
  const rejected = await land.send({ method: 'PUT', shoot: { ...worse, metadata: now.metadata } });
  assert.equal(rejected.status, 403, rejected.text);

  const shoots = { group: 'core.gardener.cloud', version: 'v1beta1', plural: 'shoots', namespaced: true } as const;
  await land.garden.delete({ resource: shoots, namespace: 'garden-dev', name: 'old' });
  const going = await land.garden.get({ resource: shoots, namespace: 'garden-dev', name: 'old' });
  const gone = await land.send({ method: 'PUT', shoot: { ...going, metadata: { ...going.metadata, finalizers: [] } } });
  assert.equal(gone.status, 200, gone.text);
  assert.equal(await land.garden.find({ resource: shoots, namespace: 'garden-dev', name: 'old' }), undefined);
});

test('denies the label to a stored Shoot whose errors were never validated', { skip }, async () => {
  const config = { vethMTU: '9k' };
  const before = await land.send({ method: 'POST', shoot: shootWith({ name: 'unlabelled', config, labelled: false }) });
  assert.equal(before.status, 201, before.text);
  const { metadata, ...rest } = stored(before.text);
  const { labels = {} } = shootWith({ name: 'unlabelled' }).metadata;
  const labelled = await land.send({ method: 'PUT', shoot: { ...rest, metadata: { ...metadata, labels } } });
  assert.equal(labelled.status, 403, labelled.text);
});

/** Creates a Shoot while the webhook configuration of its type is absent, as before the admission was installed. */
async function storedWithoutWebhook(shoot: KubeObject): Promise<KubeObject> {
  const resource = builtin.validatingWebhookConfigurations;
  const configuration = await land.garden.get({ resource, name: calico });
  await land.garden.delete({ resource, name: calico });
  const accepted = await land.eventually('the API server accepts the Shoot', async () => {
    const response = await land.send({ method: 'POST', shoot });
    return response.status === 201 ? response : undefined;
  });
  const { resourceVersion: _version, uid: _uid, ...metadata } = configuration.metadata;
  await land.garden.create({ resource, object: { ...configuration, metadata } });
  const probe = { ...shoot, metadata: { ...shoot.metadata, name: 'probe' } };
  await land.eventually('the API server asks the webhook again', async () => {
    const response = await land.send({ method: 'POST', shoot: probe, dryRun: true });
    return response.status === 403 ? true : undefined;
  });
  return stored(accepted.text);
}

test('disables kube-proxy in a new Shoot of cilium before validation', { skip }, async () => {
  const config = { egressGateway: { enabled: true }, overlay: { enabled: true } };
  const created = await land.send({ method: 'POST', shoot: shootWith({ name: 'new', type: 'cilium', config }) });
  assert.equal(created.status, 201, created.text);
  const readKubeProxy = (shoot: KubeObject): unknown =>
    isRecord(shoot['spec']) && isRecord(shoot['spec']['kubernetes'])
      ? shoot['spec']['kubernetes']['kubeProxy']
      : undefined;
  assert.deepEqual(readKubeProxy(stored(created.text)), { enabled: false, mode: 'IPTables' });

  const bare = { kubernetes: { version: '1.34.3' } };
  const second = await land.send({ method: 'POST', shoot: shootWith({ name: 'bare', type: 'cilium', spec: bare }) });
  assert.deepEqual(readKubeProxy(stored(second.text)), { enabled: false });

  const { metadata } = stored(second.text);
  const on = shootWith({ name: 'bare', type: 'cilium' });
  const updated = await land.send({ method: 'PUT', shoot: { ...on, metadata } });
  assert.equal(updated.status, 200, updated.text);
  assert.deepEqual(readKubeProxy(stored(updated.text)), { enabled: true, mode: 'IPTables' });
});

test('counts reviews, and provides all metrics of the alerts', { skip }, async () => {
  const { text = '' } = (await admission.get('metrics', '/metrics')) ?? {};
  assert.match(text, /^controller_runtime_webhook_requests_total\{webhook="\/webhooks\/validate",code="200"\} [1-9]/m);
  assert.match(text, /^leader_election_master_status\{name="gardener-extension-admission-networking"\} 1$/m);
  assert.match(
    text,
    /^gardener_extension_network_certificate_expiry_timestamp_seconds\{certificate="server"\} 1\.?[0-9e+]+$/m,
  );
  for (const { name, expr } of admissionAlerts.alerts) {
    const seriesInAlerts = [...expr.matchAll(/\b((?:[a-z]+_){2,}[a-z]+)\b(?:\{(host|command|certificate)="(\w+)")?/g)];
    assert.ok(seriesInAlerts.length > 0, name);
    for (const [all, series = '', label, value = ''] of seriesInAlerts) {
      const labelled = label === undefined ? '' : `\\{.*\\b${label}="${value}"`;
      assert.match(text, new RegExp(`^${series}${labelled}`, 'm'), `${name} reads ${all}`);
    }
  }
});

test('the next process reverts edits and publishes a new authority', {
  skip,
}, async () => {
  const [, first] = await bundles();
  assert.equal(await admission.terminate(), 0, admission.output());
  const lease = await land.runtime.get({
    resource: builtin.leases,
    namespace: 'garden',
    name: 'gardener-extension-admission-networking',
  });
  assert.equal((lease['spec'] as { readonly holderIdentity?: string }).holderIdentity ?? '', '');
  const rejected = await land.send({ method: 'POST', shoot: shootWith({ name: 'nobody' }) });
  assert.equal(rejected.status, 500, 'fails closed');

  const stranger = { metadata: { labels: null, ownerReferences: null }, webhooks: [] };
  await land.garden.mergePatch({ resource: builtin.validatingWebhookConfigurations, name: calico, patch: stranger });
  const { items } = await land.runtime.list({ resource: builtin.secrets, namespace: 'garden' });
  for (const { metadata } of items)
    await land.runtime.delete({ resource: builtin.secrets, namespace: 'garden', name: metadata.name });

  admission = land.run();
  await ready();
  await land.eventually('all configurations have the new CA bundle', async () =>
    (await bundles()).every((one) => one !== '' && one !== first) ? true : undefined,
  );
  const [validator] = await configurations();
  assert.deepEqual(validator?.metadata.labels, { 'remediation.webhook.shoot.gardener.cloud/exclude': 'true' });
  assert.equal(validator?.metadata.ownerReferences?.length, 1);
  const denied = await land.eventually('the API server trusts the new authority', async () => {
    const response = await land.send({ method: 'POST', shoot: shootWith({ name: 'bad', config: { backend: 'x' } }) });
    return response.status === 500 ? undefined : response;
  });
  assert.equal(denied.status, 403, denied.text);
});

test('a restart writes nothing to the garden', { skip }, async () => {
  const before = (await configurations()).map((one) => one?.metadata.resourceVersion);
  assert.equal(await admission.terminate(), 0, admission.output());
  admission = land.run();
  await land.eventually('the process leads and has checked the configurations', async () =>
    admission.logCount('Published webhook CA bundle') > 0 ? true : undefined,
  );
  assert.deepEqual(
    (await configurations()).map((one) => one?.metadata.resourceVersion),
    before,
  );
});
