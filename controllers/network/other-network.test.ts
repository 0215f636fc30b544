/** Two Networks of one type in one namespace: the objects in the seed, whose names are fixed, belong to one of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import { type Cni, calicoCni, ciliumCni, cnis } from '../../test/scenarios/support/cni.ts';
import { createFixtures } from '../../test/scenarios/support/fixtures.ts';
import { createContext, type World } from '../../test/scenarios/support/runner.ts';
import { networkName, type Step } from '../../test/scenarios/support/scenario.ts';
import { startScenario } from '../../test/scenarios/support/seed.ts';
import { readState } from '../../test/scenarios/support/state.ts';
import { resources } from '../resources.ts';
import { type NetworkFacts, readFacts } from '../seed/facts.ts';
import type { Outcome } from './context.ts';
import { runNetwork } from './run.ts';

const second = 'zz-second';

for (const cni of cnis) {
  const { type } = cni.plugin;

  test(`${type}: a second Network is not reconciled while the first one owns the objects`, async () => {
    const world = await start(cni, 'reconciled', [networkNamed(cni, second)]);
    const before = await readState(world);
    await assert.rejects(run(world, second), /another Network of type \w+, bar, which owns the objects/);
    assert.deepEqual((await readState(world)).objects, before.objects);
    const { lastOperation, lastError } = await statusOf(world, second);
    assert.equal(isRecord(lastOperation) && lastOperation['state'], 'Error');
    assert.match(String(isRecord(lastError) && lastError['description']), /another Network of type/);
    assert.equal((await networkIn(world, second)).metadata.finalizers, undefined);
  });

  test(`${type}: the second Network is reconciled when the first one is gone`, async () => {
    const world = await start(cni, 'reconciled', [networkNamed(cni, second)]);
    await deleteNetwork(world, networkName);
    assert.equal((await run(world, networkName)).result, 'succeeded');
    assert.deepEqual((await readState(world)).objects, []);
    assert.equal((await run(world, second)).result, 'succeeded');
    assert.ok((await readState(world)).objects.length > 0);
  });

  test(`${type}: the deletion of one of two reconciled Networks changes no object of the other`, async () => {
    const world = await start(cni, 'reconciled', [networkNamed(cni, second, ['extensions.gardener.cloud/network'])]);
    const before = await readState(world);
    await deleteNetwork(world, second);
    assert.equal((await run(world, second)).result, 'succeeded');
    await assert.rejects(networkIn(world, second), /not found/);
    assert.deepEqual(await readState(world), before);
    await deleteNetwork(world, networkName);
    assert.equal((await run(world, networkName)).result, 'succeeded');
    assert.deepEqual((await readState(world)).objects, [], 'the last one removes the objects');
  });

  test(`${type}: the last Network removes the objects, also if the watch still shows the other`, async () => {
    const world = await start(cni, 'reconciled', [networkNamed(cni, second, ['extensions.gardener.cloud/network'])]);
    const stale = await factsIn(world);
    await deleteNetwork(world, second);
    await run(world, second);
    await deleteNetwork(world, networkName);
    assert.equal((await run(world, networkName, stale)).result, 'succeeded');
    assert.deepEqual((await readState(world)).objects, []);
  });

  test(`${type}: of two new Networks, the one whose name sorts first creates the objects`, async () => {
    const world = await start(cni, 'new', [networkNamed(cni, second)]);
    await assert.rejects(run(world, second), /another Network of type/);
    assert.equal((await run(world, networkName)).result, 'succeeded');
    await assert.rejects(run(world, second), /another Network of type/);
  });
}

test('Networks of different types in one namespace do not exclude each other', async () => {
  const world = await start(calicoCni, 'reconciled', [networkNamed(ciliumCni, second)]);
  assert.equal((await run(world, second)).result, 'succeeded');
});

/** Starts a seed with a Network, reconciled or new, and others. */
async function start(cni: Cni, state: 'new' | 'reconciled', others: readonly KubeObject[]): Promise<World> {
  const reconciled = createFixtures(cni).reconciled();
  const given: readonly Step[] = [
    ...(state === 'new' ? reconciled.slice(0, 2) : reconciled),
    ...others.map((object): Step => ({ do: 'create', object })),
  ];
  const expected = { reason: undefined, results: [], writes: [], network: 'gone', objects: [] } as const;
  return (await startScenario({ given, expected })).world;
}

function networkNamed(cni: Cni, name: string, finalizers?: readonly string[]): KubeObject {
  const object = createFixtures(cni).networkObject();
  const status = finalizers && { status: { lastOperation: succeeded, observedGeneration: 1 } };
  return { ...object, metadata: { ...object.metadata, name, ...(finalizers && { finalizers }) }, ...status };
}

const succeeded = {
  type: 'Reconcile',
  state: 'Succeeded',
  progress: 100,
  description: 'x',
  lastUpdateTime: '2026-01-10T10:00:00Z',
};

async function run(world: World, name: string, facts?: readonly NetworkFacts[]): Promise<Outcome> {
  const { client, clock, namespace } = world;
  const seen = facts ?? (await factsIn(world));
  const context = { ...createContext({ client, clock }), networksIn: () => seen };
  return runNetwork(context, { key: `${namespace}/${name}`, signal: new AbortController().signal });
}

async function factsIn({ client, namespace }: World): Promise<readonly NetworkFacts[]> {
  return (await client.list({ resource: resources.networks, namespace })).items.map(readFacts);
}

async function deleteNetwork({ client, namespace }: World, name: string): Promise<void> {
  const target = { resource: resources.networks, namespace, name };
  const annotations = { 'confirmation.gardener.cloud/deletion': 'true' };
  await client.mergePatch({ ...target, patch: { metadata: { annotations } } });
  await client.delete(target);
}

async function networkIn({ client, namespace }: World, name: string): Promise<KubeObject> {
  return client.get({ resource: resources.networks, namespace, name });
}

async function statusOf(world: World, name: string): Promise<Readonly<Record<string, unknown>>> {
  const { status } = await networkIn(world, name);
  return isRecord(status) ? status : {};
}
