import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '../../test/doubles/fakeclock.ts';
import { createWaitTimes } from './waits.ts';

test('a wait is measured from its first check to its end, whatever the wall clock', () => {
  const clock = createFakeClock();
  const waits = createWaitTimes(clock);
  assert.deepEqual([waits.peek('a'), waits.elapsed('a')], [0, 0]);
  clock.freeze(5_000);
  clock.setWallClock(0);
  assert.deepEqual([waits.elapsed('a'), waits.peek('a'), waits.elapsed('b')], [5_000, 5_000, 0]);
  waits.end('a');
  assert.deepEqual([waits.peek('a'), waits.elapsed('a'), waits.elapsed('b')], [0, 0, 0]);
});

test('a wait that nobody checks for an hour is removed', () => {
  const clock = createFakeClock();
  const waits = createWaitTimes(clock);
  waits.elapsed('a');
  clock.freeze(3_600_001);
  waits.elapsed('b');
  assert.equal(waits.peek('a'), 0);
});
