import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createFakeClock, settle } from '../../../test/doubles/fakeclock.ts';
import { backoffDelay, createBackoff } from '../../clock/backoff.ts';
import { linkSignal, sleep, systemClock } from '../../clock/clock.ts';
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

test('back-off doubles up to its maximum, stays within its jitter and resets after a healthy period', () => {
  const options = { baseMs: 800, maxMs: 30_000, jitter: 0.5 };
  fc.assert(
    fc.property(fc.nat({ max: 2000 }), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (failures, r) => {
      const delay = backoffDelay(failures, { ...options, random: () => r });
      const plain = Math.min(800 * 2 ** failures, 30_000);
      assert.ok(delay >= plain * 0.5 - 1 && delay <= plain * 1.5 + 1, `${delay} after ${failures}`);
    }),
  );
  let now = 0;
  const clock = { ...createFakeClock(), monotonic: () => now };
  const backoff = createBackoff({ ...options, resetAfterMs: 120_000, random: () => 0.5, clock });
  assert.deepEqual([backoff.next(), backoff.next(), backoff.next()], [800, 1600, 3200]);
  now = 100_000;
  assert.equal(backoff.next(), 6400, 'the healthy period was too short');
  now += 6400 + 120_001;
  assert.equal(backoff.next(), 800);
});

test('sleep ends early when its signal aborts, and leaves no timer or listener', async () => {
  const clock = createFakeClock();
  const controller = new AbortController();
  const slept = sleep(clock, 1000, controller.signal);
  controller.abort();
  await slept;
  await sleep(clock, 1000, controller.signal);
  assert.equal(clock.timers, 0);
});

test('a linked signal aborts with its parent and its reason, but not its parent', () => {
  const parent = new AbortController();
  const [child, other, released] = [1, 2, 3].map(() => linkSignal(parent.signal));
  child?.abort(new Error('mine'));
  assert.equal(parent.signal.aborted, false);
  released?.release();
  parent.abort(new Error('theirs'));
  assert.deepEqual([child?.signal.reason.message, other?.signal.reason.message], ['mine', 'theirs']);
  assert.equal(released?.signal.aborted, false);
  assert.equal(linkSignal(parent.signal).signal.aborted, true);
});

test('the system clock does not fire long timers immediately', async () => {
  const clock = systemClock();
  let fired = false;
  const cancel = clock.setTimeout(() => {
    fired = true;
  }, 1e12);
  await new Promise<void>((resolve) => clock.setTimeout(resolve, 5));
  cancel();
  assert.equal(fired, false);
  assert.ok(clock.now() > Date.UTC(2024, 0, 1) && clock.monotonic() < clock.now());
});

test('a linked signal aborts with the first of several parents, and release removes it from all', () => {
  const [one, other] = [new AbortController(), new AbortController()];
  const [linked, released] = [linkSignal(one.signal, other.signal), linkSignal(one.signal, other.signal)];
  released.release();
  other.abort(new Error('the other'));
  one.abort(new Error('the one'));
  assert.match(String(linked.signal.reason), /the other/);
  assert.equal(released.signal.aborted, false);
  assert.match(String(linkSignal(undefined, other.signal).signal.reason), /the other/);
});
