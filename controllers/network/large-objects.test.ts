/** A run reads dashboards and Secrets whole only if it does not know the content of their stored version. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import type { GetInput, KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { referencedSecrets } from '../../pkg/managedresource/present.ts';
import { calicoCni, ciliumCni } from '../../test/scenarios/support/cni.ts';
import { createRecordingClient } from '../../test/scenarios/support/faults.ts';
import { createFixtures } from '../../test/scenarios/support/fixtures.ts';
import { createContext, type World } from '../../test/scenarios/support/runner.ts';
import { networkName } from '../../test/scenarios/support/scenario.ts';
import { startScenario } from '../../test/scenarios/support/seed.ts';
import { resources } from '../resources.ts';
import { runNetwork } from './run.ts';

test('the first run of a process reads them whole, and the next one their metadata', async () => {
  const { reconcile } = await start();
  assert.deepEqual(await reconcile(), { reads: ['whole ConfigMap', 'whole Secret'], writes: [] });
  assert.deepEqual(await reconcile(), { reads: ['metadata ConfigMap', 'metadata Secret'], writes: [] });
});

test('a run reads the metadata of what this process created', async () => {
  const { reconcile, change, remove } = await start();
  await remove('calico-dashboards');
  await reconcile();
  await reconcile();
  await change({ spec: { providerConfig: { vethMTU: '1333' } } });
  assert.deepEqual(await reconcile(), {
    reads: ['metadata ConfigMap'],
    writes: ['create Secret', 'replace ManagedResource'],
  });
  assert.deepEqual(await reconcile(), { reads: ['metadata ConfigMap', 'metadata Secret'], writes: [] });
});

test('an object that others changed is read whole, and restored', async () => {
  const { reconcile, patch } = await start();
  await reconcile();
  await patch('calico-dashboards', { data: { 'calico-felix-dashboard.json': '{}' } });
  assert.deepEqual(await reconcile(), {
    reads: ['metadata ConfigMap', 'whole ConfigMap', 'metadata Secret'],
    writes: ['replace ConfigMap'],
  });
  const reads = ['metadata ConfigMap', 'whole ConfigMap', 'metadata Secret'];
  assert.deepEqual(await reconcile(), { reads, writes: [] });
  assert.deepEqual(await reconcile(), { reads: ['metadata ConfigMap', 'metadata Secret'], writes: [] });
});

test('an object that others only touched is read whole once', async () => {
  const { reconcile, patch } = await start();
  await reconcile();
  await patch('calico-dashboards', { metadata: { labels: { theirs: 'x' } } });
  const reads = ['metadata ConfigMap', 'whole ConfigMap', 'metadata Secret'];
  assert.deepEqual(await reconcile(), { reads, writes: [] });
  assert.deepEqual(await reconcile(), { reads: ['metadata ConfigMap', 'metadata Secret'], writes: [] });
});

test('an object that others deleted is created', async () => {
  const { reconcile, remove } = await start();
  await reconcile();
  await remove('calico-dashboards');
  const { writes } = await reconcile();
  assert.deepEqual(writes, ['create ConfigMap']);
});

test('a Secret whose label others removed is read whole, and gets the label', async () => {
  const { reconcile, patchSecret } = await start();
  await reconcile();
  await patchSecret({ metadata: { labels: { 'resources.gardener.cloud/garbage-collectable-reference': null } } });
  const { writes } = await reconcile();
  assert.deepEqual(writes, ['patch Secret']);
  assert.deepEqual((await reconcile()).writes, []);
});

const limits = [
  [calicoCni, 8],
  [ciliumCni, 13],
] as const;
for (const [cni, limit] of limits)
  test(`${cni.plugin.type}: a run without a difference sends at most ${limit} reads and 2 writes`, async () => {
    const { world } = await startScenario({ given: createFixtures(cni).reconciled(), expected });
    await annotate(world);
    const { client, reads, writes } = createRecordingClient(world.client);
    const context = createContext({ client, clock: world.clock });
    await runNetwork(context, { key: `${world.namespace}/${networkName}`, signal: new AbortController().signal });
    assert.ok(reads().all <= limit, `${reads().all} reads`);
    assert.deepEqual(writes, [`patch Network/status ${networkName}`, `patch Network ${networkName}`]);
  });

const expected = { reason: undefined, results: [], writes: [], network: 'gone', objects: [] } as const;

interface Process {
  /** Runs the Network, and returns the reads of large objects, and all writes but those of the Network. */
  readonly reconcile: () => Promise<{ readonly reads: readonly string[]; readonly writes: readonly string[] }>;
  readonly change: (patch: object) => Promise<unknown>;
  /** These patch or remove a ConfigMap. */
  readonly patch: (name: string, patch: object) => Promise<unknown>;
  readonly remove: (name: string) => Promise<void>;
  readonly patchSecret: (patch: object) => Promise<void>;
}

/** Starts a seed with a reconciled Network of Calico, and one process. */
async function start(): Promise<Process> {
  const { world } = await startScenario({ given: createFixtures(calicoCni).reconciled(), expected });
  const { client, clock, namespace } = world;
  const log: string[] = [];
  const context = createContext({ client: watched(client, log), clock });
  const configMap = (name: string) => ({ resource: resources.configMaps, namespace, name });
  return {
    reconcile: async () => {
      log.length = 0;
      await annotate(world);
      await runNetwork(context, { key: `${namespace}/${networkName}`, signal: new AbortController().signal });
      const [reads, writes] = [true, false].map((isRead) =>
        log.filter((line) => /^(whole|metadata) /.test(line) === isRead),
      );
      return { reads: reads ?? [], writes: writes ?? [] };
    },
    change: (patch: object) => client.mergePatch({ resource: resources.networks, namespace, name: networkName, patch }),
    patch: (name: string, patch: object) => client.mergePatch({ ...configMap(name), patch }),
    remove: (name: string) => client.delete(configMap(name)),
    patchSecret: async (patch) => {
      const { items } = await client.list({ resource: resources.managedResources, namespace });
      const [name = ''] = referencedSecrets(items[0]);
      await client.mergePatch({ resource: resources.secrets, namespace, name, patch });
    },
  };
}

function annotate({ client, namespace }: World): Promise<KubeObject> {
  const patch = { metadata: { annotations: { 'gardener.cloud/operation': 'reconcile' } } };
  return client.mergePatch({ resource: resources.networks, namespace, name: networkName, patch });
}

const large = { configmaps: 'ConfigMap', secrets: 'Secret' } as const;

/** Logs reads of large objects, and writes. Responses with metadata only contain no more than a real API server returns. */
function watched(client: KubeClient, log: string[]): KubeClient {
  const find = async <T extends KubeObject>(input: GetInput): Promise<T | undefined> => {
    const kind = Object.entries(large).find(([plural]) => plural === input.resource.plural)?.[1];
    if (kind !== undefined) log.push(`${input.metadataOnly === true ? 'metadata' : 'whole'} ${kind}`);
    const found = await client.find<T>(input);
    if (input.metadataOnly !== true || found === undefined) return found;
    assert.ok(isRecord(found));
    return { apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadata', metadata: found.metadata } as T;
  };
  const logged = (verb: string, kind: string): number => (kind === 'Network' ? 0 : log.push(`${verb} ${kind}`));
  return {
    ...client,
    find,
    create: (input) => {
      logged('create', input.object.kind);
      return client.create(input);
    },
    replace: (input) => {
      logged('replace', input.object.kind);
      return client.replace(input);
    },
    mergePatch: (input) => {
      logged('patch', input.resource.plural === 'secrets' ? 'Secret' : 'Network');
      return client.mergePatch(input);
    },
  };
}
