import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createFakeClock, settle } from '../../../test/doubles/fakeclock.ts';
import { createRateLimiter } from './ratelimit.ts';

const never = new AbortController().signal;

test('allows a burst at once, then qps per second, in the order of calls', async () => {
  const clock = createFakeClock();
  const limiter = createRateLimiter({ qps: 10, burst: 3, clock });
  const passed: number[] = [];
  for (let call = 0; call < 8; call += 1) {
    limiter.take(never).then(
      () => passed.push(call),
      () => {},
    );
  }
  await settle();
  assert.deepEqual(passed, [0, 1, 2]);
  await clock.advance(200);
  assert.deepEqual(passed, [0, 1, 2, 3, 4]);
  await clock.advance(300);
  assert.deepEqual(passed, [0, 1, 2, 3, 4, 5, 6, 7]);
});

test('a pause accumulates at most the burst, and an aborted wait returns its token', async () => {
  const clock = createFakeClock();
  const limiter = createRateLimiter({ qps: 1, burst: 1, clock });
  await clock.advance(60_000);
  await limiter.take(never);
  const controller = new AbortController();
  const aborted = limiter.take(controller.signal);
  await settle();
  controller.abort();
  await aborted;
  assert.equal(clock.timers, 0);
  let passed = false;
  const next = limiter.take(never).then(() => {
    passed = true;
    return passed;
  });
  await clock.advance(999);
  assert.equal(passed, false);
  await clock.advance(1);
  await next;
});

test('never allows more than burst + qps × time', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat({ max: 300 }), { maxLength: 40 }),
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 20 }),
      async (pauses, qps, burst) => {
        const clock = createFakeClock();
        const limiter = createRateLimiter({ qps, burst, clock });
        let passed = 0;
        for (const pause of pauses) {
          void limiter.take(never).then(() => (passed += 1));
          await clock.advance(pause);
          assert.ok(passed <= burst + (qps * clock.monotonic()) / 1000 + 1e-6, `${passed} passed`);
        }
      },
    ),
    { numRuns: 30 },
  );
});

test('rejects a qps of 0 and a burst below 1', () => {
  const clock = createFakeClock();
  for (const [qps, burst] of [
    [0, 1],
    [1, 0],
    [Number.NaN, 1],
  ] as const) {
    assert.throws(() => createRateLimiter({ qps, burst, clock }), /must be above 0/);
  }
});
