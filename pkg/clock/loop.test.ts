import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createFakeClock, eventually, settle } from '../../test/doubles/fakeclock.ts';
import { createBackoff } from './backoff.ts';
import { type Clock, systemClock, whenAborted } from './clock.ts';
import { createLoop, type LoopOptions } from './loop.ts';

/**
 * A running loop whose passes end immediately with the next of `delays`: a number is the wait, an Error a failure. Then
 * 1,000 s.
 */
function start(
  t: TestContext,
  { delays = [], ...override }: Partial<LoopOptions> & { readonly delays?: readonly (number | Error)[] },
) {
  const clock = createFakeClock();
  const startedAt: number[] = [];
  const signals: AbortSignal[] = [];
  const failures: string[] = [];
  const loop = createLoop({
    clock,
    step: (signal) => {
      const delay = delays[startedAt.push(clock.monotonic()) - 1] ?? 1_000_000;
      signals.push(signal);
      return delay instanceof Error ? Promise.reject(delay) : Promise.resolve(delay);
    },
    retry: {
      backoff: createBackoff({ baseMs: 100, maxMs: 1000, jitter: 0, random: () => 0 }),
      onFailure: (error, retryMs) => failures.push(`${String(error)} retry ${retryMs}`),
    },
    ...override,
  });
  const controller = new AbortController();
  const done = loop.run(controller.signal);
  t.after(async () => {
    controller.abort();
    await done.catch(() => undefined);
    assert.equal(clock.timers, 0, 'a loop leaves no timer behind');
  });
  return { loop, clock, startedAt, signals, failures, controller, done };
}

test('waits after each pass for the time that it returned', async (t) => {
  const { clock, startedAt } = start(t, { delays: [500, 0, 2000] });
  await settle();
  assert.deepEqual(startedAt, [0], 'the first pass starts immediately');
  await clock.advance(499);
  assert.deepEqual(startedAt, [0]);
  await clock.advance(10_000);
  assert.deepEqual(startedAt, [0, 500, 500, 2500]);
});

test('delays the first pass by firstAfterMs', async (t) => {
  const { clock, startedAt } = start(t, { firstAfterMs: 300 });
  await clock.advance(10_000);
  assert.deepEqual(startedAt, [300]);
});

test('backs off after failures and starts again at the base after a success', async (t) => {
  const error = new Error('x');
  const { clock, startedAt, failures } = start(t, { delays: [error, error, error, 50, error] });
  await clock.advance(10_000);
  assert.deepEqual(startedAt, [0, 100, 300, 700, 750, 850]);
  assert.deepEqual(
    failures,
    [100, 200, 400, 100].map((ms) => `Error: x retry ${ms}`),
  );
});

test('rejects with the failure of a pass where no retry is configured', async (t) => {
  const { done } = start(t, { step: () => Promise.reject(new Error('a defect')), retry: undefined as never });
  await assert.rejects(done, /a defect/);
});

test('wakeUp ends a wait immediately or within the given time, and never prolongs it', async (t) => {
  const { loop, clock, startedAt } = start(t, { delays: [10_000, 10_000, 10_000] });
  await clock.advance(1000);
  loop.wakeUp();
  await settle();
  assert.deepEqual(startedAt, [0, 1000]);
  loop.wakeUp(500);
  loop.wakeUp(200);
  loop.wakeUp(5000);
  await clock.advance(9000);
  assert.deepEqual(startedAt, [0, 1000, 1200]);
  loop.wakeUp(5000);
  await clock.advance(1200);
  assert.deepEqual(startedAt, [0, 1000, 1200, 11_200], 'the wait of 10 s ends first');
});

test('wakeUp during a pass shortens the wait after it, once', async (t) => {
  const gates: PromiseWithResolvers<number>[] = [];
  const { loop, clock } = start(t, {
    step: () => {
      const gate = Promise.withResolvers<number>();
      gates.push(gate);
      return gate.promise;
    },
  });
  loop.wakeUp();
  gates[0]?.resolve(10_000);
  await settle();
  assert.equal(gates.length, 2);
  gates[1]?.resolve(10_000);
  await clock.advance(9999);
  assert.equal(gates.length, 2, 'the second wait has its full length');
  await clock.advance(1);
  assert.equal(gates.length, 3);
  gates[2]?.resolve(0);
});

test('cancelPass aborts the current pass and waits for its end; the next pass follows without back-off', async (t) => {
  let count = 0;
  let ended = false;
  const { loop, clock, failures } = start(t, {
    step: async (signal) => {
      count += 1;
      if (count > 1) return 1_000_000;
      await whenAborted(signal);
      await settle();
      ended = true;
      throw new Error('aborted');
    },
  });
  await settle();
  await loop.cancelPass();
  assert.ok(ended);
  await clock.advance(0);
  assert.deepEqual([count, failures], [2, []]);
  await loop.cancelPass();
  await clock.advance(100);
  assert.equal(count, 2, 'cancelPass has no effect between two passes');
});

test('ends when its signal aborts: before, during the first wait, during a pass and during a wait', async (t) => {
  const early = start(t, {});
  early.controller.abort();
  await early.done;
  assert.equal(early.startedAt.length, 1, 'only the pass that had started');
  await early.loop.run(early.controller.signal);
  assert.equal(early.startedAt.length, 1);

  const waiting = start(t, { firstAfterMs: 1000 });
  await settle();
  waiting.controller.abort();
  await waiting.done;
  assert.deepEqual(waiting.startedAt, []);

  const between = start(t, { delays: [5000] });
  await between.clock.advance(1000);
  between.controller.abort();
  await between.done;
  assert.deepEqual([between.startedAt.length, between.signals[0]?.aborted], [1, false]);

  const within = start(t, {
    step: (signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(1000))),
  });
  await settle();
  within.controller.abort();
  await within.done;
});

test('a timer that fires early does not make the loop spin', async (t) => {
  const fake = createFakeClock();
  const hasty: Clock = { ...fake, setTimeout: (callback, ms) => fake.setTimeout(callback, Math.floor(ms) - 2) };
  let passes = 0;
  start(t, {
    clock: hasty,
    step: () => {
      passes += 1;
      return Promise.resolve(1000.7);
    },
  });
  await fake.advance(9990);
  assert.equal(passes, 11);
});

test('passes without a wait yield to the event loop', async (t) => {
  let passes = 0;
  const { controller, done } = start(t, {
    clock: systemClock(),
    step: () => {
      passes += 1;
      return Promise.resolve(0);
    },
  });
  await eventually(() => passes >= 3, 'three passes');
  assert.ok(passes < 1000, `${passes} passes before other callbacks ran`);
  controller.abort();
  await done;
});
