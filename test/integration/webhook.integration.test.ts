/** The shoot webhook, called by a real API server during a complete rotation, and its publication to all shoots. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Certificates, createCertificates } from '../../controllers/certificates/certificates.ts';
import type { Timing } from '../../controllers/certificates/state.ts';
import { resources } from '../../controllers/resources.ts';
import { shootWebhookHandler } from '../../controllers/shootwebhook/handler.ts';
import { PublishError, publishShootWebhook } from '../../controllers/shootwebhook/publish.ts';
import { mutateNodeLocalDNS } from '../../pkg/cilium/nodelocaldns/node-local-dns.ts';
import { nodeLocalDNSWebhook } from '../../pkg/cilium/nodelocaldns/webhook.ts';
import { systemClock } from '../../pkg/clock/clock.ts';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import { builtin } from '../../pkg/kubernetes/client/builtin.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import type { Resource } from '../../pkg/kubernetes/client/resource.ts';
import { createManagedResourceRenderer } from '../../pkg/managedresource/build.ts';
import { referencedSecrets } from '../../pkg/managedresource/present.ts';
import { readManifests } from '../../pkg/managedresource/read.ts';
import { createWebhookServer, type WebhookServer } from '../../pkg/webhook/server.ts';
import { type ControlPlane, skipWithoutRealControlPlane, startControlPlane } from '../controlplane/index.ts';
import { createMemoryLogger } from '../doubles/fakeclock.ts';
import { readWebhookRequests } from '../parity/webhook.ts';
import { planTools } from '../support/planning.ts';
import { createMissing, exampleObjects, installCRDs, seedResources } from '../support/seed.ts';
import { type Applier, applier } from './apply.ts';

const log = (line: string): void => console.error(line);
const skip = await skipWithoutRealControlPlane({ suite: 'the shoot webhook', log });
const clock = systemClock();
const tools = planTools();

const configurations = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  plural: 'mutatingwebhookconfigurations',
  namespaced: false,
} as const satisfies Resource;
const daemonSets = { group: 'apps', version: 'v1', plural: 'daemonsets', namespaced: true } as const satisfies Resource;

/** The rotation of a landscape, with days shortened to seconds. */
const second = 1_000;
const timing: Timing = {
  authorityLifetime: 60 * second,
  serverLifetime: 60 * second,
  authorityRenewBefore: 52 * second,
  grace: 2 * second,
  retention: 4 * second,
  emergency: second,
  backdate: 10 * second,
};

let controlPlane: ControlPlane;
let seed: Applier;
let client: KubeClient;

before(async () => {
  if (skip !== false) return;
  controlPlane = await startControlPlane({ log, source: 'real', build: false });
  seed = applier(controlPlane);
  client = seed.client;
  await installCRDs(client);
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'extension-networking-cilium' } };
  await createMissing({ client, resource: seedResources.namespaces, object });
  await client.mergePatch({
    resource: seedResources.namespaces,
    name: 'kube-system',
    patch: { metadata: { labels: { 'gardener.cloud/purpose': 'kube-system' } } },
  });
});

after(async () => {
  await seed?.close();
  await controlPlane?.stop();
});

interface Webhook {
  readonly certificates: Certificates;
  readonly server: WebhookServer;
  /** CA bundles in the order of their publication. */
  readonly published: readonly string[];
  readonly outcomes: readonly string[];
  stop(): Promise<void>;
}

/** Starts the part of the extension: server, certificates and a leader that publishes to the configuration of this cluster. */
async function startWebhook(name: string): Promise<Webhook> {
  const stopped = new AbortController();
  const published: string[] = [];
  const outcomes: string[] = [];
  const certificates = createCertificates({
    name,
    namespace: 'extension-networking-cilium',
    hosts: ['localhost'],
    client,
    guarded: client,
    clock,
    random: Math.random,
    log: createMemoryLogger(),
    timing,
    keyBits: 2048,
    pollMs: second / 2,
  });
  const server = createWebhookServer({
    routes: { [nodeLocalDNSWebhook.path]: shootWebhookHandler(nodeLocalDNSWebhook) },
    certificates,
    clock,
    log: createMemoryLogger(),
    host: 'localhost',
    port: 0,
    // An open connection does not use a new certificate.
    limits: { requestsPerConnection: 3 },
    onRequest: ({ status }) => outcomes.push(String(status)),
  });
  const port = await server.listen();
  const running = certificates.run(stopped.signal);
  const publish = async (caBundle: string): Promise<void> => {
    // A delay like that of many shoots.
    await delay(second);
    await putConfiguration({ caBundle, url: `https://localhost:${port}${nodeLocalDNSWebhook.path}` });
    published.push(caBundle);
  };
  const leading = certificates.lead({ publish }, stopped.signal);
  await eventually('the webhook is published', async () => published.length > 0 && server.isServing());
  return {
    certificates,
    server,
    published,
    outcomes,
    async stop() {
      stopped.abort();
      await Promise.all([leading, running]);
      await server.close(5_000);
    },
  };
}

/** Applies the object that shoots get. */
async function putConfiguration({ caBundle, url }: { readonly caBundle: string; readonly url: string }): Promise<void> {
  const target = { url, caBundle: Buffer.from(caBundle).toString('base64') };
  const [object] = nodeLocalDNSWebhook.plan(target, tools).parts.flatMap((part) => part.objects);
  assert.ok(object !== undefined);
  const wanted = JSON.parse(object.json) as KubeObject;
  const { name } = wanted.metadata;
  const present = await client.find({ resource: configurations, name });
  if (present === undefined) await client.create({ resource: configurations, object: wanted });
  else await client.replace({ resource: configurations, object: { ...wanted, metadata: { ...present.metadata } } });
}

async function removeConfigurations(): Promise<void> {
  const { items } = await client.list({ resource: configurations });
  for (const { metadata } of items) await client.delete({ resource: configurations, name: metadata.name });
}

async function eventually(what: string, probe: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; await delay(50)) if (await probe()) return;
  throw new Error(`timeout: ${what}`);
}

/** Waits until the API server calls the webhook, which takes a moment for a new configuration, but not for a change with the same URL. */
async function waitUntilCalled(): Promise<void> {
  await eventually('the webhook is called', async () => {
    const created = await client.create({ resource: resources.configMaps, object: corefile('probe', 'bind 10.0.0.1') });
    await client.delete({ resource: resources.configMaps, namespace: 'kube-system', name: created.metadata.name });
    return corefileText(created) === 'bind 0.0.0.0';
  });
}

function corefile(name: string, text: string): KubeObject {
  const metadata = {
    name: `node-local-dns-${name}`,
    namespace: 'kube-system',
    labels: { 'k8s-app': 'node-local-dns' },
  };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { Corefile: text } };
}

function corefileText({ data }: KubeObject): unknown {
  return isRecord(data) ? data['Corefile'] : undefined;
}

/** Inputs with a deletionTimestamp, which an API server ignores in a new object. */
const impossible = ['08-daemonset-deletion-timestamp'];

interface Recorded {
  readonly name: string;
  readonly resource: Resource;
  readonly input: KubeObject;
  /** The expected response of the webhook, as the API server stores it. */
  readonly stored: KubeObject;
}

/**
 * Requests to the Go extension's webhook, and how the API server stores its responses; test/parity/webhook.test.ts proves that these are what
 * mutateNodeLocalDNS returns. To be called while there is no webhook: the API server adds defaults to the expected objects, too.
 */
async function readRecorded(): Promise<readonly Recorded[]> {
  const requests = readWebhookRequests().filter(({ name }) => !impossible.includes(name));
  return Promise.all(
    requests.map(async ({ name, object: input }): Promise<Recorded> => {
      const resource = input.kind === 'DaemonSet' ? daemonSets : resources.configMaps;
      const object = mutateNodeLocalDNS(input);
      return { name, resource, input, stored: await client.create({ resource, object, dryRun: true }) };
    }),
  );
}

test('the API server stores each recorded object as the Go extension changed it', { skip }, async () => {
  const cases = await readRecorded();
  assert.ok(cases.length >= 14);
  const webhook = await startWebhook('recorded');
  try {
    await waitUntilCalled();
    for (const { name, resource, input, stored } of cases) {
      const called = webhook.outcomes.length;
      const created = await client.create({ resource, object: input });
      for (const part of ['data', 'spec', 'immutable'])
        assert.deepEqual(created[part], stored[part], `${name} ${part}`);
      assert.ok(webhook.outcomes.length > called, `${name}: the webhook was called`);
      const { namespace, uid } = created.metadata;
      const preconditions = uid === undefined ? {} : { preconditions: { uid } };
      await client.delete({ resource, namespace, name: input.metadata.name, ...preconditions });
    }
  } finally {
    await removeConfigurations();
    await webhook.stop();
  }
});

test('a complete rotation under load loses no request', { skip }, async () => {
  const webhook = await startWebhook('rotated');
  const phase = { name: 'before' };
  const counts = new Map<string, number>();
  const stopped = new AbortController();
  try {
    await waitUntilCalled();
    const [first = ''] = webhook.published;
    const shown = webhook.certificates.serving();
    const work = Promise.all(Array.from({ length: 6 }, (_, id) => load(id)));
    work.catch((error: unknown) => stopped.abort(error));
    const until = (what: string, isSo: () => boolean): Promise<void> =>
      eventually(what, async () => {
        stopped.signal.throwIfAborted();
        return isSo();
      });
    await until('the new authority is published in addition to the old one', () => webhook.published.length > 1);
    phase.name = 'during';
    assert.ok(webhook.published[1]?.endsWith(first) && webhook.published[1] !== first);
    await until('the certificate changed', () => webhook.certificates.serving()?.cert !== shown?.cert);
    await until('the old authority is dropped', () => webhook.published.some((one) => isWithout(one, first)));
    phase.name = 'after';
    await delay(2 * second);
    stopped.signal.throwIfAborted();
    stopped.abort();
    await work;
    const dropped = webhook.published.findIndex((one) => isWithout(one, first));
    assert.ok(dropped > 0 && webhook.published.slice(dropped).every((one) => isWithout(one, first)));
    const [configuration] = (await client.list({ resource: configurations })).items;
    assert.ok(!JSON.stringify(configuration).includes(Buffer.from(first).toString('base64').slice(0, 200)));
    for (const one of ['before', 'during', 'after'])
      assert.ok((counts.get(one) ?? 0) > 20, `${one}: ${counts.get(one)}`);
    assert.deepEqual([...new Set(webhook.outcomes)], ['200']);
    const { items } = await client.list({
      resource: builtin.secrets,
      namespace: 'extension-networking-cilium',
      labelSelector: 'manager-identity=gardener-extension-rotated-webhook',
    });
    assert.ok(
      items.length >= 2 && !items.some((one) => JSON.stringify(one).includes(Buffer.from(first).toString('base64'))),
    );
    log(`requests through the webhook: ${[...counts].map(([name, count]) => `${count} ${name}`).join(', ')}`);
  } finally {
    stopped.abort();
    await removeConfigurations();
    await webhook.stop();
  }

  /** Creates, updates and deletes objects until the end; the first failed request fails the test. */
  async function load(id: number): Promise<void> {
    const name = `load-${id}`;
    while (!stopped.signal.aborted) {
      const { name: at } = phase;
      const created = await client.create({ resource: resources.configMaps, object: corefile(name, 'bind 10.0.0.1') });
      assert.equal(corefileText(created), 'bind 0.0.0.0');
      const key = { resource: resources.configMaps, namespace: 'kube-system', name: created.metadata.name };
      const patched = await client.mergePatch({ ...key, patch: { data: { Corefile: `bind 10.0.0.2 # ${id}` } } });
      assert.equal(corefileText(patched), `bind 0.0.0.0 # ${id}`);
      await client.delete(key);
      counts.set(at, (counts.get(at) ?? 0) + 2);
    }
  }
});

function isWithout(caBundle: string, authority: string): boolean {
  return !caBundle.includes(authority);
}

const url = 'https://gardener-extension-networking-cilium.extension-x:443/shoot';

/** Creates a shoot with this CA bundle in its webhook, like the network controller. */
async function shoot(namespace: string, { type = 'cilium', caBundle = 'old' } = {}): Promise<void> {
  const labels = { 'gardener.cloud/role': 'shoot', 'networking.shoot.gardener.cloud/provider': type };
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } };
  await client.create({ resource: seedResources.namespaces, object });
  if (caBundle === '') return;
  const plan = nodeLocalDNSWebhook.plan({ url, caBundle: Buffer.from(caBundle).toString('base64') }, tools);
  const rendered = createManagedResourceRenderer()({ plan, namespace });
  await client.create({ resource: resources.secrets, object: rendered.secret() });
  await client.create({ resource: resources.managedResources, object: rendered.managedResource });
  const { network } = exampleObjects('cilium');
  await client.create({
    resource: resources.networks,
    object: { ...network, metadata: { namespace, name: 'network' } },
  });
}

/** Returns the CA bundle that the gardener-resource-manager would apply to the shoot. */
async function caBundleIn(namespace: string): Promise<string> {
  const resource = resources.managedResources;
  const present = await client.get({ resource, namespace, name: nodeLocalDNSWebhook.managedResource });
  const secrets = await Promise.all(
    referencedSecrets(present).map((name) => client.get({ resource: resources.secrets, namespace, name })),
  );
  const [configuration] = readManifests(secrets) as readonly unknown[] as readonly {
    readonly webhooks: readonly { readonly clientConfig: { readonly caBundle: string } }[];
  }[];
  return Buffer.from(configuration?.webhooks[0]?.clientConfig.caBundle ?? '', 'base64').toString();
}

function publish(caBundle: string, seedClient = client): ReturnType<typeof publishShootWebhook> {
  return publishShootWebhook(
    {
      client: seedClient,
      buildResource: createManagedResourceRenderer(),
      plan: (target) => nodeLocalDNSWebhook.plan(target, tools),
      type: 'cilium',
      clock: { ...clock, setTimeout: (callback) => clock.setTimeout(callback, 1) },
      random: Math.random,
      log: createMemoryLogger(),
      concurrency: 3,
    },
    { url, caBundle, signal: new AbortController().signal },
  );
}

test('publishes a new CA bundle to exactly the shoots with the webhook', { skip }, async () => {
  const shoots = ['shoot--p--a', 'shoot--p--b', 'shoot--p--c', 'shoot--p--d'];
  await Promise.all(shoots.map((name) => shoot(name)));
  await shoot('shoot--p--calico', { type: 'calico' });
  await shoot('shoot--p--bare', { caBundle: '' });
  const key = { resource: resources.managedResources, name: nodeLocalDNSWebhook.managedResource };
  for (const name of ['shoot--p--terminating', 'shoot--p--deleting', 'shoot--p--leaving']) {
    await shoot(name);
    await client.mergePatch({ ...key, namespace: name, patch: { metadata: { finalizers: ['test/stay'] } } });
  }
  await client.delete({ resource: seedResources.namespaces, name: 'shoot--p--terminating' });
  await client.delete({ ...key, namespace: 'shoot--p--deleting' });
  await client.mergePatch({ ...key, namespace: 'shoot--p--leaving', patch: { spec: { keepObjects: true } } });

  assert.deepEqual(await publish('new'), { shoots: 4, written: 4 });
  for (const name of shoots) assert.equal(await caBundleIn(name), 'new', name);
  for (const name of ['shoot--p--calico', 'shoot--p--deleting', 'shoot--p--leaving'])
    assert.equal(await caBundleIn(name), 'old', name);
  const leaving = await client.get({ ...key, namespace: 'shoot--p--leaving' });
  assert.equal(isRecord(leaving['spec']) && leaving['spec']['keepObjects'], true);
  assert.equal(await client.find({ ...key, namespace: 'shoot--p--bare' }), undefined);
  // The garbage collector removes the superseded Secret because of this label.
  const { items } = await client.list({
    resource: resources.secrets,
    namespace: 'shoot--p--a',
    labelSelector: 'resources.gardener.cloud/garbage-collectable-reference=true',
  });
  assert.equal(items.length, 2);
  assert.deepEqual(await publish('new'), { shoots: 4, written: 0 });
});

test('retries a failed shoot, reports its name, and does not delay others', { skip }, async () => {
  const shoots = ['shoot--q--a', 'shoot--q--b', 'shoot--q--c'];
  await Promise.all(shoots.map((name) => shoot(name)));
  let [attempts, hiccups] = [0, 2];
  const flaky: KubeClient = {
    ...client,
    replace: (input) => {
      if (input.object.metadata.namespace === 'shoot--q--b') {
        attempts += 1;
        return Promise.reject(new Error('etcd is full'));
      }
      hiccups -= 1;
      return hiccups >= 0 ? Promise.reject(new Error('a hiccup')) : client.replace(input);
    },
  };
  await assert.rejects(publish('newer', flaky), (error) => {
    assert.ok(error instanceof PublishError);
    assert.match(error.message, /^failed to publish the webhook's CA bundle to 1 of \d+ shoots: shoot--q--b$/);
    assert.equal(error.errors.length, 1);
    return true;
  });
  assert.equal(attempts, 4);
  for (const name of ['shoot--q--a', 'shoot--q--c']) assert.equal(await caBundleIn(name), 'newer', name);
  assert.equal(await caBundleIn('shoot--q--b'), 'old');
  await publish('newer');
  assert.equal(await caBundleIn('shoot--q--b'), 'newer');
});

test('ignores a shoot that is deleted during the publication', { skip }, async () => {
  await shoot('shoot--r--a');
  const vanishing: KubeClient = {
    ...client,
    create: async (input) => {
      await client.delete({ resource: seedResources.namespaces, name: 'shoot--r--a' });
      return client.create(input);
    },
  };
  await publish('newest', vanishing);
  await assert.rejects(publish('newest', { ...client, list: () => Promise.reject(new Error('no list')) }), /no list/);
});
