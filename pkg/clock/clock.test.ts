import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '../../test/doubles/fakeclock.ts';
import { linkSignal, sleep, systemClock } from './clock.ts';

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
