/** A reflector under a permanent disturbance: how often it asks, and how long an event waits. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Collection, createCollection } from '../../../test/doubles/collection.ts';
import { createFakeClock, createMemoryLogger, type FakeClock, settle } from '../../../test/doubles/fakeclock.ts';
import { casesWithContext } from '../../../test/support/cases-with-context.ts';
import type { KubeObject } from '../../gardener/objects.ts';
import type { KubeClient } from '../client/client.ts';
import { ApiError } from '../client/errors.ts';
import type { WatchEvent } from '../client/watch.ts';
import { createReflector, type Reflector, type ReflectorOutcome } from './reflector.ts';

const thing = (name: string, version: number): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { name, uid: name, resourceVersion: String(version) },
});
const oldEvent = { type: 'MODIFIED', object: thing('a', 5) } as const;
let now = 1000;
const bookmarkOfNow = (): WatchEvent<KubeObject> => ({ type: 'BOOKMARK', object: thing('', (now += 1)) });

interface Disturbance {
  readonly watch: () => readonly WatchEvent<KubeObject>[];
  /** How the watch ends; undefined for cleanly. */
  readonly failure?: () => Error;
  readonly listFailure?: () => Error;
  /** Whether every page of a list has another continue token. */
  readonly endless?: boolean;
}

const refused = (code: number, retryAfter?: string) => (): Error =>
  new ApiError({ verb: 'watch', path: '/things', code, status: undefined, retryAfter, now: 0 });

casesWithContext<Disturbance>(
  {
    'a watch that delivers an old event and closes': { watch: () => [oldEvent] },
    'a watch that delivers a bookmark of now and closes': { watch: () => [bookmarkOfNow()] },
    'a watch that delivers an event of the future and closes': {
      watch: () => [{ type: 'MODIFIED', object: thing('a', now + 1_000_000) }],
    },
    'a watch that is reset after an event of the future': {
      watch: () => [{ type: 'MODIFIED', object: thing('a', now + 1_000_000) }],
      failure: refused(500),
    },
    'a watch that delivers another new object and closes': {
      watch: () => [{ type: 'ADDED', object: thing(`n-${(now += 1)}`, now) }],
    },
    'a watch that expires after a bookmark of now': { watch: () => [bookmarkOfNow()], failure: refused(410) },
    'a watch that is reset after a bookmark of now': { watch: () => [bookmarkOfNow()], failure: refused(500) },
    'a watch that closes at once': { watch: () => [] },
    'a watch refused with Retry-After 0': { watch: () => [], failure: refused(429, '0') },
    'a watch refused with Retry-After -1': { watch: () => [], failure: refused(503, '-1') },
    'a list whose pages never end': { watch: () => [], endless: true },
    'a list refused with Retry-After 0': { watch: () => [], listFailure: refused(429, '0') },
  },
  async ({ watch, failure, listFailure, endless = false }, t) => {
    const clock = createFakeClock();
    const times: number[] = [];
    await run(t, {
      clock,
      client: {
        listPage: (async () => {
          times.push(clock.monotonic());
          if (listFailure !== undefined) throw listFailure();
          // Without this end, a storm in no time would hang the test instead of failing it.
          if (times.length > 10_000) throw refused(500)();
          return {
            items: [thing('a', 5)],
            resourceVersion: String((now += 1)),
            continue: endless ? String(now) : undefined,
          };
        }) as KubeClient['listPage'],
        watch: async function* (input) {
          times.push(clock.monotonic());
          if (failure === undefined || watch().length > 0) input.onBytes?.();
          yield* watch() as readonly never[];
          if (failure !== undefined) throw failure();
        },
      },
    });
    for (let second = 0; second < 360; second += 1) await clock.advance(1000);
    assert.ok(times.length > 5, 'does not give up');
    for (const start of times) {
      const inOneSecond = times.filter((time) => time >= start && time < start + 1000).length;
      assert.ok(inOneSecond <= 7, `${inOneSecond} requests within a second`);
    }
    assert.ok(times.filter((time) => time < 60_000).length <= 60, 'one request per second in the first minute');
    const later = times.filter((time) => time >= 120_000).length;
    assert.ok(later <= 240 * 0.25 + 6, `${later} requests in four minutes after the second`);
  },
);

interface World {
  readonly collection: Collection;
  readonly clock: FakeClock;
  readonly reflector: Reflector<string>;
  readonly outcomes: readonly ReflectorOutcome[];
}

casesWithContext<{ readonly cut: (collection: Collection, count: number) => void }>(
  {
    'an event is mirrored within 5 s although every watch is reset after 5 s': {
      cut: (collection) => collection.cut('reset'),
    },
    'an event is mirrored within 5 s although every watch is closed after 5 s': {
      cut: (collection) => collection.cut('close'),
    },
  },
  async ({ cut }, t) => {
    const { collection, clock, reflector } = await startWorld(t);
    for (let count = 0; count < 80; count += 1) {
      for (let second = 0; second < 5; second += 1) await clock.advance(1000);
      cut(collection, count);
      await settle();
      // Every fourth stream delivers an event, the others none.
      if (count % 4 !== 0) continue;
      collection.put(`new-${count}`);
      await clock.advance(5_000);
      assert.notEqual(reflector.get(`new-${count}`), undefined, `after ${count} resets`);
    }
  },
);

test('an event is mirrored within 5 s although every watch delivers one and is reset after 5 s', async (t) => {
  const { collection, clock, reflector } = await startWorld(t);
  for (let count = 0; count < 120; count += 1) {
    await clock.advance(5_000);
    collection.cut('reset');
    await settle();
    collection.put(`new-${count}`);
    await clock.advance(5_000);
    assert.notEqual(reflector.get(`new-${count}`), undefined, `after ${count} resets`);
  }
});

casesWithContext<{ readonly afterMs: number; readonly how: 'close' | 'reset'; readonly changes?: boolean }>(
  {
    'every watch is reset after 1 s': { afterMs: 1_000, how: 'reset' },
    'every watch is closed after 2 s': { afterMs: 2_000, how: 'close' },
    'every watch is reset after 3 s and delivers an event': { afterMs: 3_000, how: 'reset', changes: true },
    'every watch is reset after 5 s': { afterMs: 5_000, how: 'reset' },
    'every watch is closed after 5 s and delivers an event': { afterMs: 5_000, how: 'close', changes: true },
  },
  async ({ afterMs, how, changes = false }, t) => {
    const [collection, clock] = [createCollection(), createFakeClock()];
    for (let count = 0; count < 1_000; count += 1) collection.put(`thing-${count}`);
    await run(t, { clock, client: collection });
    const counts = [0];
    let open = 0;
    for (let minute = 0; minute < 11; minute += 1) {
      for (let step = 0; step < 120; step += 1) {
        await clock.advance(500);
        open = collection.watches === 0 ? 0 : open + 500;
        if (open < afterMs) continue;
        if (changes) collection.put('thing-1');
        await settle();
        collection.cut(how);
        await settle();
      }
      counts.push(collection.requests);
    }
    const [, first = 0, ...later] = counts;
    assert.ok(first <= 60, `${first} requests in the first minute`);
    // Five minutes after the first: no table of a measurement may show more than one request in four seconds.
    const perSecond = ((later[4] ?? 0) - first) / 300;
    assert.ok(perSecond <= 0.25, `${perSecond} requests per second after the first minute`);
    const last = ((later.at(-1) ?? 0) - (later[4] ?? 0)) / 300;
    assert.ok(last <= 0.25, `${last} requests per second later`);
  },
);

test('a watch that is reset every 5 s costs one request per reconnect, and one per minute for its position', async (t) => {
  const { collection, clock } = await startWorld(t);
  const before = collection.requests;
  for (let count = 0; count < 60; count += 1) {
    await clock.advance(5_000);
    collection.cut('reset');
    await settle();
  }
  // Five minutes have one or two comparisons.
  assert.ok(collection.requests - before <= 60 + 5 + 2, `${collection.requests - before} requests`);
});

test('a reset after each event costs one reconnect after the base delay', async (t) => {
  const { collection, clock, reflector } = await startWorld(t);
  for (let count = 0; count < 10; count += 1) {
    await clock.advance(20_000);
    collection.put(`a-${count}`);
    await settle();
    collection.cut('reset');
    await settle();
    collection.put(`b-${count}`);
    await clock.advance(1_300);
    assert.notEqual(reflector.get(`b-${count}`), undefined, `reset ${count}`);
  }
});

test('a dropped event is found by the next comparison, within four minutes', async (t) => {
  const { collection, clock, reflector, outcomes } = await startWorld(t);
  collection.put('a');
  await settle();
  collection.drop();
  collection.put('a');
  collection.drop();
  collection.put('b');
  await clock.advance(100_000);
  collection.bookmark();
  await settle();
  assert.notEqual(reflector.get('a'), collection.objects.get('a')?.metadata.resourceVersion);
  await clock.advance(140_000 + 6_000);
  assert.equal(reflector.get('a'), collection.objects.get('a')?.metadata.resourceVersion);
  assert.notEqual(reflector.get('b'), undefined);
  assert.deepEqual(outcomes, ['listed', 'event_missed', 'listed']);
});

test('a dropped deletion is found by the next comparison', async (t) => {
  const { collection, clock, reflector } = await startWorld(t);
  collection.put('a');
  await settle();
  collection.drop();
  collection.remove('a');
  await clock.advance(246_000);
  assert.equal(reflector.get('a'), undefined);
});

test('an event after its successor is found within 10 s, although it is stale', async (t) => {
  const { collection, clock, reflector } = await startWorld(t);
  collection.swap();
  collection.put('first');
  collection.put('second');
  await clock.advance(10_000);
  assert.deepEqual([...reflector.entries()].map(([key]) => key).toSorted(), ['first', 'second']);
});

test('events after a forged bookmark are mirrored at once, and its position is refuted', async (t) => {
  const { collection, clock, reflector, outcomes } = await startWorld(t);
  collection.forgeBookmark(1_000_000);
  await settle();
  collection.put('a');
  await settle();
  assert.notEqual(reflector.get('a'), undefined);
  collection.forgeBookmark(1_000_000);
  await settle();
  collection.cut('reset');
  await clock.advance(1_500);
  collection.put('b');
  await settle();
  assert.notEqual(reflector.get('b'), undefined, 'the position is verified before the next watch');
  assert.ok(outcomes.filter((one) => one === 'listed').length >= 2);
});

test('an event with a version that the object never had is found by the next comparison', async (t) => {
  const { collection, clock, reflector, outcomes } = await startWorld(t);
  collection.put('a');
  collection.put('b');
  await settle();
  // The forged version is the one of a change of b that was dropped; the next change of b hides that.
  collection.drop();
  collection.put('b');
  collection.forgeEvent('a', 0);
  await settle();
  collection.put('b');
  await settle();
  assert.notEqual(reflector.get('a'), collection.objects.get('a')?.metadata.resourceVersion);
  await clock.advance(246_000);
  assert.equal(reflector.get('a'), collection.objects.get('a')?.metadata.resourceVersion);
  assert.ok(outcomes.includes('event_missed'));
});

test('an event with a forged version is refuted within four minutes, although its watch is reset and resumed', async (t) => {
  const { collection, clock, reflector } = await startWorld(t);
  collection.put('a');
  await clock.advance(5_000);
  collection.forgeEvent('a', 1_000_000);
  await settle();
  collection.cut('reset');
  await clock.advance(1_300);
  collection.put('b');
  await settle();
  assert.equal(reflector.get('b'), undefined, 'a watch from a future version is silent');
  await clock.advance(246_000);
  assert.notEqual(reflector.get('b'), undefined);
  assert.equal(reflector.get('a'), collection.objects.get('a')?.metadata.resourceVersion);
});

test('an API server that was restored during an outage of a second is noticed at the next reconnect', async (t) => {
  const { collection, clock, reflector } = await startWorld(t);
  collection.put('a');
  collection.save();
  collection.put('b');
  await clock.advance(5_000);
  collection.refuse(1, 'reset');
  collection.restore();
  await clock.advance(4_000);
  assert.equal(reflector.get('b'), undefined);
});

test('an event with a version that the API server has not reached is found by the next comparison', async (t) => {
  const { collection, clock, reflector, outcomes } = await startWorld(t);
  collection.put('a');
  await settle();
  collection.forgeEvent('a', 1_000_000);
  await clock.advance(100_000);
  collection.bookmark();
  await clock.advance(140_000);
  assert.equal(reflector.get('a'), collection.objects.get('a')?.metadata.resourceVersion);
  assert.deepEqual(outcomes, ['listed', 'event_missed', 'listed']);
});

casesWithContext<{ readonly deliver: (collection: Collection) => void | Promise<void>; readonly comparisons: number }>(
  {
    'an event that is older than a bookmark causes a comparison within a second': {
      deliver: async (collection) => {
        collection.forgeBookmark(1_000_000);
        await settle();
        collection.put('b');
      },
      comparisons: 1,
    },
    'an exact repetition of an event causes no comparison': {
      deliver: (collection) => collection.forgeEvent('a', 0),
      comparisons: 0,
    },
  },
  async ({ deliver, comparisons }, t) => {
    const { collection, clock } = await startWorld(t);
    collection.put('a');
    await settle();
    const before = collection.requests;
    await deliver(collection);
    await clock.advance(1_100);
    assert.equal(collection.requests - before, comparisons);
  },
);

test('comparisons of an intact mirror change nothing and list three times in ten minutes', async (t) => {
  const { collection, clock, outcomes } = await startWorld(t);
  for (let count = 0; count < 600; count += 1) {
    collection.put(`a-${count % 7}`);
    await clock.advance(1000);
  }
  assert.deepEqual(outcomes, ['listed']);
  assert.equal(collection.requests, 2 + 3, 'a list, a watch and three comparisons');
});

interface RunInput {
  readonly clock: FakeClock;
  readonly client: Pick<KubeClient, 'listPage' | 'watch'>;
}

async function run(t: TestContext, { clock, client }: RunInput) {
  const outcomes: ReflectorOutcome[] = [];
  const reflector = createReflector<string>({
    client,
    resource: { group: '', version: 'v1', plural: 'things', namespaced: false },
    project: ({ metadata }) => metadata.resourceVersion,
    onEvent: () => {},
    onError: () => {},
    onOutcome: (outcome) => outcomes.push(outcome),
    clock,
    random: () => 0.5,
    logger: createMemoryLogger(),
  });
  const controller = new AbortController();
  const done = reflector.run(controller.signal);
  t.after(async () => {
    controller.abort();
    await done;
    assert.equal(clock.timers, 0);
  });
  await clock.advance(0);
  return { reflector, outcomes };
}

async function startWorld(t: TestContext): Promise<World> {
  const [collection, clock] = [createCollection(), createFakeClock()];
  return { collection, clock, ...(await run(t, { clock, client: collection })) };
}
