/**
 * The rules of the work queue for one key, as a pure function of its entry: adding a waiting key changes only its
 * urgency, adding a running key runs it once more, and a failed run is repeated with back-off. All times are monotonic
 * milliseconds.
 */
import { backoffDelay } from '../../clock/backoff.ts';
import type { Random } from '../../clock/clock.ts';

export interface Urgency {
  /** Higher priorities run first. */
  readonly priority: number;
  /** The key does not run before this time. */
  readonly readyAt: number;
}

export type Entry = {
  readonly priority: number;
  /** Failed runs since the last success. */
  readonly failures: number;
} & (
  | { readonly phase: 'delayed'; readonly readyAt: number }
  /** Waiting for a free worker. */
  | { readonly phase: 'ready'; readonly readyAt: number }
  /** `again`: the key was added during the run. */
  | { readonly phase: 'running'; readonly startedAt: number; readonly again: Urgency | undefined }
);

export type RunOutcome = 'success' | 'requeue_after' | 'error' | 'terminal';

export type ScheduleEvent =
  | ({ readonly type: 'add' } & Urgency)
  /** The timer of a delayed key fired, possibly early. */
  | { readonly type: 'timer' }
  | { readonly type: 'start' }
  /** `retryMs`: as retryDelay returns it. */
  | { readonly type: 'end'; readonly outcome: RunOutcome; readonly retryMs: number | undefined }
  /** Removes the key. A run continues, but earlier adds do not repeat it. */
  | { readonly type: 'clear' };

/** Returns the entry after an event at the time `now`; undefined if nothing remains to be done for the key. */
export function schedule(entry: Entry | undefined, event: ScheduleEvent, now: number): Entry | undefined {
  switch (event.type) {
    case 'add':
      return add(entry, event, now);
    case 'timer':
      return entry?.phase === 'delayed' ? waiting(entry, now) : entry;
    case 'start':
      return entry && start(entry, now);
    case 'end':
      return entry?.phase === 'running' ? end(entry, event, now) : entry;
    case 'clear':
      return entry?.phase === 'running' ? { ...entry, failures: 0, again: undefined } : undefined;
  }
}

export interface RunEnd {
  readonly outcome: RunOutcome;
  /** Delay that a successful run requests. */
  readonly requeueAfter?: number | undefined;
  /** Delay that the API server requested with the error of the run. */
  readonly retryAfterMs?: number | undefined;
}

/** Returns the milliseconds until a run is repeated; undefined if it is not. `failures`: failed runs before it. */
export function retryDelay(
  { outcome, requeueAfter, retryAfterMs }: RunEnd,
  failures: number,
  random: Random,
): number | undefined {
  if (outcome === 'requeue_after') return Math.max(0, requeueAfter ?? 0);
  if (outcome !== 'error') return undefined;
  const delay = backoffDelay(failures, { baseMs: 1000, maxMs: 120_000, jitter: 0.2, random });
  return Math.max(delay, retryAfterMs ?? 0);
}

function add(entry: Entry | undefined, added: Urgency, now: number): Entry {
  switch (entry?.phase) {
    case undefined:
      return waiting({ ...added, failures: 0 }, now);
    case 'delayed':
      return waiting({ ...mostUrgent(entry, added), failures: entry.failures }, now);
    case 'ready':
      return { ...entry, priority: Math.max(entry.priority, added.priority) };
    case 'running':
      return { ...entry, again: mostUrgent(entry.again, added) };
  }
}

function start({ priority, failures }: Entry, now: number): Entry {
  return { phase: 'running', priority, failures, startedAt: now, again: undefined };
}

type Running = Extract<Entry, { readonly phase: 'running' }>;
type Ended = Extract<ScheduleEvent, { readonly type: 'end' }>;

/** An add during the run may be more urgent than its repetition. */
function end({ priority, failures, again }: Running, { outcome, retryMs }: Ended, now: number): Entry | undefined {
  const next = retryMs === undefined ? again : mostUrgent(again, { priority, readyAt: now + retryMs });
  return next && waiting({ ...next, failures: outcome === 'error' ? failures + 1 : 0 }, now);
}

function waiting({ priority, readyAt, failures }: Urgency & { readonly failures: number }, now: number): Entry {
  return { phase: readyAt > now ? 'delayed' : 'ready', priority, readyAt, failures };
}

function mostUrgent(a: Urgency | undefined, { priority, readyAt }: Urgency): Urgency {
  if (a === undefined) return { priority, readyAt };
  return { priority: Math.max(a.priority, priority), readyAt: Math.min(a.readyAt, readyAt) };
}
