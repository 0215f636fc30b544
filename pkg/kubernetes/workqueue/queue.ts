/**
 * A work queue of keys with the semantics of client-go's, executed by p-queue: adding a key that waits changes nothing
 * but its urgency, adding one that runs makes it run once more afterwards, and a key never runs twice at once. p-queue's
 * own `timeout` and `signal` are not used, because they free the slot while the task still runs.
 */
import { setImmediate } from 'node:timers/promises';
import PQueue from 'p-queue';
import { type Clock, type Random, sleep } from '../../clock/clock.ts';
import { retryAfterMs } from '../client/errors.ts';
import { type Entry, type RunEnd, type RunOutcome, retryDelay, type ScheduleEvent, schedule } from './schedule.ts';

export type { RunOutcome } from './schedule.ts';

/** What a run asks for when it did not fail: nothing, or to be run again in so many milliseconds. */
export interface RunResult {
  readonly requeueAfter?: number | undefined;
}

/** Thrown by a run that is not to be repeated: the same input gives the same error. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
}

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

interface Slot {
  readonly entry: Entry;
  /** Of the timer that makes a delayed key ready. */
  readonly cancelTimer: (() => void) | undefined;
}

export function createQueue(options: QueueOptions): WorkQueue {
  const { clock, metrics } = options;
  const executor = new PQueue({ concurrency: options.concurrency });
  const slots = new Map<string, Slot>();
  const runs = new Set<AbortController>();
  let stopped = false;

  return {
    add,
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

  function add(key: string, { priority = 0, after = 0 }: AddOptions = {}): void {
    if (stopped) return;
    const entry = slots.get(key)?.entry;
    if (entry?.phase === 'running' && entry.again === undefined) observe(() => metrics?.added?.(priority));
    update(key, { type: 'add', priority, readyAt: clock.monotonic() + after });
  }

  /** Applies an event to a key, then does what the new phase asks for: a timer for a delayed key, a task for a ready one. */
  function update(key: string, event: ScheduleEvent): void {
    const before = slots.get(key);
    const entry = schedule(before?.entry, event, clock.monotonic());
    before?.cancelTimer?.();
    if (entry === undefined) {
      slots.delete(key);
      return;
    }
    slots.set(key, { entry, cancelTimer: entry.phase === 'delayed' ? startTimer(key, entry.readyAt) : undefined });
    if (entry.phase !== 'ready') return;
    if (before?.entry.phase !== 'ready') handOver(key, entry.priority);
    else if (before.entry.priority !== entry.priority) executor.setPriority(key, entry.priority);
  }

  /** Node's timers count whole milliseconds of a clock of their own and may fire up to two early; a key without another one would wait for ever. */
  function startTimer(key: string, readyAt: number): () => void {
    return clock.setTimeout(() => update(key, { type: 'timer' }), Math.max(0, readyAt - clock.monotonic()));
  }

  /** p-queue may start the task at once. */
  function handOver(key: string, priority: number): void {
    observe(() => metrics?.added?.(priority));
    // It rejects only for tasks that clear() takes out.
    executor.add(() => work(key), { id: key, priority }).catch(() => {});
  }

  async function work(key: string): Promise<void> {
    const entry = slots.get(key)?.entry;
    if (entry?.phase !== 'ready') return;
    const startedAt = clock.monotonic();
    const run = new AbortController();
    runs.add(run);
    update(key, { type: 'start' });
    observe(() => metrics?.started?.(startedAt - entry.readyAt));
    // Runs that follow each other without a pause would keep the lease and the watches from being served.
    await setImmediate();
    const end = await perform(key, run.signal);
    runs.delete(run);
    const retryMs = retryDelay(end, slots.get(key)?.entry.failures ?? 0, options.random);
    report({ key, startedAt, end, retryMs });
    update(key, { type: 'end', outcome: end.outcome, retryMs: stopped ? undefined : retryMs });
  }

  async function perform(key: string, signal: AbortSignal): Promise<End> {
    try {
      const requeueAfter = (await options.run(key, signal))?.requeueAfter;
      return { outcome: requeueAfter === undefined ? 'success' : 'requeue_after', requeueAfter };
    } catch (error) {
      if (error instanceof TerminalError) return { outcome: 'terminal', error };
      return { outcome: 'error', error, retryAfterMs: retryAfterMs(error) };
    }
  }

  function report({ key, startedAt, end, retryMs }: Report): void {
    if ('error' in end) observe(() => options.onError?.(end.error, key, retryMs));
    if (retryMs !== undefined) observe(() => metrics?.retried?.());
    observe(() => metrics?.finished?.(clock.monotonic() - startedAt, end.outcome));
  }

  function clear(): void {
    for (const key of slots.keys()) update(key, { type: 'clear' });
    executor.clear();
  }

  async function drain(deadlineMs: number): Promise<boolean> {
    executor.pause();
    const done = new AbortController();
    const idle = executor.onPendingZero().then(() => done.abort());
    await Promise.race([idle, sleep(clock, deadlineMs, done.signal)]);
    if (runs.size === 0) return true;
    abortAll();
    return false;
  }

  function abortAll(): void {
    for (const run of runs) run.abort();
  }

  function stats(): QueueStats {
    const now = clock.monotonic();
    const entries = [...slots].map(([key, { entry }]) => ({ key, ...entry }));
    const depth = new Map<number, number>();
    for (const { phase, priority } of entries)
      if (phase === 'ready') depth.set(priority, (depth.get(priority) ?? 0) + 1);
    const running = entries
      .flatMap((entry) => (entry.phase === 'running' ? [{ key: entry.key, forMs: now - entry.startedAt }] : []))
      .toSorted((a, b) => b.forMs - a.forMs);
    return {
      depth,
      delayed: entries.filter(({ phase }) => phase === 'delayed').length,
      running,
      unfinishedMs: running.reduce((sum, { forMs }) => sum + forMs, 0),
      longestRunningMs: running[0]?.forMs ?? 0,
    };
  }
}

type End = RunEnd & { readonly error?: unknown };

interface Report {
  readonly key: string;
  readonly startedAt: number;
  readonly end: End;
  readonly retryMs: number | undefined;
}

/** A broken counter or reporter must not keep a key from being run again. */
function observe(call: () => void): void {
  try {
    call();
  } catch {
    // There is nowhere left to report it.
  }
}
