/** One process reconciles both CNIs: a run for a Network of one never changes objects of the other. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { scenarioNamed, scenarios } from '../../test/scenarios/index.ts';
import { type Cni, calicoCni, ciliumCni } from '../../test/scenarios/support/cni.ts';
import { annotate, deleted, networkName, type Step } from '../../test/scenarios/support/scenario.ts';
import { begun } from '../../test/scenarios/support/seed.ts';
import { assertState, stateOf } from '../../test/scenarios/support/state.ts';
import { contextOf, stage, type World } from '../../test/scenarios/support/world.ts';
import { cases } from '../../test/support/cases.ts';
import { resourceOfKind } from '../resources.ts';
import { runNetwork } from './run.ts';

suite('a run for one CNI does not change objects of the other in the same namespace', () => {
  cases(scenarios, async (scenario) => {
    const theirs = await reconciledObjects(scenario.cni === calicoCni ? ciliumCni : calicoCni);
    const { world, play } = await begun(scenario);
    const before = await Promise.all(theirs.map((object) => create(world, object)));
    const { results, writes } = await play.run({ forced: true });
    assert.deepEqual([results, writes], [scenario.expected.results, scenario.expected.writes]);
    assert.deepEqual(await Promise.all(before.map((object) => read(world, object))), before);
  });
});

suite('a run for one CNI does not change objects of the other in another namespace', () => {
  const endings: Readonly<Record<string, readonly Step[]>> = {
    deleted,
    migrated: [annotate('migrate')],
    reconciled: [annotate('reconcile')],
  };
  for (const [mine, other] of [
    [calicoCni, ciliumCni],
    [ciliumCni, calicoCni],
  ] as const) {
    for (const [what, steps] of Object.entries(endings)) {
      test(`${mine.plugin.type} ${what}`, async () => {
        const { world, play } = await begun(scenarioNamed(mine, 'nothing to do'));
        const there = { ...world, namespace: 'shoot--foo--other' };
        await stage(there, scenarioNamed(other, 'nothing to do')).begin();
        const before = await stateOf(there);
        await play.take(steps);
        assert.deepEqual((await play.run()).results, ['succeeded']);
        assert.deepEqual(await stateOf(there), before);
      });
    }
  }
});

test('one process reconciles Networks of both CNIs concurrently', async () => {
  const { world } = await begun(scenarioNamed(calicoCni, 'a new Network'));
  const there = { ...world, namespace: 'shoot--foo--other' };
  await stage(there, scenarioNamed(ciliumCni, 'a new Network')).begin();
  const context = contextOf(world);
  const { signal } = new AbortController();
  const worlds = [world, there];
  const outcomes = await Promise.all(
    worlds.map(({ namespace }) => runNetwork(context, { key: `${namespace}/${networkName}`, signal })),
  );
  assert.deepEqual(
    outcomes.map((one) => one.result),
    ['succeeded', 'succeeded'],
  );
  assertState(await stateOf(world), scenarioNamed(calicoCni, 'a new Network'));
  assertState(await stateOf(there), scenarioNamed(ciliumCni, 'a new Network'));
});

/** Returns the objects of a reconciled shoot in the seed. */
async function reconciledObjects(cni: Cni): Promise<readonly KubeObject[]> {
  const { world } = await begun(scenarioNamed(cni, 'nothing to do'));
  const { objects } = await stateOf(world);
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
