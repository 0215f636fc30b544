/** At every stored revision, a Network that says Succeeded has intact objects: no ManagedResource refers to a Secret that does not exist. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { referencedSecrets } from '../../pkg/managedresource/present.ts';
import type { FakeClock } from '../../test/doubles/fakeclock.ts';
import { scenarioNamed } from '../../test/scenarios/index.ts';
import { type Cni, calicoCni, cnis } from '../../test/scenarios/support/cni.ts';
import { createFixtures } from '../../test/scenarios/support/fixtures.ts';
import { createContext, type World } from '../../test/scenarios/support/runner.ts';
import { annotate, configure, networkName, type Scenario, type Step } from '../../test/scenarios/support/scenario.ts';
import { startScenario } from '../../test/scenarios/support/seed.ts';
import { comparable, readState, type State } from '../../test/scenarios/support/state.ts';
import { resources } from '../resources.ts';
import type { Outcome } from './context.ts';
import { runNetwork } from './run.ts';

const expected = { reason: undefined, results: [], writes: [], network: 'gone', objects: [] } as const;
const minute = 60_000;

suite('after damage, Succeeded is stored only with repaired objects', () => {
  for (const cni of cnis) {
    for (const [title, damage] of Object.entries(damages(cni))) {
      test(`${cni.plugin.type}: ${title}`, async () => {
        const scenario: Scenario = { given: createFixtures(cni).reconciled(), expected };
        const { world, runner } = await startScenario(scenario);
        const intact = objectsIn(await readState(world), scenario);
        await runner.apply([...damage, annotate('reconcile')]);
        let revisions = 0;
        const check = async (): Promise<void> => {
          revisions += 1;
          const state = await readState(world);
          if (stateOf(state) === 'Succeeded')
            assert.deepEqual(objectsIn(state, scenario), intact, `write ${revisions}`);
          assert.notDeepEqual([stateOf(state), revisions], ['Succeeded', 1], 'the first write announces the run');
        };
        assert.equal((await run(world, observed(world.client, { after: check }))).result, 'succeeded');
        assert.equal(stateOf(await readState(world)), 'Succeeded');
        assert.ok(revisions > 2, `${revisions} writes`);
      });
    }
  }
});

suite('a reference to a Secret that the garbage collector removed meanwhile is written again', () => {
  const rows: Readonly<Record<string, readonly Step[]>> = {
    'a new Network': createFixtures(calicoCni).reconciled().slice(0, 2),
    'another configuration': [
      ...createFixtures(calicoCni).reconciled(),
      configure({ vethMTU: '1430' }),
      annotate('reconcile'),
    ],
  };
  const stops: readonly { readonly name: string; readonly act: (clock: FakeClock) => void }[] = [
    { name: 'frozen', act: (clock) => clock.freeze(11 * minute) },
    { name: 'suspended', act: (clock) => clock.setWallClock(clock.now() + 11 * minute) },
    {
      name: 'frozen while the wall clock was set back',
      act: (clock) => {
        const before = clock.now();
        clock.freeze(11 * minute);
        clock.setWallClock(before);
      },
    },
  ];
  for (const [title, given] of Object.entries(rows)) {
    for (const stop of stops) {
      test(`${title}, and the process was ${stop.name} before it wrote the ManagedResource`, async () => {
        const { world } = await startScenario({ given, expected });
        const before = async (plural: string): Promise<void> => {
          if (plural !== resources.managedResources.plural) return;
          stop.act(world.clock);
          await collectGarbage(world);
        };
        const after = async (): Promise<void> => assertReferences(await readState(world));
        const outcome = await run(world, observed(world.client, { before, after }));
        assert.equal(outcome.result, 'succeeded');
      });
    }
  }

  test('a Secret that an earlier process left, shortly before the ManagedResource refers to it', async () => {
    const { managedResource, reconciled } = createFixtures(calicoCni);
    const given: readonly Step[] = [...reconciled(), { do: 'delete', target: managedResource }, annotate('reconcile')];
    const { world } = await startScenario({ given, expected });
    let collected = false;
    const before = async (plural: string): Promise<void> => {
      if (plural !== resources.managedResources.plural || collected) return;
      collected = true;
      await collectGarbage(world);
    };
    const after = async (): Promise<void> => assertReferences(await readState(world));
    assert.equal((await run(world, observed(world.client, { before, after }))).result, 'succeeded');
    assert.ok(collected);
  });
});

test('a run that creates its Secrets in time reads nothing after its first write', async () => {
  for (const cni of cnis) {
    for (const title of ['a new Network creates every object', 'another configuration replaces the ManagedResource']) {
      const { runner } = await startScenario(scenarioNamed(cni, title));
      const { reads } = await runner.run({ forced: true });
      assert.equal(reads.all, reads.beforeWriting, `${cni.plugin.type}: ${title}`);
    }
  }
});

function damages(cni: Cni): Readonly<Record<string, readonly Step[]>> {
  const { managedResource } = createFixtures(cni);
  const patched = (patch: object): readonly Step[] => [{ do: 'patch', target: managedResource, patch }];
  return {
    'a deleted ManagedResource': [{ do: 'delete', target: managedResource }],
    'a ManagedResource without references': patched({ spec: { secretRefs: [] } }),
    'a ManagedResource that refers to a missing Secret': patched({ spec: { secretRefs: [{ name: 'missing' }] } }),
    'a ManagedResource without annotations': patched({ metadata: { annotations: null } }),
    'a deleted Secret': [{ do: 'replaceSecret', of: managedResource }],
    'an empty Secret': [{ do: 'replaceSecret', of: managedResource, data: {} }],
    'a Secret without label': [{ do: 'replaceSecret', of: managedResource, labels: {} }],
  };
}

interface Observer {
  /** Called with the plural of the resource before it is created or replaced. */
  readonly before?: (plural: string) => Promise<void>;
  /** Called after each write. */
  readonly after?: () => Promise<void>;
}

/** Returns a client whose writes are serial, so that every revision can be observed. */
function observed(inner: KubeClient, { before, after }: Observer): KubeClient {
  let previous: Promise<unknown> = Promise.resolve();
  function write<T>(send: () => Promise<T>): Promise<T> {
    const mine = previous.then(async () => {
      const result = await send();
      await after?.();
      return result;
    });
    previous = mine.catch(() => undefined);
    return mine;
  }
  const stored = async <T>(plural: string, send: () => Promise<T>): Promise<T> => {
    await before?.(plural);
    return send();
  };
  return {
    ...inner,
    create: (input) => write(() => stored(input.resource.plural, () => inner.create(input))),
    replace: (input) => write(() => stored(input.resource.plural, () => inner.replace(input))),
    mergePatch: (input) => write(() => inner.mergePatch(input)),
    delete: (input) => write(() => inner.delete(input)),
  };
}

/** Deletes the Secrets that no ManagedResource refers to. */
async function collectGarbage(world: World): Promise<void> {
  const { objects } = await readState(world);
  const used = objects.filter(({ kind }) => kind === 'ManagedResource').flatMap(referencedSecrets);
  for (const { kind, metadata } of objects)
    if (kind === 'Secret' && !used.includes(metadata.name))
      await world.client.delete({ resource: resources.secrets, namespace: world.namespace, name: metadata.name });
}

function assertReferences(state: State): void {
  if (stateOf(state) !== 'Succeeded' || !isCurrent(state.network)) return;
  const secrets = state.objects.filter(({ kind }) => kind === 'Secret').map(({ metadata }) => metadata.name);
  const managed = state.objects.filter(({ kind }) => kind === 'ManagedResource');
  assert.ok(managed.length > 0);
  for (const name of managed.flatMap(referencedSecrets)) assert.ok(secrets.includes(name), `${name} exists`);
}

function isCurrent(network: KubeObject | undefined): boolean {
  return isRecord(network?.['status']) && network['status']['observedGeneration'] === network.metadata.generation;
}

function objectsIn(state: State, scenario: Scenario): unknown {
  return comparable({ ...state, network: undefined }, scenario);
}

function stateOf({ network }: State): unknown {
  const status = isRecord(network?.['status']) ? network['status'] : {};
  return isRecord(status['lastOperation']) ? status['lastOperation']['state'] : undefined;
}

function run(world: World, client: KubeClient): Promise<Outcome> {
  const { namespace, clock } = world;
  const { signal } = new AbortController();
  return runNetwork(createContext({ client, clock }), { key: `${namespace}/${networkName}`, signal });
}
