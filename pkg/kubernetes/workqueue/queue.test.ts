import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock, settle } from '../../../test/doubles/fakeclock.ts';
import type { Clock } from '../../clock/clock.ts';
import { ApiError } from '../client/errors.ts';
import { createQueue, type QueueOptions, type RunResult, TerminalError } from './queue.ts';

interface Work {
  readonly key: string;
  readonly signal: AbortSignal;
  finish(result?: RunResult): Promise<void>;
  fail(error: Error): Promise<void>;
}

/** A queue whose runs end when the test ends them. */
function start(override: Partial<QueueOptions> = {}) {
  const clock = createFakeClock();
  const works: Work[] = [];
  const log: string[] = [];
  const queue = createQueue({
    concurrency: 1,
    clock,
    random: () => 0.5,
    run: (key, signal) => {
      const { promise, resolve, reject } = Promise.withResolvers<RunResult | undefined>();
      const end = async (act: () => void): Promise<void> => {
        act();
        await settle();
      };
      works.push({
        key,
        signal,
        finish: (result) => end(() => resolve(result)),
        fail: (error) => end(() => reject(error)),
      });
      return promise;
    },
    onError: (error, key, retryMs) => log.push(`${key}: ${String(error)} retry ${retryMs}`),
    metrics: {
      added: (priority) => log.push(`added ${priority}`),
      retried: () => log.push('retried'),
      started: (waited) => log.push(`started after ${waited}`),
      finished: (worked, outcome) => log.push(`${outcome} after ${worked}`),
    },
    ...override,
  });
  const keys = () => works.map(({ key }) => key);
  const last = (): Work => {
    const work = works.at(-1);
    assert.ok(work !== undefined, 'nothing has run');
    return work;
  };
  return { queue, clock, works, keys, last, log };
}

test('a waiting key is queued once, and a running key runs once more', async () => {
  const { queue, keys, last } = start();
  for (const key of ['a', 'b', 'b', 'a', 'a']) queue.add(key);
  await settle();
  assert.deepEqual(keys(), ['a']);
  await last().finish();
  assert.deepEqual(keys(), ['a', 'b'], 'b was added before the second run of a');
  await last().finish();
  await last().finish();
  assert.deepEqual(keys(), ['a', 'b', 'a']);
  assert.deepEqual(queue.stats(), { depth: new Map(), delayed: 0, running: [], unfinishedMs: 0, longestRunningMs: 0 });
});

test('an add during a run is not lost, whatever the outcome of the run', async () => {
  for (const end of ['success', 'error', 'requeueAfter', 'terminal'] as const) {
    const { queue, keys, last } = start();
    queue.add('a');
    await settle();
    queue.add('a');
    if (end === 'success') await last().finish();
    if (end === 'error') await last().fail(new Error('x'));
    if (end === 'requeueAfter') await last().finish({ requeueAfter: 60_000 });
    if (end === 'terminal') await last().fail(new TerminalError('x'));
    assert.deepEqual(keys(), ['a', 'a'], `after ${end}`);
  }
});

test('retries failures after 1 s, 2 s … 2 min ±20 %, and a success resets the back-off', async () => {
  const { queue, clock, works, last } = start();
  const delays: number[] = [];
  queue.add('a');
  await settle();
  for (let failure = 0; failure < 9; failure += 1) {
    await last().fail(new Error('x'));
    delays.push(clock.nextIn ?? -1);
    await clock.advance(clock.nextIn ?? 0);
  }
  assert.deepEqual(delays, [1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 120_000, 120_000]);
  await last().finish();
  queue.add('a');
  await settle();
  await last().fail(new Error('x'));
  assert.equal(clock.nextIn, 1000);
  await clock.advance(1000);
  assert.equal(works.length, 12);

  for (const [random, delay] of [
    [0, 800],
    [0.999_999, 1200],
  ] as const) {
    const spread = start({ random: () => random });
    spread.queue.add('a');
    await settle();
    await spread.last().fail(new Error('x'));
    assert.equal(spread.clock.nextIn, delay);
  }
});

test('waits at least for the Retry-After of the API server', async () => {
  const { queue, clock, last } = start();
  queue.add('a');
  await settle();
  await last().fail(new ApiError({ verb: 'update', path: '/x', code: 429, retryAfter: '7', now: 0 }));
  assert.equal(clock.nextIn, 7000);
});

test('an add runs a key immediately during its back-off, without resetting it', async () => {
  const { queue, clock, keys, last } = start();
  queue.add('a');
  await settle();
  await last().fail(new Error('x'));
  await clock.advance(1000);
  await last().fail(new Error('x'));
  queue.add('a');
  await settle();
  assert.deepEqual(keys(), ['a', 'a', 'a']);
  await last().fail(new Error('x'));
  assert.equal(clock.nextIn, 4000);
  assert.equal(clock.timers, 1);
});

test('a delayed add never postpones a key, and the earliest of several applies', async () => {
  const { queue, clock, keys, last } = start();
  queue.add('a', { after: 5000 });
  queue.add('a', { after: 2000 });
  queue.add('a', { after: 9000 });
  assert.equal(queue.stats().delayed, 1);
  await clock.advance(1999);
  assert.deepEqual(keys(), []);
  await clock.advance(1);
  assert.deepEqual(keys(), ['a']);
  queue.add('a', { after: 3000 });
  await last().finish();
  await clock.advance(2999);
  assert.deepEqual(keys(), ['a']);
  await clock.advance(1);
  assert.deepEqual(keys(), ['a', 'a']);
});

test('a timer that fires early, as in Node, loses no key', async () => {
  const fake = createFakeClock();
  // Whole milliseconds minus two, as observed with Node on a busy machine.
  const hasty: Clock = {
    ...fake,
    setTimeout: (callback, ms) => fake.setTimeout(callback, Math.max(1, Math.floor(ms) - 2)),
  };
  const { queue, keys, last } = start({ clock: hasty });
  queue.add('a', { after: 1000.6 });
  await fake.advance(999);
  assert.deepEqual(keys(), []);
  await fake.advance(2);
  assert.deepEqual(keys(), ['a']);
  await last().finish({ requeueAfter: 2000.4 });
  await fake.advance(2001);
  assert.deepEqual(keys(), ['a', 'a']);
});

test('requeueAfter runs the key again later without counting as a failure', async () => {
  const { queue, clock, keys, last, log } = start();
  queue.add('a', { priority: 5 });
  await settle();
  await clock.advance(30);
  await last().finish({ requeueAfter: 2000 });
  await clock.advance(2000);
  assert.deepEqual(keys(), ['a', 'a']);
  await clock.advance(10);
  await last().fail(new Error('boom'));
  assert.deepEqual(log, [
    'added 5',
    'started after 0',
    'retried',
    'requeue_after after 30',
    'added 5',
    'started after 0',
    'a: Error: boom retry 1000',
    'retried',
    'error after 10',
  ]);
});

test('reports a TerminalError without repeating the run, and resets the back-off', async () => {
  const { queue, clock, works, last, log } = start();
  queue.add('a');
  await settle();
  await last().fail(new Error('x'));
  await clock.advance(1000);
  log.length = 0;
  await last().fail(new TerminalError('refused'));
  await clock.advance(1_000_000);
  assert.equal(works.length, 2);
  assert.deepEqual(log, ['a: TerminalError: refused retry undefined', 'terminal after 0']);
  queue.add('a');
  await settle();
  await last().fail(new Error('x'));
  assert.equal(clock.nextIn, 1000);
});

test('runs higher priorities first, raises the priority of a waiting key, and retains it after errors', async () => {
  const { queue, clock, keys, last } = start();
  queue.add('blocker');
  await settle();
  for (const key of ['old1', 'old2', 'old3']) queue.add(key, { priority: -100 });
  queue.add('new');
  queue.add('asked', { priority: 100 });
  queue.add('old3', { priority: 100 });
  queue.add('asked', { priority: -100 });
  assert.deepEqual(
    [...queue.stats().depth].sort(([a], [b]) => a - b),
    [
      [-100, 2],
      [0, 1],
      [100, 2],
    ],
  );
  for (let count = 0; count < 4; count += 1) await last().finish();
  assert.deepEqual(keys(), ['blocker', 'asked', 'old3', 'new', 'old1']);
  await last().fail(new Error('x'));
  await clock.advance(1000);
  assert.deepEqual(queue.stats().depth, new Map([[-100, 1]]), 'old1 waits behind old2 with its priority');
});

test('limits concurrency and reports the running time of each key', async () => {
  const { queue, clock, keys } = start({ concurrency: 2 });
  queue.add('a');
  await clock.advance(500);
  queue.add('b');
  queue.add('c', { priority: 7 });
  queue.add('d', { after: 10_000 });
  await clock.advance(1000);
  assert.deepEqual(keys(), ['a', 'b']);
  assert.deepEqual(queue.stats(), {
    depth: new Map([[7, 1]]),
    delayed: 1,
    running: [
      { key: 'a', forMs: 1500 },
      { key: 'b', forMs: 1000 },
    ],
    unfinishedMs: 2500,
    longestRunningMs: 1500,
  });
});

test('a paused queue accepts adds and retries, and starts no run until resumed', async () => {
  const { queue, clock, keys, last } = start();
  queue.add('a');
  await settle();
  queue.pause();
  await last().fail(new Error('x'));
  queue.add('b');
  await clock.advance(10_000);
  assert.deepEqual(keys(), ['a']);
  queue.resume();
  await settle();
  await last().finish();
  await last().finish();
  assert.deepEqual(keys(), ['a', 'b', 'a']);
});

test('drain waits for all runs and starts no further ones', async () => {
  const { queue, clock, keys, last } = start();
  assert.equal(await queue.drain(1000), true, 'no key is running');
  queue.resume();
  queue.add('a');
  queue.add('b');
  await settle();
  const drained = queue.drain(1000);
  await clock.advance(999);
  assert.equal(last().signal.aborted, false);
  await last().finish();
  assert.equal(await drained, true);
  assert.deepEqual(keys(), ['a']);
  assert.equal(clock.timers, 0);
});

test('drain stops waiting at its deadline, and a key that is still running does not run concurrently with itself', async () => {
  const { queue, clock, works, keys } = start({ concurrency: 2 });
  queue.add('slow');
  await settle();
  const drained = queue.drain(1000);
  await clock.advance(1000);
  assert.equal(await drained, false);
  assert.equal(works[0]?.signal.aborted, true);
  queue.add('slow');
  queue.add('b');
  queue.resume();
  await settle();
  assert.deepEqual(keys(), ['slow', 'b']);
  await works[0]?.finish();
  assert.deepEqual(keys(), ['slow', 'b', 'slow']);
  assert.equal(works[2]?.signal.aborted, false);
});

test('clear removes ready, delayed and re-added keys, and failures', async () => {
  const { queue, clock, keys, last } = start();
  queue.add('failed');
  await settle();
  await last().fail(new Error('x'));
  queue.add('a');
  queue.add('b');
  queue.add('c', { after: 5000 });
  await settle();
  queue.add('a');
  queue.clear();
  assert.equal(clock.timers, 0);
  queue.add('b', { after: 5000 });
  await last().finish();
  assert.deepEqual(keys(), ['failed', 'a'], 'the new b uses its own delay');
  queue.clear();
  await clock.advance(100_000);
  assert.deepEqual(keys(), ['failed', 'a']);
  assert.equal(clock.timers, 0);
  queue.add('failed');
  await settle();
  await last().fail(new Error('x'));
  assert.equal(clock.nextIn, 1000);
});

test('stop is permanent', async () => {
  const { queue, clock, works, last } = start();
  queue.add('a');
  queue.add('b');
  queue.add('c', { after: 10 });
  await settle();
  queue.stop();
  assert.equal(last().signal.aborted, true);
  await last().fail(new Error('aborted'));
  queue.add('d');
  queue.resume();
  await clock.advance(200_000);
  assert.equal(works.length, 1);
  assert.equal(clock.timers, 0);
});

test('exceptions of callbacks and a run that throws synchronously lose no key', async () => {
  let runs = 0;
  const broken = () => {
    throw new Error('broken');
  };
  const metrics = { added: broken, retried: broken, started: broken, finished: broken };
  const run = () => {
    runs += 1;
    throw new Error('not even a promise');
  };
  const { queue, clock } = start({ run, onError: broken, metrics });
  queue.add('a');
  await clock.advance(3000);
  assert.equal(runs, 3);
});

test('runs without I/O yield to the event loop', async () => {
  let runs = 0;
  const queue = createQueue({
    concurrency: 1,
    clock: createFakeClock(),
    random: () => 0.5,
    run: () => {
      runs += 1;
      return Promise.resolve(undefined);
    },
  });
  for (let key = 0; key < 1000; key += 1) queue.add(String(key));
  await settle(10);
  assert.ok(runs > 0 && runs <= 20, `${runs} runs in ten turns`);
  queue.stop();
});
