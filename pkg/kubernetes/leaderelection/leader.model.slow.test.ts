/**
 * Model test: of three candidates with an unreliable network, never two lead at the same time, and eventually one
 * leads.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createFakeClock, createMemoryLogger, settle } from '../../../test/doubles/fakeclock.ts';
import { createLeaseServer, type Fate } from '../../../test/doubles/leases.ts';
import { createElector } from './leader.ts';

const fate: fc.Arbitrary<Fate | undefined> = fc.oneof(
  { weight: 6, arbitrary: fc.constant(undefined) },
  { weight: 2, arbitrary: fc.record({ refuse: fc.constantFrom(429, 500, 403) }) },
  { weight: 1, arbitrary: fc.constantFrom('lostBefore', 'lostAfter') },
  // A write is stored at most 4.9 s after it was sent: the client aborts it after 5 s, and later arrivals are out of
  // its control.
  { weight: 3, arbitrary: fc.record({ requestMs: fc.nat({ max: 4_900 }), responseMs: fc.nat({ max: 9_000 }) }) },
);

interface Moment {
  readonly waitMs: number;
  /** Until the next moment, by candidate. */
  readonly fates: readonly (Fate | undefined)[];
  readonly wallClock: number;
}

const moment: fc.Arbitrary<Moment> = fc.record({
  waitMs: fc.nat({ max: 12_000 }),
  fates: fc.array(fate, { minLength: 3, maxLength: 3 }),
  wallClock: fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) }),
});

test('never two leaders at the same time, and eventually one', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(moment, { maxLength: 25 }),
      fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
      async (story, numbers) => {
        const clock = createFakeClock();
        const server = createLeaseServer(clock);
        const random = () => numbers.next().value;
        const controller = new AbortController();
        const names = ['a', 'b', 'c'];
        const electors = names.map((identity) =>
          createElector({
            client: server.connect(identity),
            namespace: 'n',
            name: 'l',
            identity,
            clock,
            random,
            logger: createMemoryLogger(),
          }),
        );
        const done = electors.map((elector) =>
          elector.run({
            signal: controller.signal,
            onStartedLeading: (lost) => new Promise((resolve) => lost.addEventListener('abort', () => resolve())),
          }),
        );
        const leaders = () => names.filter((_, index) => electors[index]?.isLeader());
        const pass = async (ms: number): Promise<void> => {
          for (let left = ms; left > 0; left -= 250) {
            await clock.advance(Math.min(250, left));
            assert.ok(leaders().length <= 1, `${leaders().join(' and ')} lead at ${clock.monotonic()} ms`);
          }
        };
        for (const { waitMs, fates, wallClock } of story) {
          server.fate = (_verb, who) => fates[names.indexOf(who)];
          clock.setWallClock(wallClock);
          await pass(waitMs);
        }
        server.fate = () => undefined;
        await pass(30_000);
        assert.equal(leaders().length, 1);
        controller.abort();
        await settle();
        await clock.advance(10_000);
        await Promise.all(done);
        assert.equal(clock.timers, 0);
      },
    ),
    { numRuns: 60 },
  );
});
