import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeLocalDNSWebhook } from '../../pkg/cilium/nodelocaldns/webhook.ts';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import type { KubeClient, PatchInput } from '../../pkg/kubernetes/client/client.ts';
import type { Resource } from '../../pkg/kubernetes/client/resource.ts';
import { createManagedResourceRenderer } from '../../pkg/managedresource/build.ts';
import { createMemoryLogger } from '../../test/doubles/fakeclock.ts';
import { scenarioNamed } from '../../test/scenarios/index.ts';
import { ciliumCni } from '../../test/scenarios/support/cni.ts';
import { createContext, type World } from '../../test/scenarios/support/runner.ts';
import { networkName } from '../../test/scenarios/support/scenario.ts';
import { prepareScenario } from '../../test/scenarios/support/seed.ts';
import { cases } from '../../test/support/cases.ts';
import { planTools } from '../../test/support/planning.ts';
import { runNetwork } from '../network/run.ts';
import { resources } from '../resources.ts';
import { publishShootWebhook } from './publish.ts';

const start = await prepareScenario(scenarioNamed(ciliumCni, 'a reconciled Network needs no write'));
const namespaces = { group: '', version: 'v1', plural: 'namespaces', namespaced: false };

cases<{ readonly change: (network: NetworkWriter) => Promise<unknown>; readonly published: boolean }>(
  'publishes to a shoot only if a Network of the type remains in the seed',
  {
    'a reconciled Network': { change: () => Promise.resolve(), published: true },
    'a Network in deletion': { change: ({ remove }) => remove(), published: false },
    'a Network with the annotation migrate': {
      change: ({ patch }) => patch({ metadata: { annotations: { 'gardener.cloud/operation': 'migrate' } } }),
      published: false,
    },
    'no Network': {
      change: async ({ patch, remove }) => {
        await patch({ metadata: { finalizers: null } });
        await remove();
      },
      published: false,
    },
  },
  async ({ change, published }) => {
    const { world } = start();
    await change(networkWriter(world));
    const before = await readObjects(world);
    const result = await publish(world, 'other');
    assert.deepEqual(result, published ? { shoots: 1, written: 1 } : { shoots: 0, written: 0 });
    assert.equal(JSON.stringify(await readObjects(world)) === JSON.stringify(before), !published);
  },
);

test('a publication at any moment of a deletion writes nothing that outlives it', async () => {
  const undisturbed = await remove(() => Promise.resolve());
  assert.ok(undisturbed.writes.filter((one) => one.startsWith('delete secrets')).length >= 2, 'both sets are deleted');
  for (const at of undisturbed.writes.keys()) {
    const disturbed = await remove(async (world, write) => {
      if (write === at) await publish(world, 'other');
    });
    assert.deepEqual(disturbed, undisturbed, `publication before write ${at}`);
  }
});

interface Removal {
  readonly writes: readonly string[];
  readonly remaining: readonly string[];
}

/** Deletes the Network of a copied seed. The hook runs before each write, with its index. */
async function remove(beforeWrite: (world: World, write: number) => Promise<unknown>): Promise<Removal> {
  const { world } = start();
  await networkWriter(world).remove();
  const writes: string[] = [];
  const record = async (verb: string, { plural }: Resource): Promise<void> => {
    writes.push(`${verb} ${plural}`);
    await beforeWrite(world, writes.length - 1);
  };
  const client: KubeClient = {
    ...world.client,
    delete: async (input) => {
      await record('delete', input.resource);
      await world.client.delete(input);
    },
    mergePatch: async <T extends KubeObject>(input: PatchInput) => {
      await record('patch', input.resource);
      return await world.client.mergePatch<T>(input);
    },
  };
  const { signal } = new AbortController();
  const context = { ...createContext(world), client };
  const outcome = await runNetwork(context, { key: `${world.namespace}/${networkName}`, signal });
  assert.equal(outcome.result, 'succeeded');
  return { writes, remaining: (await readObjects(world)).map(({ metadata }) => metadata.name) };
}

interface NetworkWriter {
  readonly patch: (patch: object) => Promise<unknown>;
  readonly remove: () => Promise<unknown>;
}

function networkWriter({ client, namespace }: World): NetworkWriter {
  const key = { resource: resources.networks, namespace, name: networkName };
  return { patch: (patch) => client.mergePatch({ ...key, patch }), remove: () => client.delete(key) };
}

async function readObjects({ client, namespace }: World): Promise<readonly KubeObject[]> {
  const lists = [resources.managedResources, resources.secrets].map((resource) => client.list({ resource, namespace }));
  return (await Promise.all(lists)).flatMap(({ items }) => items);
}

async function publish({ client, clock, namespace }: World, caBundle: string) {
  const labels = { 'gardener.cloud/role': 'shoot', 'networking.shoot.gardener.cloud/provider': 'cilium' };
  await client.mergePatch({ resource: namespaces, name: namespace, patch: { metadata: { labels } } });
  return publishShootWebhook(
    {
      client,
      buildResource: createManagedResourceRenderer(),
      plan: (target) => nodeLocalDNSWebhook.plan(target, planTools()),
      type: 'cilium',
      clock,
      random: () => 0,
      log: createMemoryLogger(),
      attempts: 1,
    },
    { url: 'https://extension/shoot', caBundle, signal: new AbortController().signal },
  );
}
