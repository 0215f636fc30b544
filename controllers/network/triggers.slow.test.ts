/**
 * No trigger is lost: whatever gardenlet writes before or after any write of a run, and however many changes the watch misses, the Network ends
 * as the last trigger requires. The controller with reflector and queue runs against a seed in memory.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { whenAborted } from '../../pkg/clock/clock.ts';
import { type KubeObject, recordOf } from '../../pkg/gardener/objects.ts';
import type { KubeClient, WatchInput } from '../../pkg/kubernetes/client/client.ts';
import { ApiError } from '../../pkg/kubernetes/client/errors.ts';
import type { WatchEvent } from '../../pkg/kubernetes/client/watch.ts';
import type { Lookup } from '../../pkg/network/plugin.ts';
import { createMemoryLogger } from '../../test/doubles/fakeclock.ts';
import { calicoCni } from '../../test/scenarios/support/cni.ts';
import { createFixtures } from '../../test/scenarios/support/fixtures.ts';
import { createContext, type World } from '../../test/scenarios/support/runner.ts';
import { networkName } from '../../test/scenarios/support/scenario.ts';
import { prepareScenario } from '../../test/scenarios/support/seed.ts';
import { resources } from '../resources.ts';
import { createNetworkController } from './controller.ts';

const expected = { reason: undefined, results: [], writes: [], network: 'gone', objects: [] } as const;
const { reconciled } = createFixtures(calicoCni);

/** What gardenlet writes; `same second`: with the timestamp of the trigger before. */
const triggers = [
  'annotation',
  'annotation, same second',
  'annotation and spec',
  'restore',
  'spec, then annotation',
] as const;
type Trigger = (typeof triggers)[number] | 'annotation and refused spec';
type Action = Trigger | 'the watch misses' | 'the watch continues';

interface Placed {
  /** Number of the write of the controller, from 1; 0 is before the first. */
  readonly write: number;
  readonly side: 'before' | 'after';
  readonly action: Action;
}

const begin = prepareScenario({ given: reconciled(), expected });

/** Every write of a run with changes, and of one without. */
const sides = [1, 2, 3, 4, 5].flatMap((write) => [
  { write, side: 'before' } as const,
  { write, side: 'after' } as const,
]);
const firstAt = { write: 0, side: 'after' } as const;

test('a trigger before or after any write of the run before is answered', async () => {
  for (const first of triggers)
    for (const action of triggers)
      for (const at of sides)
        await assertAnswered([
          { ...firstAt, action: first },
          { ...at, action },
        ]);
});

test('a trigger causes one run, whose writes cause no other', async () => {
  for (const action of triggers) assert.equal((await act([{ ...firstAt, action }])).runs, 1, action);
});

test('the report of a refused configuration causes no run', async () => {
  const { network, runs } = await act([{ ...firstAt, action: 'annotation and refused spec' }]);
  assert.equal(lastState(network), 'Error');
  assert.equal(runs, 1);
});

test('a Network that changes again and again during a run is no error in the log', async () => {
  const plan = Array.from(
    { length: 8 },
    (_, index) => ({ write: index + 1, side: 'before', action: 'annotation' }) as const,
  );
  const { network, levels } = await act([{ ...firstAt, action: 'annotation' }, ...plan]);
  assert.equal(lastState(network), 'Succeeded');
  assert.deepEqual(levels, ['info']);
});

test('several triggers in one gap of the watch are answered', async () => {
  const gap = { write: 1, side: 'after', action: 'the watch misses' } as const;
  for (const first of triggers)
    for (const action of triggers)
      for (const at of sides) {
        const five = Array.from({ length: 5 }, () => ({ ...at, action }));
        await assertAnswered([{ ...firstAt, action: first }, gap, ...five]);
      }
});

test('property: any triggers at any writes, with any gaps of the watch, are answered', async () => {
  const placed = fc.record({
    write: fc.integer({ min: 0, max: 12 }),
    side: fc.constantFrom<Placed['side']>('before', 'after'),
    action: fc.constantFrom<Action>(...triggers, 'the watch misses', 'the watch continues'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(placed, { minLength: 1, maxLength: 6 }), (plan) => assertAnswered(plan)),
    { numRuns: 150 },
  );
});

async function assertAnswered(plan: readonly Placed[]): Promise<void> {
  const { network } = await act(plan);
  const { observedGeneration } = recordOf(network['status']);
  assert.deepEqual(
    [network.metadata.annotations?.['gardener.cloud/operation'], lastState(network), observedGeneration],
    [undefined, 'Succeeded', network.metadata.generation],
    JSON.stringify(plan),
  );
}

function lastState(network: KubeObject): unknown {
  return recordOf(recordOf(network['status'])['lastOperation'])['state'];
}

interface Outcome {
  readonly network: KubeObject;
  readonly runs: number;
  /** Levels at which failures of runs were logged. */
  readonly levels: readonly string[];
}

/** Runs the controller while gardenlet acts as planned, then until nothing happens any more; returns the Network at the end. */
async function act(plan: readonly Placed[]): Promise<Outcome> {
  const log = createMemoryLogger();
  let runs = 0;
  const { world } = (await begin)();
  const seed = createWatchedSeed(world, plan);
  const controller = createNetworkController({
    context: { ...createContext({ client: seed.client, clock: world.clock, shoot }), log },
    random: () => 0,
    concurrency: 1,
    ignoreOperationAnnotation: false,
    telemetry: { queue: {}, networks: () => undefined, clusters: () => undefined },
    newId: () => `run-${(runs += 1)}`,
  });
  const stop = new AbortController();
  const watching = controller.watch(stop.signal);
  assert.ok(await controller.waitForSync(stop.signal));
  controller.startLeading();
  await world.clock.advance(1_000);
  await seed.perform(0);
  await world.clock.advance(5_000);
  await seed.finish();
  for (let second = 0; second < 40; second += 1) await world.clock.advance(1_000);
  stop.abort();
  await watching;
  const failures = log.lines.filter(({ message }) => message === 'Reconcile failed');
  return { network: await networkIn(world), runs, levels: failures.map(({ level }) => level) };
}

/** The shoot responds, as a restoration requires. */
const shoot = (): Lookup<readonly KubeObject[]> => ({ available: true, value: [] });

interface WatchedSeed {
  /** The client of the controller: its writes trigger the planned actions, and its watches deliver or miss events. */
  readonly client: KubeClient;
  /** Performs the actions of this write, before and after it. */
  perform(write: number): Promise<void>;
  /** Performs the remaining actions, then ends the last gap. */
  finish(): Promise<void>;
}

function createWatchedSeed(world: World, plan: readonly Placed[]): WatchedSeed {
  const inner = world.client;
  const history: { readonly version: number; readonly object: KubeObject }[] = [];
  const wakers = new Set<() => void>();
  const left = new Set(plan);
  let writes = 0;
  let missing = false;
  let expiries = 0;
  let counter = 0;

  return {
    client: {
      ...inner,
      create: (input) => written(() => inner.create(input)),
      replace: (input) => written(() => inner.replace(input)),
      mergePatch: (input) => written(() => inner.mergePatch(input)),
      delete: (input) => written(() => inner.delete(input)),
      watch: watch as KubeClient['watch'],
    },
    perform,
    finish: async () => {
      for (const one of left) await place(one);
      await place({ write: 0, side: 'after', action: 'the watch continues' });
    },
  };

  async function written<T>(send: () => Promise<T>): Promise<T> {
    writes += 1;
    const write = writes;
    for (const one of left) if (one.write === write && one.side === 'before') await place(one);
    const result = await send();
    await publish();
    for (const one of left) if (one.write === write && one.side === 'after') await place(one);
    return result;
  }

  async function perform(write: number): Promise<void> {
    for (const one of left) if (one.write === write) await place(one);
  }

  async function place(one: Placed): Promise<void> {
    left.delete(one);
    if (one.action === 'the watch misses') missing = true;
    else if (one.action === 'the watch continues') {
      if (missing) expiries += 1;
      missing = false;
      wake();
    } else await trigger(one.action);
  }

  async function trigger(action: Trigger): Promise<void> {
    counter += 1;
    if (action === 'spec, then annotation') {
      await patch({ spec: { providerConfig: { vethMTU: String(1400 + counter) } } });
      return trigger('annotation');
    }
    const operation = action === 'restore' ? 'restore' : 'reconcile';
    const second = action === 'annotation, same second' ? 0 : counter;
    const time = new Date(Date.UTC(2026, 0, 10, 10, 0, second)).toISOString();
    const annotations = { 'gardener.cloud/operation': operation, 'gardener.cloud/timestamp': time };
    const mtus: Partial<Record<Trigger, string>> = {
      'annotation and spec': String(1400 + counter),
      'annotation and refused spec': 'none',
    };
    const vethMTU = mtus[action];
    const spec = vethMTU === undefined ? undefined : { providerConfig: { vethMTU } };
    await patch({ metadata: { annotations }, ...(spec && { spec }) });
  }

  async function patch(change: object): Promise<void> {
    const { namespace } = world;
    await inner.mergePatch({ resource: resources.networks, namespace, name: networkName, patch: change });
    await publish();
  }

  /** Appends the stored Network to the history, if it has changed. */
  async function publish(): Promise<void> {
    const object = await networkIn(world);
    const version = Number(object.metadata.resourceVersion);
    if (history.at(-1)?.version !== version) history.push({ version, object });
    wake();
  }

  function wake(): void {
    for (const waker of wakers) waker();
  }

  async function* watch({ resource, resourceVersion, signal }: WatchInput): AsyncGenerator<WatchEvent<KubeObject>> {
    if (resource.plural !== resources.networks.plural) {
      if (signal !== undefined) await whenAborted(signal);
      return;
    }
    let position = Number(resourceVersion);
    const opened = expiries;
    for (;;) {
      if (signal?.aborted === true) return;
      if (expiries > opened) throw expired();
      const next = missing ? undefined : history.find(({ version }) => version > position);
      if (next === undefined) {
        await woken(signal);
        continue;
      }
      position = next.version;
      yield { type: 'MODIFIED', object: next.object };
    }
  }

  async function woken(signal: AbortSignal | undefined): Promise<void> {
    const waiting = Promise.withResolvers<void>();
    wakers.add(waiting.resolve);
    signal?.addEventListener('abort', () => waiting.resolve(), { once: true });
    await waiting.promise;
    wakers.delete(waiting.resolve);
  }
}

function expired(): ApiError {
  const status = { kind: 'Status', reason: 'Expired', message: 'too old resource version' };
  return new ApiError({ verb: 'watch', path: '/networks', code: 410, status, now: 0 });
}

async function networkIn({ client, namespace }: World): Promise<KubeObject> {
  return client.get({ resource: resources.networks, namespace, name: networkName });
}
