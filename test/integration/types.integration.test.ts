/** A process serves its configured types, and shoots have a webhook configuration that works. */
import assert from 'node:assert/strict';
import { request } from 'node:https';
import { after, before, test } from 'node:test';
import { resources } from '../../controllers/resources.ts';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import { readManifests } from '../../pkg/managedresource/read.ts';
import { skipWithoutRealControlPlane } from '../controlplane/index.ts';
import { type Landscape, startLandscape } from './landscape.ts';

const log = (line: string): void => console.error(line);
const skip = await skipWithoutRealControlPlane({ suite: 'both types on a real API server', log });
const webhookResource = 'extension-cilium-shoot-webhooks';
let seed: Landscape;

before(async () => {
  if (skip === false) seed = await startLandscape(log);
});
after(() => seed?.stop());

test('shoots with cilium have a working webhook, also after a restart', { skip }, async () => {
  const flags = ['--no-leader-election', ...fixedWebhook()];
  const first = seed.run(...flags);
  await Promise.all([seed.shoot('calico-1'), seed.shoot('cilium-1', { type: 'cilium' })]);
  await seed.areReady('calico-1', 'cilium-1');
  const told = await firstWebhook('cilium-1');
  assert.deepEqual(await review(told), { uid: 'test', allowed: true });
  assert.equal(await managedResource('calico-1'), undefined);
  await assert.rejects(review({ ...told, caBundle: seed.controlPlane.ca ?? '' }), /unable to verify|self-signed/);

  const before = await managedResource('cilium-1');
  await first.kill();
  const second = seed.run(...flags);
  await seed.waitFor('the second process serves', async () => (await second.get('health', '/readyz'))?.status === 200);
  assert.deepEqual(await review(told), { uid: 'test', allowed: true });
  await seed.requestReconcile('calico-1', 'cilium-1');
  await seed.areReady('calico-1', 'cilium-1');
  const after = await managedResource('cilium-1');
  assert.equal(after?.metadata.resourceVersion, before?.metadata.resourceVersion, 'nothing is written');
  assert.equal(await second.terminate(), 0, second.output());
});

for (const [served, other] of [
  ['calico', 'cilium'],
  ['cilium', 'calico'],
] as const) {
  test(`--types=${served} ignores ${other}`, { skip }, async () => {
    const [own, foreign] = [`${served}-own`, `${other}-foreign-to-${served}`];
    const extension = seed.run('--no-leader-election', `--types=${served}`);
    await seed.shoot(foreign, { type: other });
    const { resourceVersion } = (await seed.network(foreign)).metadata;
    await seed.shoot(own, { type: served });
    await seed.areReady(own);
    assert.equal((await seed.network(foreign)).metadata.resourceVersion, resourceVersion);
    const rest = seed.run('--no-leader-election', `--types=${other}`);
    await seed.areReady(foreign);
    assert.ok(extension.isAlive());
    assert.equal(await rest.terminate(), 0, rest.output());
    assert.equal(await extension.terminate(), 0, extension.output());
  });
}

/** Returns flags for the same webhook address in successive processes, as with a Service. */
function fixedWebhook(): readonly string[] {
  const port = seed.freePort();
  return [`--webhook-config-url=127.0.0.1:${port}`, `--webhook-config-server-port=${port}`];
}

function managedResource(name: string): Promise<KubeObject | undefined> {
  return seed.client.find({
    resource: resources.managedResources,
    namespace: `shoot--test--${name}`,
    name: webhookResource,
  });
}

interface ConfiguredWebhook {
  readonly url: string;
  /** PEM. */
  readonly caBundle: string;
}

/** Returns the webhook configuration of a shoot. */
async function firstWebhook(name: string): Promise<ConfiguredWebhook> {
  const resource = await managedResource(name);
  const spec = isRecord(resource?.['spec']) ? resource['spec'] : assert.fail(`${name} has no ${webhookResource}`);
  const { secretRefs } = spec as { readonly secretRefs: readonly { readonly name: string }[] };
  const namespace = `shoot--test--${name}`;
  const secrets = await Promise.all(
    secretRefs.map((ref) => seed.client.get({ resource: resources.secrets, namespace, name: ref.name })),
  );
  const [configuration] = readManifests(secrets);
  const { webhooks } = configuration as unknown as {
    readonly webhooks: readonly { readonly clientConfig: { readonly url: string; readonly caBundle: string } }[];
  };
  const { url, caBundle } = webhooks[0]?.clientConfig ?? assert.fail('no webhook');
  return { url, caBundle: Buffer.from(caBundle, 'base64').toString('utf8') };
}

/** Sends a review like the API server of a shoot, trusting only the CA bundle; returns the `response`. */
async function review({ url, caBundle }: ConfiguredWebhook): Promise<unknown> {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'other', namespace: 'kube-system' } };
  const body = JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: { uid: 'test', operation: 'CREATE', namespace: 'kube-system', name: 'other', dryRun: false, object },
  });
  const text = await new Promise<string>((resolve, reject) => {
    const call = request(url, { method: 'POST', ca: caBundle, headers: { 'content-type': 'application/json' } });
    call.on('error', reject);
    call.on('response', (response) => {
      let read = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (read += chunk));
      response.on('end', () => resolve(read));
    });
    call.end(body);
  });
  return (JSON.parse(text) as { readonly response: unknown }).response;
}
