/** Model test: after any sequence of faults the mirror converges to the content of the API server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type Collection, createCollection } from '../../../test/doubles/collection.ts';
import { createFakeClock, createMemoryLogger, type FakeClock, settle } from '../../../test/doubles/fakeclock.ts';
import { createReflector, type ReflectorEvent } from './reflector.ts';

interface World {
  readonly collection: Collection;
  readonly clock: FakeClock;
  handlerFailures: number;
}

interface Step {
  readonly name: string;
  readonly act: (world: World) => void | Promise<void>;
}

/** Waits after `restore`: a history that passes the old position at once is indistinguishable from progress. */
const restore: Step = {
  name: 'restore',
  act: async ({ collection, clock }) => {
    collection.restore();
    for (let minute = 0; minute < 10; minute += 1) await clock.advance(60_000);
  },
};

const object = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const code = fc.constantFrom(500, 429, 410, 401, 'reset' as const);
const changes = fc.oneof(
  { weight: 2, arbitrary: object.map((name) => step(`put ${name}`, ({ collection }) => collection.put(name))) },
  { weight: 1, arbitrary: object.map((name) => step(`remove ${name}`, ({ collection }) => collection.remove(name))) },
);
const time = fc.integer({ min: 1, max: 40_000 }).map((ms) => step(`advance ${ms}`, ({ clock }) => clock.advance(ms)));
const troubles = fc.oneof(
  fc.constantFrom(
    step('bookmark', ({ collection }) => collection.bookmark()),
    step('forge a bookmark', ({ collection }) => collection.forgeBookmark(1_000_000)),
    step('drop an event', ({ collection }) => collection.drop()),
    step('swap two events', ({ collection }) => collection.swap()),
    step('compact', ({ collection }) => collection.compact()),
    step('save', ({ collection }) => collection.save()),
    restore,
  ),
  fc
    .tuple(object, fc.constantFrom(0, 1, 1_000_000))
    .map(([name, ahead]) =>
      step(`forge an event ${name} +${ahead}`, ({ collection }) => collection.forgeEvent(name, ahead)),
    ),
  fc.constantFrom('close', 'reset', 'expire').map((how) => step(`cut ${how}`, ({ collection }) => collection.cut(how))),
  fc
    .tuple(fc.integer({ min: 1, max: 4 }), code)
    .map(([times, how]) => step(`refuse ${times} × ${how}`, ({ collection }) => collection.refuse(times, how))),
  fc.integer({ min: 1, max: 5 }).map((times) =>
    step(`the handler fails ${times} times`, (world) => {
      world.handlerFailures += times;
    }),
  ),
);
const story = fc.array(
  fc.oneof({ weight: 4, arbitrary: changes }, { weight: 2, arbitrary: time }, { weight: 3, arbitrary: troubles }),
  { maxLength: 40 },
);

function step(name: string, act: Step['act']): Step {
  return { name, act };
}

test('after any sequence of changes and faults, the store and the delivered events match the API server', async () => {
  await fc.assert(
    fc.asyncProperty(story, fc.integer({ min: 0, max: 3 }), async (steps, pageSize) => {
      const mayGoBack = steps.some(({ name }) => name === 'restore' || name.startsWith('forge an event'));
      const world: World = { collection: createCollection(), clock: createFakeClock(), handlerFailures: 0 };
      const { collection, clock } = world;
      const delivered = new Map<string, string>();
      const reflector = createReflector<string>({
        client: collection,
        resource: { group: '', version: 'v1', plural: 'things', namespaced: false },
        project: ({ metadata }) => metadata.resourceVersion,
        onEvent: (event) => {
          if (world.handlerFailures > 0) {
            world.handlerFailures -= 1;
            throw new Error('handler');
          }
          if (!mayGoBack) assertForward(delivered, event);
          if (event.type === 'deleted') delivered.delete(event.key);
          else delivered.set(event.key, event.object);
        },
        onError: () => {},
        clock,
        random: () => 0.5,
        logger: createMemoryLogger(),
        pageSize,
      });
      const controller = new AbortController();
      const done = reflector.run(controller.signal);
      for (const { act } of steps) {
        await act(world);
        await settle(1);
      }
      world.handlerFailures = 0;
      collection.heal();
      // A missed event is found after four minutes at most. The longest back-off is 30 s plus jitter, and a future
      // position is retained for 30 s.
      for (let minute = 0; minute < 6; minute += 1) await clock.advance(60_000);
      assert.equal(collection.watches, 1, 'one watch is open');
      const truth = [...collection.objects].map(([key, { metadata }]) => [key, metadata.resourceVersion] as const);
      assert.deepEqual(sorted(reflector.entries()), sorted(truth));
      assert.deepEqual(sorted(delivered), sorted(truth));
      controller.abort();
      await done;
      assert.equal(clock.timers, 0);
    }),
    { numRuns: 150 },
  );
});

function assertForward(delivered: ReadonlyMap<string, string>, { key, object, type }: ReflectorEvent<string>): void {
  const before = Number(delivered.get(key) ?? 0);
  assert.ok(Number(object) >= before, `${type} ${key} went back from ${before} to ${object}`);
}

function sorted(entries: Iterable<readonly [string, string | undefined]>) {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
}
