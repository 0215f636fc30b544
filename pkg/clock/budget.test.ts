import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type BudgetLimit, type BudgetState, initialBudget, spend } from './budget.ts';

const plain: readonly BudgetLimit[] = [
  { burst: 6, perSecond: 1 },
  { burst: 45, perSecond: 0.25 },
];

test('admits a burst, then one request per second, and one in four seconds once the minute is used up', () => {
  let state = initialBudget(plain, 0);
  let now = 0;
  const times: number[] = [];
  for (let request = 0; request < 80; request += 1) {
    const { after, waitMs } = spend(state, plain, now);
    state = after;
    now += waitMs;
    times.push(now);
  }
  assert.deepEqual(times.slice(0, 9), [0, 0, 0, 0, 0, 0, 1000, 2000, 3000]);
  assert.equal(times.filter((time) => time <= 60_000).length, 60);
  assert.deepEqual(times.slice(-2), [136_000, 140_000]);
});

const expiring: readonly BudgetLimit[] = [{ burst: 20, perSecond: 0.5, burstMs: 20_000 }];

test('what remains of a burst when its time is over is forfeited, except for two requests', () => {
  let state = initialBudget(expiring, 0);
  for (let second = 0; second < 20; second += 1) state = spend(state, expiring, second * 1_000).after;
  assert.equal(countFree(state, 19_999), 9);
  assert.equal(countFree(state, 20_000), 2);
});

test('a burst that was regained before its time is over is not forfeited', () => {
  const { after } = spend(initialBudget(expiring, 0), expiring, 0);
  assert.equal(countFree(after, 20_000), 20);
});

test('a forfeited burst is available again once the limit was full', () => {
  let state = initialBudget(expiring, 0);
  for (let second = 0; second <= 20; second += 1) state = spend(state, expiring, second * 1_000).after;
  assert.equal(countFree(state, 35_000), 8, 'it fills up from the rest');
  assert.equal(countFree(state, 60_000), 20);
  for (let second = 60; second < 79; second += 1) state = spend(state, expiring, second * 1_000).after;
  assert.equal(countFree(state, 79_000), 10, 'it has its time again');
});

/** Returns how many requests at the time `now` need no wait. */
function countFree(from: BudgetState, now: number): number {
  let state = from;
  for (let count = 0; ; count += 1) {
    const { after, waitMs } = spend(state, expiring, now);
    if (waitMs > 0) return count;
    state = after;
  }
}

test('no sequence of requests exceeds a limit in any interval', () => {
  const pauses = fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 120 });
  const burstMs = fc.constantFrom({}, { burstMs: 60_000 }, { burstMs: 5_000 });
  fc.assert(
    fc.property(pauses, burstMs, (all, expiry) => {
      const limits = plain.map((limit) => ({ ...limit, ...expiry }));
      let state = initialBudget(limits, 0);
      let now = 0;
      const times: number[] = [];
      for (const pause of all) {
        now += pause;
        const { after, waitMs } = spend(state, limits, now);
        state = after;
        now += waitMs;
        times.push(now);
      }
      for (const [first, from] of times.entries())
        for (const [last, to] of times.entries())
          for (const { burst, perSecond } of limits)
            assert.ok(last < first || last - first + 1 <= burst + ((to - from) / 1000) * perSecond + 1e-6);
    }),
  );
});
