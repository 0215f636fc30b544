/** Another IPAM mode gives every pod another address: whatever a shoot goes through, it keeps the one it runs with (verdict cilium 2). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import { referencedSecrets } from '../../pkg/managedresource/present.ts';
import { readManifests } from '../../pkg/managedresource/read.ts';
import { scenarioNamed } from '../../test/scenarios/index.ts';
import { awake, hibernated, runsWith, unreachable } from '../../test/scenarios/ipam.ts';
import { ciliumCni } from '../../test/scenarios/support/cni.ts';
import {
  annotate,
  configure,
  garbage,
  network,
  type Scenario,
  type Step,
} from '../../test/scenarios/support/scenario.ts';
import { type Beginning, begun } from '../../test/scenarios/support/seed.ts';
import { stateOf, withoutGarbage } from '../../test/scenarios/support/state.ts';
import { vocabulary } from '../../test/scenarios/support/vocabulary.ts';

const words = vocabulary(ciliumCni);
const { managedResource } = words;

/** What may happen to a shoot that runs with cluster-pool; the time of each is later than the last one's. */
const events: Readonly<Record<string, readonly Step[]>> = {
  'can be reached': [runsWith('cluster-pool')],
  'cannot be reached': [unreachable],
  hibernated: [hibernated, unreachable],
  'wakes up': [awake],
  'another configuration': [configure({ mtu: 1440 })],
  'its Secret is unreadable': [{ do: 'replaceSecret', of: managedResource, data: garbage('config.yaml') }],
  'its Secret is gone': [{ do: 'replaceSecret', of: managedResource }],
};

test('running, hibernated, unreachable, then restored on another seed', async () => {
  const life = await running();
  for (const name of ['hibernated', 'wakes up', 'cannot be reached', 'another configuration'])
    await life.goThrough(name);
  await life.move();
  await life.goThrough('another configuration');
  await life.goThrough('hibernated');
  await life.move();
});

test('property: whatever happens in whatever order', async () => {
  const order = fc.array(fc.constantFrom(...Object.keys(events), 'another seed'), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(order, async (names) => {
      const life = await running();
      for (const name of names) await (name === 'another seed' ? life.move() : life.goThrough(name));
    }),
    { numRuns: 25 },
  );
});

test('property: whatever is forgotten on the way, too, no other mode is given to the shoot, or remembered', async () => {
  const happenings = [...Object.keys(events), 'another seed', 'another seed, forgetful'];
  const order = fc.array(fc.constantFrom(...happenings), { minLength: 1, maxLength: 8 });
  let without = 0;
  await fc.assert(
    fc.asyncProperty(order, async (names) => {
      const life = await running({ forgetful: true });
      for (const name of names) await (name.startsWith('another seed') ? life.move(name) : life.goThrough(name));
      if (await life.isWithoutConfig()) without += 1;
    }),
    { numRuns: 40, examples: [[['another seed, forgetful', 'wakes up', 'another seed']]] },
  );
  assert.ok(without > 0, 'nothing was forgotten');
});

interface Life {
  /** Something happens, and gardenlet asks for a reconciliation. */
  goThrough(event: string): Promise<void>;
  /** The control plane moves to another seed, where the shoot cannot be reached at first. */
  move(name?: string): Promise<void>;
  isWithoutConfig(): Promise<boolean>;
}

async function running({ forgetful = false } = {}): Promise<Life> {
  let minutes = 0;
  const ask = (operation: string): Step => {
    minutes += 1;
    return annotate(operation, new Date(Date.UTC(2100, 0, 1, 0, minutes)).toISOString());
  };
  let seed = await begun({ ...unexpected, given: [runsWith('cluster-pool'), ...words.reconciled()] });
  await assertMode(seed);

  async function reconcile(): Promise<void> {
    const { results } = await seed.play.run();
    if (!forgetful) assert.equal(results.at(-1), 'succeeded');
    await assertMode(seed, { forgetful });
  }

  return {
    async goThrough(event) {
      const { config } = await modesOf(seed);
      const possible = config !== undefined || !event.startsWith('its Secret');
      await seed.play.take([...(possible ? (events[event] ?? []) : []), ask('reconcile')]);
      await reconcile();
    },
    async move(name = '') {
      await seed.play.take([ask('migrate')]);
      assert.equal((await seed.play.run()).results.at(-1), 'succeeded');
      const { network: left, cluster } = await stateOf(seed.world);
      assert.ok(left !== undefined && cluster !== undefined);
      const { status, ...rest } = left;
      seed = await begun({
        ...unexpected,
        given: arrival({ ...rest, ...(name.endsWith('forgetful') ? {} : { status }) }, cluster),
      });
      await seed.play.take([ask('restore')]);
      await reconcile();
    },
    async isWithoutConfig() {
      return (await modesOf(seed)).config === undefined;
    },
  };
}

/** gardenlet writes the objects of the shoot into its new seed; of the status only the state moves with it. */
function arrival({ apiVersion, kind, spec, status }: KubeObject, cluster: KubeObject): readonly Step[] {
  const metadata = { name: String(network.name), annotations: { 'gardener.cloud/operation': 'wait-for-state' } };
  const state = isRecord(status) ? status['state'] : undefined;
  return [
    { do: 'create', object: { ...cluster, metadata: { name: '' } } },
    { do: 'create', object: { apiVersion, kind, metadata, spec } },
    { do: 'patch', what: network, patch: { status: { state } }, subresource: 'status' },
  ];
}

async function assertMode(seed: Beginning, { forgetful = false } = {}): Promise<void> {
  const { config, state } = await modesOf(seed);
  if (!forgetful || config !== undefined) assert.equal(config, 'cluster-pool');
  if (!forgetful || state !== undefined) assert.deepEqual(state, { ipam: 'cluster-pool' });
}

/** What the shoot is given, and what is remembered. */
async function modesOf({ world }: Beginning): Promise<{ readonly config: unknown; readonly state: unknown }> {
  const { network: found, objects } = withoutGarbage(await stateOf(world));
  const used = objects.filter((one) => one.metadata.name === managedResource.name).flatMap(referencedSecrets);
  const secrets = objects.filter((one) => one.kind === 'Secret' && used.includes(one.metadata.name));
  const config = readManifests(secrets).find((one) => one.metadata.name === 'cilium-config');
  const { data } = { data: undefined, ...config };
  const status = found?.['status'];
  return { config: isRecord(data) ? data['ipam'] : undefined, state: isRecord(status) ? status['state'] : undefined };
}

const unexpected: Scenario = scenarioNamed(ciliumCni, 'nothing to do');
