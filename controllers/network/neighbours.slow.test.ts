/** One process reconciles both CNIs: a run for a Network of one never changes objects of the other. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { scenarioNamed, scenarios } from '../../test/scenarios/index.ts';
import { type Cni, calicoCni, ciliumCni } from '../../test/scenarios/support/cni.ts';
import { createContext, createRunner, type World } from '../../test/scenarios/support/runner.ts';
import { annotate, deleteNetwork, networkName, type Step } from '../../test/scenarios/support/scenario.ts';
import { startScenario } from '../../test/scenarios/support/seed.ts';
import { assertState, readState } from '../../test/scenarios/support/state.ts';
import { cases } from '../../test/support/cases.ts';
import { resourceOfKind } from '../resources.ts';
import { runNetwork } from './run.ts';

suite('a run for one CNI does not change objects of the other in the same namespace', () => {
  cases(scenarios, async (scenario) => {
    const theirs = await reconciledObjects(scenario.cni === calicoCni ? ciliumCni : calicoCni);
    const { world, runner } = await startScenario(scenario);
    const before = await Promise.all(theirs.map((object) => create(world, object)));
    const { results, writes } = await runner.run({ forced: true });
    assert.deepEqual([results, writes], [scenario.expected.results, scenario.expected.writes]);
    assert.deepEqual(await Promise.all(before.map((object) => read(world, object))), before);
  });
});

suite('a run for one CNI does not change objects of the other in another namespace', () => {
  const endings: Readonly<Record<string, readonly Step[]>> = {
    deleted: deleteNetwork,
    migrated: [annotate('migrate')],
    reconciled: [annotate('reconcile')],
  };
  for (const [mine, other] of [
    [calicoCni, ciliumCni],
    [ciliumCni, calicoCni],
  ] as const) {
    for (const [ending, steps] of Object.entries(endings)) {
      test(`a Network of ${mine.plugin.type} that is ${ending} does not change objects of the other CNI in another namespace`, async () => {
        const { world, runner } = await startScenario(scenarioNamed(mine, 'a reconciled Network needs no write'));
        const there = { ...world, namespace: 'shoot--foo--other' };
        await createRunner(there, scenarioNamed(other, 'a reconciled Network needs no write')).start();
        const before = await readState(there);
        await runner.apply(steps);
        assert.deepEqual((await runner.run()).results, ['succeeded']);
        assert.deepEqual(await readState(there), before);
      });
    }
  }
});

test('one process reconciles Networks of both CNIs concurrently', async () => {
  const { world } = await startScenario(scenarioNamed(calicoCni, 'a new Network creates every object'));
  const there = { ...world, namespace: 'shoot--foo--other' };
  await createRunner(there, scenarioNamed(ciliumCni, 'a new Network creates every object')).start();
  const context = createContext(world);
  const { signal } = new AbortController();
  const worlds = [world, there];
  const outcomes = await Promise.all(
    worlds.map(({ namespace }) => runNetwork(context, { key: `${namespace}/${networkName}`, signal })),
  );
  assert.deepEqual(
    outcomes.map((one) => one.result),
    ['succeeded', 'succeeded'],
  );
  assertState(await readState(world), scenarioNamed(calicoCni, 'a new Network creates every object'));
  assertState(await readState(there), scenarioNamed(ciliumCni, 'a new Network creates every object'));
});

/** Returns the objects of a reconciled shoot in the seed. */
async function reconciledObjects(cni: Cni): Promise<readonly KubeObject[]> {
  const { world } = await startScenario(scenarioNamed(cni, 'a reconciled Network needs no write'));
  const { objects } = await readState(world);
  assert.ok(objects.length > cni.monitoring.length);
  return objects;
}

async function create({ client, namespace }: World, object: KubeObject): Promise<KubeObject> {
  const { name, labels, annotations } = object.metadata;
  const metadata = { name, namespace, ...(labels && { labels }), ...(annotations && { annotations }) };
  return client.create({ resource: resourceOfKind(object.kind), object: { ...object, metadata } });
}

async function read({ client, namespace }: World, { kind, metadata }: KubeObject): Promise<KubeObject | undefined> {
  return client.find({ resource: resourceOfKind(kind), namespace, name: metadata.name });
}
