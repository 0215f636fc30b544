/**
 * A keyed, coalescing work queue with client-go's semantics on p-queue, which only executes: a key never runs twice at once, an add
 * while it runs means exactly one more run, failures come back with a back-off per key. p-queue's own `timeout` and `signal` are never used:
 * they free the slot while the task goes on, which would be two reconciles of one object.
 */
import PQueue from 'p-queue';
import { backoffDelay } from './backoff.ts';
import type { Clock, Random } from './clock.ts';

/** Ends the retries of a key: only another event helps. It counts as a failure. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
}

export interface RunResult {
  /** Milliseconds after which the key is to run again although nothing failed. */
  readonly requeueAfter?: number;
}

export interface AddOptions {
  /** 0 unless told; higher runs first. Objects found at start have -100, so that news overtakes a backlog. */
  readonly priority?: number;
  /** Milliseconds from now; at once unless told. */
  readonly after?: number;
}

/** Tells metrics what happens; names follow client-go's workqueue metrics. */
export interface QueueObserver {
  added?(key: string): void;
  started?(key: string, waitedMs: number): void;
  finished?(key: string, result: 'success' | 'error' | 'requeue_after' | 'terminal', tookMs: number): void;
  retried?(key: string): void;
}

export interface QueueOptions {
  readonly concurrency: number;
  /** Does the work of one key; what it throws is a failure. The signal is aborted by `stop`. */
  readonly run: (key: string, signal: AbortSignal) => Promise<RunResult | undefined>;
  readonly onError: (error: unknown, key: string, retryMs: number | undefined) => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly observer?: QueueObserver;
}

export interface WorkQueue {
  /** Coalesces with what is known of the key: the earliest time and the highest priority win. */
  add(key: string, options?: AddOptions): void;
  /** Starts no more runs; adds are kept. */
  pause(): void;
  resume(): void;
  /** Drops everything that does not run yet, for example because another replica leads now. */
  clear(): void;
  /** Pauses and waits for the runs that go on; false when some still do after the deadline. */
  drain(deadlineMs: number): Promise<boolean>;
  /** Aborts the signal of the runs that go on, drops the rest, for good. */
  stop(): void;
  /** Keys that wait to run now, delayed ones aside. */
  readonly depth: number;
  readonly running: number;
}

interface Entry {
  phase: 'delayed' | 'queued' | 'running';
  priority: number;
  /** Monotonic time from which it may run; in phase queued, since when it waits. */
  readyAt: number;
  /** What came while it ran. */
  again: { priority: number; readyAt: number } | undefined;
  cancel: (() => void) | undefined;
}

/** client-go starts at 5 ms, too eager for renders; and ends at 1000 s, far beyond gardenlet's patience (contract.md §9). */
const backoff = { baseMs: 1_000, maxMs: 120_000, jitter: 0.2 } as const;

export function createQueue(options: QueueOptions): WorkQueue {
  const { clock, observer } = options;
  const executor = new PQueue({ concurrency: options.concurrency });
  const entries = new Map<string, Entry>();
  const failures = new Map<string, number>();
  const controller = new AbortController();

  function add(key: string, { priority = 0, after = 0 }: AddOptions = {}): void {
    if (controller.signal.aborted) return;
    observer?.added?.(key);
    const readyAt = clock.monotonic() + Math.max(after, 0);
    const entry = entries.get(key);
    if (entry === undefined)
      schedule(key, { phase: 'delayed', priority, readyAt, again: undefined, cancel: undefined });
    else if (entry.phase === 'running') entry.again = merge(entry.again, { priority, readyAt });
    else advance(key, { entry, priority, readyAt });
  }

  function advance(
    key: string,
    { entry, priority, readyAt }: { readonly entry: Entry; readonly priority: number; readonly readyAt: number },
  ): void {
    if (priority > entry.priority) {
      entry.priority = priority;
      if (entry.phase === 'queued') executor.setPriority(key, priority);
    }
    if (entry.phase === 'delayed' && readyAt < entry.readyAt) {
      entry.cancel?.();
      entry.readyAt = readyAt;
      schedule(key, entry);
    }
  }

  function schedule(key: string, entry: Entry): void {
    entries.set(key, entry);
    entry.phase = 'delayed';
    const wait = entry.readyAt - clock.monotonic();
    if (wait > 0) entry.cancel = clock.setTimeout(() => enqueue(key, entry), wait);
    else enqueue(key, entry);
  }

  function enqueue(key: string, entry: Entry): void {
    entry.phase = 'queued';
    entry.cancel = undefined;
    entry.readyAt = clock.monotonic();
    // clear() rejects what still waits; nobody is to be told.
    executor.add(() => execute(key, entry), { priority: entry.priority, id: key }).catch(() => undefined);
  }

  async function execute(key: string, entry: Entry): Promise<void> {
    entry.phase = 'running';
    const started = clock.monotonic();
    observer?.started?.(key, started - entry.readyAt);
    const next = await attempt(key, started);
    entries.delete(key);
    if (controller.signal.aborted) return;
    const due = entry.again ?? next;
    if (due !== undefined) schedule(key, { phase: 'delayed', again: undefined, cancel: undefined, ...due });
  }

  /** Runs the key and says when it is due again by itself. */
  async function attempt(key: string, started: number): Promise<Entry['again']> {
    const finish = (result: 'success' | 'error' | 'requeue_after' | 'terminal'): void =>
      observer?.finished?.(key, result, clock.monotonic() - started);
    try {
      const result = await options.run(key, controller.signal);
      failures.delete(key);
      finish(result?.requeueAfter === undefined ? 'success' : 'requeue_after');
      return result?.requeueAfter === undefined
        ? undefined
        : { priority: 0, readyAt: clock.monotonic() + result.requeueAfter };
    } catch (error) {
      const terminal = error instanceof TerminalError;
      finish(terminal ? 'terminal' : 'error');
      const delay = terminal ? undefined : nextDelay(key);
      if (terminal) failures.delete(key);
      report(error, key, delay);
      return delay === undefined ? undefined : { priority: 0, readyAt: clock.monotonic() + delay };
    }
  }

  function nextDelay(key: string): number {
    const earlier = failures.get(key) ?? 0;
    failures.set(key, earlier + 1);
    observer?.retried?.(key);
    return backoffDelay(earlier, { ...backoff, random: options.random });
  }

  /** An exception of the reporter must not take the key with it. */
  function report(error: unknown, key: string, delay: number | undefined): void {
    try {
      options.onError(error, key, delay);
    } catch {
      // There is nowhere left to report it.
    }
  }

  function clear(): void {
    executor.clear();
    for (const [key, entry] of entries) {
      if (entry.phase === 'running') entry.again = undefined;
      else {
        entry.cancel?.();
        entries.delete(key);
      }
    }
    failures.clear();
  }

  return {
    add,
    clear,
    pause: () => executor.pause(),
    resume: () => void executor.start(),
    async drain(deadlineMs) {
      executor.pause();
      if (executor.pending === 0) return true;
      let cancel: () => void = () => undefined;
      const late = new Promise<boolean>((resolve) => {
        cancel = clock.setTimeout(() => resolve(false), deadlineMs);
      });
      const done = executor.onPendingZero().then(() => true);
      const result = await Promise.race([done, late]);
      cancel();
      return result;
    },
    stop() {
      controller.abort();
      clear();
    },
    get depth() {
      return executor.size;
    },
    get running() {
      return executor.pending;
    },
  };
}

function merge(a: Entry['again'], b: { readonly priority: number; readonly readyAt: number }): Entry['again'] {
  return a === undefined ? b : { priority: Math.max(a.priority, b.priority), readyAt: Math.min(a.readyAt, b.readyAt) };
}
