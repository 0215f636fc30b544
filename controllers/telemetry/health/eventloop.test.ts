import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '../../../test/doubles/fakeclock.ts';
import { createLoopMonitor } from './eventloop.ts';

test('the monitor reports the delay of a blocked tick, and none for the next ones', async () => {
  const clock = createFakeClock();
  const delays: number[] = [];
  const monitor = createLoopMonitor({ clock, onDelay: (ms) => delays.push(ms) });
  assert.equal(monitor.sinceTick(), undefined);
  const stopped = new AbortController();
  const done = monitor.run(stopped.signal);
  await clock.advance(1000);
  clock.freeze(2700);
  assert.equal(monitor.sinceTick(), 2700);
  await clock.advance(0);
  await clock.advance(500);
  assert.deepEqual(delays, [0, 0, 2200, 0]);
  assert.equal(monitor.sinceTick(), 0);
  stopped.abort();
  await done;
  assert.deepEqual([clock.timers, monitor.sinceTick(), delays.length], [0, undefined, 4]);
});
