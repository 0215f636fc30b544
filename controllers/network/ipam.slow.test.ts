/** Another IPAM mode would change the address of every pod, so a shoot keeps its mode in every situation (verdict cilium 2). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import { referencedSecrets } from '../../pkg/managedresource/present.ts';
import { readManifests } from '../../pkg/managedresource/read.ts';
import { scenarioNamed } from '../../test/scenarios/index.ts';
import { awake, hibernated, runsWith, unreachable } from '../../test/scenarios/ipam.ts';
import { ciliumCni } from '../../test/scenarios/support/cni.ts';
import { createFixtures } from '../../test/scenarios/support/fixtures.ts';
import {
  annotate,
  configure,
  network,
  type Scenario,
  type Step,
  unreadableData,
} from '../../test/scenarios/support/scenario.ts';
import { type StartedScenario, startScenario } from '../../test/scenarios/support/seed.ts';
import { readState, withoutUnusedSecrets } from '../../test/scenarios/support/state.ts';

const fixtures = createFixtures(ciliumCni);
const { managedResource } = fixtures;

/** Events in the life of a shoot that runs with cluster-pool. */
const events: Readonly<Record<string, readonly Step[]>> = {
  'is reachable': [runsWith('cluster-pool')],
  'is unreachable': [unreachable],
  'is hibernated': [hibernated, unreachable],
  'wakes up': [awake],
  'gets another configuration': [configure({ mtu: 1440 })],
  'has an unreadable Secret': [{ do: 'replaceSecret', of: managedResource, data: unreadableData('config.yaml') }],
  'has no Secret': [{ do: 'replaceSecret', of: managedResource }],
};

test('a shoot keeps its IPAM mode through hibernation, unreachability and two migrations', async () => {
  const life = await running();
  for (const name of ['is hibernated', 'wakes up', 'is unreachable', 'gets another configuration'])
    await life.goThrough(name);
  await life.move();
  await life.goThrough('gets another configuration');
  await life.goThrough('is hibernated');
  await life.move();
});

test('property: a shoot keeps its IPAM mode through any sequence of events', async () => {
  const order = fc.array(fc.constantFrom(...Object.keys(events), 'moves to another seed'), {
    minLength: 1,
    maxLength: 8,
  });
  await fc.assert(
    fc.asyncProperty(order, async (names) => {
      const life = await running();
      for (const name of names) await (name === 'moves to another seed' ? life.move() : life.goThrough(name));
    }),
    { numRuns: 25 },
  );
});

test('property: a shoot never gets another IPAM mode when its state is lost, and no other one is stored', async () => {
  const happenings = [...Object.keys(events), 'moves to another seed', 'moves to another seed without state'];
  const order = fc.array(fc.constantFrom(...happenings), { minLength: 1, maxLength: 8 });
  let without = 0;
  await fc.assert(
    fc.asyncProperty(order, async (names) => {
      const life = await running({ stateMayBeLost: true });
      for (const name of names)
        await (name.startsWith('moves to another seed') ? life.move(name) : life.goThrough(name));
      if (await life.isWithoutConfig()) without += 1;
    }),
    { numRuns: 40, examples: [[['moves to another seed without state', 'wakes up', 'moves to another seed']]] },
  );
  assert.ok(without > 0, 'no state was lost');
});

interface Life {
  /** Performs an event, then gardenlet requests a reconciliation. */
  goThrough(event: string): Promise<void>;
  /** Moves the control plane to another seed, in which the shoot is unreachable at first. */
  move(name?: string): Promise<void>;
  isWithoutConfig(): Promise<boolean>;
}

async function running({ stateMayBeLost = false } = {}): Promise<Life> {
  let minutes = 0;
  const ask = (operation: string): Step => {
    minutes += 1;
    return annotate(operation, new Date(Date.UTC(2100, 0, 1, 0, minutes)).toISOString());
  };
  let seed = await startScenario({ ...unexpected, given: [runsWith('cluster-pool'), ...fixtures.reconciled()] });
  await assertMode(seed);

  async function reconcile(): Promise<void> {
    const { results } = await seed.runner.run();
    if (!stateMayBeLost) assert.equal(results.at(-1), 'succeeded');
    await assertMode(seed, { stateMayBeLost });
  }

  return {
    async goThrough(event) {
      const { config } = await modesOf(seed);
      const possible = config !== undefined || !event.endsWith('Secret');
      await seed.runner.apply([...(possible ? (events[event] ?? []) : []), ask('reconcile')]);
      await reconcile();
    },
    async move(name = '') {
      await seed.runner.apply([ask('migrate')]);
      assert.equal((await seed.runner.run()).results.at(-1), 'succeeded');
      const { network: left, cluster } = await readState(seed.world);
      assert.ok(left !== undefined && cluster !== undefined);
      const { status, ...rest } = left;
      seed = await startScenario({
        ...unexpected,
        given: arrival({ ...rest, ...(name.endsWith('without state') ? {} : { status }) }, cluster),
      });
      await seed.runner.apply([ask('restore')]);
      await reconcile();
    },
    async isWithoutConfig() {
      return (await modesOf(seed)).config === undefined;
    },
  };
}

/** gardenlet writes the objects of the shoot into the new seed; of the status it copies only `state`. */
function arrival({ apiVersion, kind, spec, status }: KubeObject, cluster: KubeObject): readonly Step[] {
  const metadata = { name: String(network.name), annotations: { 'gardener.cloud/operation': 'wait-for-state' } };
  const state = isRecord(status) ? status['state'] : undefined;
  return [
    { do: 'create', object: { ...cluster, metadata: { name: '' } } },
    { do: 'create', object: { apiVersion, kind, metadata, spec } },
    { do: 'patch', target: network, patch: { status: { state } }, subresource: 'status' },
  ];
}

async function assertMode(seed: StartedScenario, { stateMayBeLost = false } = {}): Promise<void> {
  const { config, state } = await modesOf(seed);
  if (!stateMayBeLost || config !== undefined) assert.equal(config, 'cluster-pool');
  if (!stateMayBeLost || state !== undefined) assert.deepEqual(state, { ipam: 'cluster-pool' });
}

/** Returns the IPAM mode in the rendered ConfigMap, and `status.state`. */
async function modesOf({ world }: StartedScenario): Promise<{ readonly config: unknown; readonly state: unknown }> {
  const { network: found, objects } = withoutUnusedSecrets(await readState(world));
  const used = objects.filter((one) => one.metadata.name === managedResource.name).flatMap(referencedSecrets);
  const secrets = objects.filter((one) => one.kind === 'Secret' && used.includes(one.metadata.name));
  const config = readManifests(secrets).find((one) => one.metadata.name === 'cilium-config');
  const { data } = { data: undefined, ...config };
  const status = found?.['status'];
  return { config: isRecord(data) ? data['ipam'] : undefined, state: isRecord(status) ? status['state'] : undefined };
}

const unexpected: Scenario = scenarioNamed(ciliumCni, 'a reconciled Network needs no write');
