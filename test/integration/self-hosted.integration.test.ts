/**
 * A self-hosted shoot (docs/design/gardener.md#self-hosted-shoots): Network, Cluster and created objects are in kube-system of the cluster of the extension. It is
 * also a seed: the control planes of other shoots are in its other namespaces.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { resources } from '../../controllers/resources.ts';
import { ownConfiguration } from '../../controllers/shootwebhook/configuration.ts';
import { nodeLocalDNSWebhook } from '../../pkg/cilium/nodelocaldns/webhook.ts';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import { builtin } from '../../pkg/kubernetes/client/builtin.ts';
import { referencedSecrets } from '../../pkg/managedresource/present.ts';
import { readManifests } from '../../pkg/managedresource/read.ts';
import { skipWithoutRealControlPlane, startControlPlane } from '../controlplane/index.ts';
import { readAudit } from '../support/audit.ts';
import { planTools } from '../support/planning.ts';
import { type ExampleType, exampleObjects } from '../support/seed.ts';
import type { Extension } from './extension.ts';
import { isReady, type Landscape, operationAnnotations, readStatus, startLandscape } from './landscape.ts';
import { grant, type Rights } from './rights.ts';

const log = (line: string): void => console.error(line);
const skip = await skipWithoutRealControlPlane({ suite: 'a self-hosted shoot on a real API server', log });
const namespace = 'kube-system';
const user = 'extension';
const hosted = 'shoot--test--hosted';
const mutators = 'mutatingwebhookconfigurations';
const configurationName = 'gardener-extension-networking-cilium';
let seed: Landscape;
let extension: Extension;
let rights: Rights;

before(async () => {
  if (skip !== false) return;
  seed = await startLandscape(log, () =>
    startControlPlane({ log, source: 'real', build: false, users: [{ name: user }], audit: true }),
  );
  await seed.client.mergePatch({
    resource: builtin.namespaces,
    name: namespace,
    patch: { metadata: { labels: { 'gardener.cloud/role': 'shoot', 'gardener.cloud/purpose': 'kube-system' } } },
  });
  rights = await grant({ client: seed.client, user, namespace: 'default', place: 'self-hosted shoot' });
});
after(() => seed?.stop());

/** Starts the extension with exactly the permissions that the Helm chart grants in a self-hosted shoot. */
function start(): Extension {
  const kubeconfig = seed.kubeconfig({ token: seed.controlPlane.tokenFor(user) });
  return seed.run(`--kubeconfig=${kubeconfig}`, '--no-leader-election', '--self-hosted-shoot-cluster');
}

/** Creates a Network like gardenadm; the Cluster has no seed. */
async function shoot(type: ExampleType, change: object = {}): Promise<void> {
  const { network, cluster } = exampleObjects(type);
  const given = cluster['spec'] as { readonly shoot: { readonly spec: object }; readonly cloudProfile: object };
  const { cloudProfile } = given;
  const spec = { cloudProfile, shoot: { ...given.shoot, spec: { ...given.shoot.spec, ...change } } };
  const labels = { 'networking.shoot.gardener.cloud/provider': type };
  await seed.client.mergePatch({ resource: builtin.namespaces, name: namespace, patch: { metadata: { labels } } });
  await seed.client.create({
    resource: resources.clusters,
    object: { ...cluster, metadata: { name: namespace }, spec },
  });
  await seed.client.create({
    resource: resources.networks,
    object: {
      ...network,
      metadata: { name: 'root', namespace, annotations: operationAnnotations() },
      spec: { ...(network['spec'] as object), providerConfig: null },
    },
  });
}

function ready(where = { namespace, name: 'root' }): Promise<KubeObject> {
  return seed.eventually('the Network is ready', async () => {
    const found = await seed.client.get({ resource: resources.networks, ...where });
    return isReady(found) ? found : undefined;
  });
}

async function requestOperation(operation: string): Promise<void> {
  const annotations = { ...operationAnnotations(), 'gardener.cloud/operation': operation };
  const where = { resource: resources.networks, namespace, name: 'root' };
  await seed.client.mergePatch({ ...where, patch: { metadata: { annotations } } });
}

async function gone(): Promise<void> {
  await seed.client.delete({ resource: resources.networks, namespace, name: 'root' });
  await seed.eventually('the Network is gone', async () => {
    const found = await seed.client.find({ resource: resources.networks, namespace, name: 'root' });
    return found === undefined ? true : undefined;
  });
  await seed.client.delete({ resource: resources.clusters, name: namespace });
}

function configuration(): Promise<KubeObject | undefined> {
  return seed.client.find({ resource: builtin.mutatingWebhookConfigurations, name: configurationName });
}

async function managedResources(of: string): Promise<readonly string[]> {
  const { items } = await seed.client.list({ resource: resources.managedResources, namespace: of });
  return items.map(({ metadata }) => metadata.name);
}

/** Returns the stored Corefile of NodeLocalDNS; undefined while the webhook does not respond. */
async function nodeLocalDNS(): Promise<string | undefined> {
  const object: KubeObject = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'node-local-dns-1a2b3c4d', namespace, labels: { 'k8s-app': 'node-local-dns' } },
    data: { Corefile: 'cluster.local:53 {\n    bind 169.254.20.10 10.64.0.10\n    health 169.254.20.10:8099\n}\n' },
  };
  try {
    const { data } = await seed.client.create({ resource: resources.configMaps, object, dryRun: true });
    return isRecord(data) ? String(data['Corefile']) : '';
  } catch (error) {
    if (error instanceof Error && error.message.includes('failed calling webhook')) return undefined;
    throw error;
  }
}

/** Waits until the API server applies a new or removed webhook configuration. */
async function waitForBinding(addresses: string): Promise<void> {
  await seed.eventually(`NodeLocalDNS binds to ${addresses}`, async () =>
    (await nodeLocalDNS())?.includes(`bind ${addresses}`) === true ? true : undefined,
  );
}

/** Restarts the extension without its certificates, so that it creates another authority. */
async function restartWithoutCertificates(): Promise<void> {
  await extension.terminate();
  const { items } = await seed.client.list({
    resource: builtin.secrets,
    namespace: 'default',
    labelSelector: 'managed-by=secrets-manager',
  });
  assert.ok(items.length > 1);
  for (const { metadata } of items)
    await seed.client.delete({ resource: builtin.secrets, namespace: 'default', name: metadata.name });
  extension = start();
}

test('calico: removes the webhook of an earlier version, although cilium is served', { skip }, async () => {
  // No server responds at this address.
  const client = { url: 'https://127.0.0.1:1/shoot' };
  await seed.client.create({ resource: builtin.mutatingWebhookConfigurations, object: leftOver(client) });
  await seed.eventually('NodeLocalDNS is rejected', async () =>
    (await nodeLocalDNS()) === undefined ? true : undefined,
  );
  await shoot('calico');
  extension = start();
  await ready();
  assert.ok((await managedResources(namespace)).includes('extension-networking-calico-config'));
  await seed.eventually('the configuration is removed', async () =>
    (await configuration()) === undefined ? true : undefined,
  );
  await waitForBinding('169.254.20.10 10.64.0.10');
  await seed.eventually('the CA bundle is published', async () =>
    extension.logCount('Published webhook CA bundle') > 0 ? true : undefined,
  );
  await requestOperation('reconcile');
  await ready();
  assert.equal(await configuration(), undefined);
  await gone();
});

test('a hosted shoot uses facts of its own cluster, and has the webhook as in a seed', { skip }, async () => {
  await seed.client.create({
    resource: resources.configMaps,
    object: {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'cilium-config', namespace },
      data: { ipam: 'cluster-pool' },
    },
  });
  await seed.shoot('hosted', { type: 'cilium' });
  const network = await ready({ namespace: hosted, name: 'hosted' });
  assert.deepEqual(readStatus(network)['state'], { ipam: 'kubernetes' });
  assert.deepEqual(await managedResources(hosted), [
    'extension-cilium-shoot-webhooks',
    'extension-networking-cilium-config',
  ]);
  assert.equal(await configuration(), undefined, 'the cluster itself has no Network of cilium');
});

test('cilium: all objects are in kube-system, and the IPAM mode is that of the cluster itself', { skip }, async () => {
  await shoot('cilium', {
    networking: { type: 'cilium', pods: '10.96.0.0/11', services: '10.64.0.0/13', nodes: '10.250.0.0/16' },
    kubernetes: { version: '1.34.2', kubeProxy: { enabled: true, mode: 'IPTables' } },
  });
  const network = await ready();
  assert.ok((await configuration()) !== undefined, 'the webhook is configured when the Network is ready');
  assert.deepEqual(await managedResources(namespace), ['extension-networking-cilium-config']);
  assert.deepEqual(readStatus(network)['state'], { ipam: 'cluster-pool' });
  const secrets = await seed.client.list({ resource: resources.secrets, namespace });
  const manifests = readManifests(secrets.items.filter(({ metadata }) => metadata.name.startsWith('managedresource-')));
  assert.ok(manifests.some(({ kind, metadata }) => kind === 'DaemonSet' && metadata.name === 'cilium'));
});

test('the webhook is configured in the cluster itself, owned by its namespace, and works', { skip }, async () => {
  const owner = await seed.client.get({ resource: builtin.namespaces, name: 'default' });
  assert.deepEqual(
    (await configuration())?.metadata.ownerReferences?.map(({ kind, name: of, uid }) => [kind, of, uid]),
    [['Namespace', 'default', owner.metadata.uid]],
  );
  await waitForBinding('0.0.0.0');

  await seed.client.mergePatch({
    resource: builtin.mutatingWebhookConfigurations,
    name: configurationName,
    patch: { webhooks: null },
  });
  await requestOperation('reconcile');
  await ready();
  assert.equal(listWebhooks(await configuration()).length, 1, 'a removed webhook is restored');
});

test('a new authority is published to the cluster itself and to hosted shoots', { skip }, async () => {
  const before = await hostedCaBundle();
  assert.equal(decodeCaBundle(await configuration()), before);
  await restartWithoutCertificates();
  const own = await seed.eventually('the cluster itself has it', async () => {
    const caBundle = decodeCaBundle(await configuration());
    return caBundle === before ? undefined : caBundle;
  });
  await seed.eventually('the hosted shoot has it', async () => ((await hostedCaBundle()) === own ? true : undefined));
  await waitForBinding('0.0.0.0');
});

test('the webhook is removed and restored with its Network; hosted shoots retain theirs', { skip }, async () => {
  await requestOperation('migrate');
  await seed.eventually('the Network is migrated', async () => {
    const found = await seed.client.get({ resource: resources.networks, namespace, name: 'root' });
    const last = readStatus(found)['lastOperation'];
    const isOver = isRecord(last) && last['type'] === 'Migrate' && last['state'] === 'Succeeded';
    return isOver && found.metadata.annotations?.['gardener.cloud/operation'] === undefined ? true : undefined;
  });
  assert.equal(await configuration(), undefined);
  await waitForBinding('169.254.20.10 10.64.0.10');
  await requestOperation('restore');
  await ready();
  assert.ok((await configuration()) !== undefined);
  await gone();
  assert.equal(await configuration(), undefined);
  await waitForBinding('169.254.20.10 10.64.0.10');
  assert.ok((await managedResources(hosted)).includes('extension-cilium-shoot-webhooks'));
});

test('no permission for self-hosted shoots is missing, and cilium uses all of them', { skip }, () => {
  const { auditLog = assert.fail('no audit log') } = seed.controlPlane;
  const requests = readAudit(auditLog).requests.filter((one) => one.user === user);
  assert.deepEqual(
    requests.filter(({ code }) => code === 403),
    [],
  );
  const made = new Set(requests.map(({ verb, resource }) => `${verb} ${resource}`));
  const ofMutators = ['get', 'create', 'patch', 'delete'].map((verb) => `${verb} ${mutators}`);
  assert.deepEqual(
    ['get configmaps', 'get namespaces', 'list namespaces', ...ofMutators].filter((one) => !made.has(one)),
    [],
  );
});

test('publishes a new authority to hosted shoots without waiting for the cluster itself, which gets it later', {
  skip,
}, async () => {
  await shoot('cilium');
  await ready();
  const before = decodeCaBundle(await configuration());
  assert.ok(before !== undefined);
  await rights.take(mutators);
  await seed.eventually('the Network reports the missing permission', async () => {
    await requestOperation('reconcile');
    const found = await seed.client.get({ resource: resources.networks, namespace, name: 'root' });
    return JSON.stringify(readStatus(found)['lastError'] ?? '').includes(mutators) ? true : undefined;
  });
  await restartWithoutCertificates();
  const published = await seed.eventually('the hosted shoot has the new authority', async () => {
    const caBundle = await hostedCaBundle();
    return caBundle === before ? undefined : caBundle;
  });
  assert.equal(decodeCaBundle(await configuration()), before);
  await rights.giveBack();
  await seed.eventually('the cluster itself has it', async () =>
    decodeCaBundle(await configuration()) === published ? true : undefined,
  );
  await ready();
});

/** Returns the configuration that an earlier version created wherever both types were served. */
function leftOver(client: { readonly url: string }): KubeObject {
  const plan = nodeLocalDNSWebhook.plan(
    { caBundle: Buffer.from(seed.controlPlane.ca ?? '').toString('base64'), ...client },
    planTools(),
  );
  const caBundle = Buffer.from(seed.controlPlane.ca ?? '').toString('base64');
  return ownConfiguration({ name: configurationName, plan, address: client, caBundle, owner: undefined });
}

interface Webhook {
  readonly clientConfig: { readonly caBundle: string };
}

function listWebhooks(object: KubeObject | undefined): readonly Webhook[] {
  return (object?.['webhooks'] ?? []) as readonly Webhook[];
}

function decodeCaBundle(object: KubeObject | undefined): string | undefined {
  return listWebhooks(object)[0]?.clientConfig.caBundle;
}

/** Returns the CA bundle of the configuration for the hosted shoot. */
async function hostedCaBundle(): Promise<string | undefined> {
  const resource = resources.managedResources;
  const found = await seed.client.get({ resource, namespace: hosted, name: 'extension-cilium-shoot-webhooks' });
  const [name = assert.fail('no Secret')] = referencedSecrets(found);
  const secret = await seed.client.get({ resource: resources.secrets, namespace: hosted, name });
  return decodeCaBundle(readManifests([secret])[0]);
}
