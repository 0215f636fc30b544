/**
 * A work queue of keys with the semantics of client-go's, executed by p-queue: adding a key that waits changes nothing
 * but its urgency, adding one that runs makes it run once more afterwards, and a key never runs twice at once. p-queue's
 * own `timeout` and `signal` are not used, because they free the slot while the task still runs.
 */
import { setImmediate } from 'node:timers/promises';
import PQueue from 'p-queue';
import { backoffDelay } from '../../clock/backoff.ts';
import { type Clock, type Random, sleep } from '../../clock/clock.ts';
import { retryAfterMs } from '../client/errors.ts';

/** What a run asks for when it did not fail: nothing, or to be run again in so many milliseconds. */
export interface RunResult {
  readonly requeueAfter?: number | undefined;
}

/** Thrown by a run that is not to be repeated: the same input gives the same error. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
}

export type RunOutcome = 'success' | 'requeue_after' | 'error' | 'terminal';

/** client-go's workqueue metrics; durations are in milliseconds. What is a gauge there comes from `stats`. */
export interface QueueMetrics {
  /** workqueue_adds_total: the key became ready, or was added while it ran. */
  added?(priority: number): void;
  /** workqueue_retries_total: the key was put back for later, by an error or requeueAfter. */
  retried?(): void;
  /** workqueue_queue_duration_seconds: from being ready to the start of the run. */
  started?(waitedMs: number): void;
  /** workqueue_work_duration_seconds. */
  finished?(workedMs: number, outcome: RunOutcome): void;
}

export interface QueueOptions {
  /** Does the work of a key. Its rejections are retried with back-off; the signal aborts when the queue stops. */
  readonly run: (key: string, signal: AbortSignal) => Promise<RunResult | undefined>;
  /** Runs at the same time. */
  readonly concurrency: number;
  readonly clock: Clock;
  readonly random: Random;
  /** Called for each failed run; `retryMs` is undefined when it is not repeated. */
  readonly onError?: (error: unknown, key: string, retryMs: number | undefined) => void;
  readonly metrics?: QueueMetrics;
}

export interface AddOptions {
  /** Higher runs first; 0 unless told. -100 for what a first list found, 100 for what somebody waits for. */
  readonly priority?: number;
  /** Milliseconds before it may run; 0 unless told. */
  readonly after?: number;
}

export interface QueueStats {
  /** Ready keys by priority: workqueue_depth. */
  readonly depth: ReadonlyMap<number, number>;
  /** Keys that wait for their time. */
  readonly delayed: number;
  readonly running: readonly { readonly key: string; readonly forMs: number }[];
  /** Sum over the running keys: workqueue_unfinished_work_seconds. */
  readonly unfinishedMs: number;
  /** workqueue_longest_running_processor_seconds. */
  readonly longestRunningMs: number;
}

export interface WorkQueue {
  /** A key that already waits keeps the higher priority and the earlier time, its back-off included. */
  add(key: string, options?: AddOptions): void;
  /** Starts no more runs until resume; keys can be added meanwhile. */
  pause(): void;
  resume(): void;
  /** Forgets every key that waits and every failure; what runs goes on, and is not repeated for adds from before. */
  clear(): void;
  /** Pauses, and waits for what runs. After `deadlineMs` their signals abort and it gives false without waiting longer. */
  drain(deadlineMs: number): Promise<boolean>;
  /** For good: clears, aborts the signals of what runs, and ignores later adds. */
  stop(): void;
  stats(): QueueStats;
}

interface Waiting {
  priority: number;
  /** Monotonic milliseconds. */
  readyAt: number;
  /** Takes back the timer; undefined once the key is ready. */
  cancel: (() => void) | undefined;
}

interface Running {
  readonly startedAt: number;
  readonly priority: number;
  readonly controller: AbortController;
  /** Added again since the run began. */
  again: { readonly priority: number; readonly readyAt: number } | undefined;
}

export function createQueue(options: QueueOptions): WorkQueue {
  const { clock, metrics } = options;
  const executor = new PQueue({ concurrency: options.concurrency });
  const waiting = new Map<string, Waiting>();
  const running = new Map<string, Running>();
  const failures = new Map<string, number>();
  let stopped = false;

  return {
    add: (key, { priority = 0, after = 0 } = {}) => enqueue(key, { priority, readyAt: clock.monotonic() + after }),
    pause: () => executor.pause(),
    resume: () => executor.start(),
    clear,
    drain,
    stop: () => {
      stopped = true;
      clear();
      abortAll();
    },
    stats,
  };

  function enqueue(key: string, { priority, readyAt }: Pick<Waiting, 'priority' | 'readyAt'>): void {
    if (stopped) return;
    const active = running.get(key);
    if (active !== undefined) {
      if (active.again === undefined) observe(() => metrics?.added?.(priority));
      active.again = mostUrgent(active.again, { priority, readyAt });
      return;
    }
    const item = waiting.get(key);
    if (item === undefined) {
      waiting.set(key, schedule(key, { priority, readyAt }));
      release(key);
      return;
    }
    const merged = mostUrgent(item, { priority, readyAt });
    if (merged.priority > item.priority && item.cancel === undefined) executor.setPriority(key, merged.priority);
    item.priority = merged.priority;
    if (item.cancel === undefined || merged.readyAt >= item.readyAt) return;
    item.cancel();
    waiting.set(key, schedule(key, merged));
    release(key);
  }

  function schedule(key: string, { priority, readyAt }: Pick<Waiting, 'priority' | 'readyAt'>): Waiting {
    const cancel = clock.setTimeout(() => wake(key), Math.max(0, readyAt - clock.monotonic()));
    return { priority, readyAt, cancel };
  }

  /** Node's timers count whole milliseconds of a clock of their own and may fire up to two early; a key without another one would wait for ever. */
  function wake(key: string): void {
    const item = waiting.get(key);
    if (item !== undefined && item.readyAt > clock.monotonic()) waiting.set(key, schedule(key, item));
    else release(key);
  }

  /** Hands a key over to p-queue, which may start it at once, when its time has come. */
  function release(key: string): void {
    const item = waiting.get(key);
    if (item?.cancel === undefined || item.readyAt > clock.monotonic()) return;
    item.cancel();
    item.cancel = undefined;
    const { priority } = item;
    observe(() => metrics?.added?.(priority));
    // It rejects only for tasks that clear() takes out.
    executor.add(() => work(key), { id: key, priority }).catch(() => {});
  }

  async function work(key: string): Promise<void> {
    const item = waiting.get(key);
    if (item === undefined) return;
    waiting.delete(key);
    const startedAt = clock.monotonic();
    const active: Running = { startedAt, priority: item.priority, controller: new AbortController(), again: undefined };
    running.set(key, active);
    observe(() => metrics?.started?.(startedAt - item.readyAt));
    // Runs that follow each other without a pause would keep the lease and the watches from being served.
    await setImmediate();
    const outcome = await perform(key, active);
    running.delete(key);
    observe(() => metrics?.finished?.(clock.monotonic() - startedAt, outcome));
    if (active.again !== undefined) enqueue(key, active.again);
  }

  async function perform(key: string, active: Running): Promise<RunOutcome> {
    try {
      const result = await options.run(key, active.controller.signal);
      failures.delete(key);
      if (result?.requeueAfter === undefined) return 'success';
      putBack(active, result.requeueAfter);
      return 'requeue_after';
    } catch (error) {
      if (error instanceof TerminalError) {
        failures.delete(key);
        observe(() => options.onError?.(error, key, undefined));
        return 'terminal';
      }
      const delay = nextDelay(key, error);
      observe(() => options.onError?.(error, key, delay));
      putBack(active, delay);
      return 'error';
    }
  }

  function nextDelay(key: string, error: unknown): number {
    const failed = failures.get(key) ?? 0;
    failures.set(key, failed + 1);
    const delay = backoffDelay(failed, { baseMs: 1000, maxMs: 120_000, jitter: 0.2, random: options.random });
    return Math.max(delay, retryAfterMs(error) ?? 0);
  }

  /** For the time after the run; an add during it may be more urgent. */
  function putBack(active: Running, after: number): void {
    observe(() => metrics?.retried?.());
    const later = { priority: active.priority, readyAt: clock.monotonic() + Math.max(0, after) };
    active.again = mostUrgent(active.again, later);
  }

  function clear(): void {
    for (const { cancel } of waiting.values()) cancel?.();
    waiting.clear();
    failures.clear();
    for (const active of running.values()) active.again = undefined;
    executor.clear();
  }

  async function drain(deadlineMs: number): Promise<boolean> {
    executor.pause();
    const done = new AbortController();
    const idle = executor.onPendingZero().then(() => done.abort());
    await Promise.race([idle, sleep(clock, deadlineMs, done.signal)]);
    if (running.size === 0) return true;
    abortAll();
    return false;
  }

  function abortAll(): void {
    for (const { controller } of running.values()) controller.abort();
  }

  function stats(): QueueStats {
    const now = clock.monotonic();
    const ready = [...waiting.values()].filter(({ cancel }) => cancel === undefined);
    const depth = new Map<number, number>();
    for (const { priority } of ready) depth.set(priority, (depth.get(priority) ?? 0) + 1);
    const active = [...running].map(([key, { startedAt }]) => ({ key, forMs: now - startedAt }));
    return {
      depth,
      delayed: waiting.size - ready.length,
      running: active,
      unfinishedMs: active.reduce((sum, { forMs }) => sum + forMs, 0),
      longestRunningMs: Math.max(0, ...active.map(({ forMs }) => forMs)),
    };
  }
}

/** A broken counter or reporter must not keep a key from being run again. */
function observe(call: () => void): void {
  try {
    call();
  } catch {
    // There is nowhere left to report it.
  }
}

type Urgency = Pick<Waiting, 'priority' | 'readyAt'>;

function mostUrgent(a: Urgency | undefined, b: Urgency): Urgency {
  if (a === undefined) return b;
  return { priority: Math.max(a.priority, b.priority), readyAt: Math.min(a.readyAt, b.readyAt) };
}
