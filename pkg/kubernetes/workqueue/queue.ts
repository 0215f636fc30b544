/**
 * A work queue of keys with the semantics of client-go's work queue: adding a waiting key changes only its urgency,
 * adding a running key runs it once more afterwards, and a key never runs concurrently with itself. The rules are in
 * schedule.ts; p-queue executes ready keys by priority. Its `timeout` and `signal` are not used, because they free the
 * slot while the task is still running.
 */
import { setImmediate } from 'node:timers/promises';
import PQueue from 'p-queue';
import { type Clock, type Random, sleep } from '../../clock/clock.ts';
import { retryAfterMs } from '../client/errors.ts';
import { type Entry, type RunEnd, type RunOutcome, retryDelay, type ScheduleEvent, schedule } from './schedule.ts';

export type { RunOutcome } from './schedule.ts';

/** The result of a successful run. */
export interface RunResult {
  /** Milliseconds until the key runs again; if omitted, it does not. */
  readonly requeueAfter?: number | undefined;
}

/** Thrown by a run that must not be repeated, because the same input results in the same error. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
}

/** Counters and histograms of client-go's workqueue metrics; durations are in milliseconds. For gauges see `stats`. */
export interface QueueMetrics {
  /** workqueue_adds_total: the key became ready, or was added during its run. */
  added?(priority: number): void;
  /** workqueue_retries_total: the key was requeued after an error or by requeueAfter. */
  retried?(): void;
  /** workqueue_queue_duration_seconds: from ready to the start of the run. */
  started?(waitedMs: number): void;
  /** workqueue_work_duration_seconds. */
  finished?(workedMs: number, outcome: RunOutcome): void;
}

export interface QueueOptions {
  /**
   * Processes a key. A rejection is retried with back-off. The signal aborts when the queue stops or a drain times out.
   */
  readonly run: (key: string, signal: AbortSignal) => Promise<RunResult | undefined>;
  /** Maximum number of concurrent runs. */
  readonly concurrency: number;
  readonly clock: Clock;
  readonly random: Random;
  /** Called for each failed run; `retryMs` is undefined if it is not repeated. */
  readonly onError?: (error: unknown, key: string, retryMs: number | undefined) => void;
  readonly metrics?: QueueMetrics;
}

export interface AddOptions {
  /** Higher priorities run first. Default: 0. Keys of an initial list use -100, urgent ones 100. */
  readonly priority?: number;
  /** Milliseconds before the key may run. Default: 0. */
  readonly after?: number;
}

export interface QueueStats {
  /** Number of ready keys by priority: workqueue_depth. */
  readonly depth: ReadonlyMap<number, number>;
  /** Number of delayed keys. */
  readonly delayed: number;
  readonly running: readonly { readonly key: string; readonly forMs: number }[];
  /** Sum over all running keys: workqueue_unfinished_work_seconds. */
  readonly unfinishedMs: number;
  /** workqueue_longest_running_processor_seconds. */
  readonly longestRunningMs: number;
}

export interface WorkQueue {
  /** Adds a key. A waiting key takes the higher priority and the earlier time, even during back-off. */
  add(key: string, options?: AddOptions): void;
  /** Starts no runs until resume. Keys may be added meanwhile. */
  pause(): void;
  resume(): void;
  /** Removes all waiting keys and failures. Runs continue, but earlier adds do not repeat them. */
  clear(): void;
  /**
   * Pauses and waits for all runs. After `deadlineMs` it aborts their signals and returns false without waiting longer.
   */
  drain(deadlineMs: number): Promise<boolean>;
  /** Stops permanently: clears the queue, aborts all runs, and ignores later adds. */
  stop(): void;
  stats(): QueueStats;
}

interface Slot {
  readonly entry: Entry;
  /** Cancels the timer of a delayed key. */
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

  /** Applies an event to a key, then starts a timer if it is delayed, or a task if it became ready. */
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

  /**
   * Node's timers count whole milliseconds of a separate clock and may fire up to 2 ms early; then the timer starts
   * again.
   */
  function startTimer(key: string, readyAt: number): () => void {
    return clock.setTimeout(() => update(key, { type: 'timer' }), Math.max(0, readyAt - clock.monotonic()));
  }

  /** p-queue may start the task synchronously. */
  function handOver(key: string, priority: number): void {
    observe(() => metrics?.added?.(priority));
    // Rejects only for tasks that clear() removes.
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
    // Yields to the event loop: runs without I/O would delay lease renewals and watches.
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

/** A failing callback must not prevent a key from running again. */
function observe(call: () => void): void {
  try {
    call();
  } catch {
    // There is no other place to report it.
  }
}
