import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type BudgetLimit, initialBudget, spend } from './budget.ts';

const limits: readonly BudgetLimit[] = [
  { burst: 6, perSecond: 1 },
  { burst: 45, perSecond: 0.25 },
];

test('admits a burst, then one request per second, and one in four seconds once the minute is used up', () => {
  let state = initialBudget(limits, 0);
  let now = 0;
  const times: number[] = [];
  for (let request = 0; request < 80; request += 1) {
    const { after, waitMs } = spend(state, limits, now);
    state = after;
    now += waitMs;
    times.push(now);
  }
  assert.deepEqual(times.slice(0, 9), [0, 0, 0, 0, 0, 0, 1000, 2000, 3000]);
  assert.equal(times.filter((time) => time <= 60_000).length, 60);
  assert.deepEqual(times.slice(-2), [136_000, 140_000]);
});

test('no sequence of requests exceeds a limit in any interval', () => {
  const pauses = fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 120 });
  fc.assert(
    fc.property(pauses, (all) => {
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
