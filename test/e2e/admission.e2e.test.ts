/** The image as the admission of a garden, whose API server calls the container by the webhook configurations that it created. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { type Client, createClient, type Reply } from '../controlplane/client.ts';
import type { Pod } from './pod.ts';
import { extensionNamespace } from './pod.ts';
import { e2eSkip, type Seed, startSeed } from './seed.ts';

const log = (line: string): void => console.error(line);
const skip = existsSync(new URL('../../controllers/process/admission/command.ts', import.meta.url))
  ? e2eSkip('the image as admission')
  : 'this version has no command admission';

/** A Shoot CRD without a schema, in place of Gardener's API server. */
const shoots = {
  metadata: { name: 'shoots.core.gardener.cloud' },
  spec: {
    group: 'core.gardener.cloud',
    scope: 'Namespaced',
    names: { kind: 'Shoot', plural: 'shoots', singular: 'shoot' },
    versions: [
      {
        name: 'v1beta1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};
const shootsPath = '/apis/core.gardener.cloud/v1beta1/namespaces/default/shoots';
const configurations = '/apis/admissionregistration.k8s.io/v1';

let garden: Seed;
let client: Client;
let pod: Pod;

before(async () => {
  if (skip !== false) return;
  garden = await startSeed(log, 'admission');
  client = createClient(garden.controlPlane);
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  assert.equal((await client.call({ method: 'POST', path, body: shoots })).status, 201);
  pod = await garden.pod('admission', [
    'admission',
    '--webhook-config-mode=url',
    '--webhook-config-url=admission:10250',
    '--webhook-config-server-port=10250',
    `--webhook-config-owner-namespace=${extensionNamespace}`,
  ]);
  for (const name of [
    'validatingwebhookconfigurations/gardener-extension-admission-calico',
    'mutatingwebhookconfigurations/gardener-extension-admission-cilium',
  ])
    await garden.eventually(`${name} has a CA`, async () => {
      const { status, text } = await client.call({ path: `${configurations}/${name}` });
      return status === 200 && /"caBundle":"[^"]/.test(text) ? true : undefined;
    });
});
after(async () => {
  await client?.close();
  await garden?.stop();
});

function create(input: { readonly name: string; readonly type: string; readonly config: object }): Promise<Reply> {
  const { name, type, config } = input;
  const body = {
    apiVersion: 'core.gardener.cloud/v1beta1',
    kind: 'Shoot',
    metadata: { name, labels: { [`networking.extensions.gardener.cloud/${type}`]: 'true' } },
    spec: {
      provider: { type: 'local', workers: [{ name: 'small' }] },
      kubernetes: { version: '1.34.3', kubeProxy: { enabled: true } },
      networking: { type, pods: '10.96.0.0/11', services: '10.64.0.0/13', providerConfig: config },
    },
  };
  return client.call({ method: 'POST', path: shootsPath, body });
}

test('creates a valid Shoot, and denies an invalid one with a cause per field', { skip }, async () => {
  // An API server applies a new webhook configuration with a delay.
  const denied = await garden.eventually('the webhook denies the Shoot', async () => {
    const response = await create({ name: `bad-${Date.now()}`, type: 'calico', config: { backend: 'geneve' } });
    return response.status === 201 ? undefined : response;
  });
  assert.equal(denied.status, 403, denied.text);
  const { message, details } = JSON.parse(denied.text);
  assert.match(message, /^admission webhook "validator\.admission-calico\.extensions\.gardener\.cloud" denied/);
  assert.match(message, /Unsupported value: "geneve"/);
  assert.deepEqual(
    details.causes.map(({ field }: { readonly field: string }) => field),
    ['spec.networking.providerConfig.backend'],
  );
  const good = await create({ name: 'good', type: 'calico', config: { backend: 'bird' } });
  assert.equal(good.status, 201, good.text);
});

test('disables kube-proxy in a new Shoot of cilium', { skip }, async () => {
  const created = await garden.eventually('the webhook changes the Shoot', async () => {
    const response = await create({ name: `cilium-${Date.now()}`, type: 'cilium', config: {} });
    return response.status === 201 && JSON.parse(response.text).spec.kubernetes.kubeProxy.enabled === true
      ? undefined
      : response;
  });
  assert.equal(created.status, 201, created.text);
  assert.equal(JSON.parse(created.text).spec.kubernetes.kubeProxy.enabled, false);
});

test('both parts of the chart grant all needed permissions', { skip }, () => assert.deepEqual(garden.forbidden(), []));

test('Shoots of its types are rejected while the admission does not run', { skip }, async () => {
  assert.equal(await pod.terminate(), 0, pod.output());
  const unanswered = await create({ name: 'late', type: 'calico', config: { backend: 'vxlan' } });
  assert.equal(unanswered.status, 500, unanswered.text);
  assert.match(unanswered.text, /failed calling webhook \\"validator\.admission-calico/);
});
