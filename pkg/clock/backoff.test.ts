import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createFakeClock } from '../../test/doubles/fakeclock.ts';
import { backoffDelay, createBackoff } from './backoff.ts';

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
