/**
 * A clock that advances only on request. Timers fire in the order of their time; between two timers the event loop runs
 * a few turns, so that pending promises and loopback I/O complete as they would in real time.
 */
import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import type { Clock, Logger } from '../../pkg/clock/clock.ts';

export interface FakeClock extends Clock {
  /** Advances both clocks and fires due timers. */
  advance(ms: number): Promise<void>;
  /** Advances both clocks without firing timers, as while the process is suspended. */
  freeze(ms: number): void;
  /** Number of pending timers. */
  readonly timers: number;
  /** Milliseconds until the next timer; undefined if none is pending. */
  readonly nextIn: number | undefined;
  /** Sets only the wall clock, as an administrator or NTP does. */
  setWallClock(ms: number): void;
}

export function createFakeClock(startedAt = Date.UTC(2026, 0, 1)): FakeClock {
  const timers = new Set<{ readonly at: number; readonly callback: () => void }>();
  let elapsed = 0;
  let offset = startedAt;

  return {
    now: () => offset + elapsed,
    monotonic: () => elapsed,
    setTimeout: (callback, ms) => {
      const timer = { at: elapsed + Math.max(0, ms), callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    freeze: (ms) => {
      elapsed += ms;
    },
    setWallClock: (ms) => {
      offset = ms - elapsed;
    },
    get timers() {
      return timers.size;
    },
    get nextIn() {
      const timer = next();
      return timer && Math.max(0, timer.at - elapsed);
    },
    advance: async (ms) => {
      const until = elapsed + ms;
      await settle();
      for (let timer = next(); timer !== undefined && timer.at <= until; timer = next()) {
        elapsed = Math.max(elapsed, timer.at);
        timers.delete(timer);
        timer.callback();
        await settle();
      }
      elapsed = until;
    },
  };

  function next() {
    let first: { readonly at: number; readonly callback: () => void } | undefined;
    for (const timer of timers) if (first === undefined || timer.at < first.at) first = timer;
    return first;
  }
}

/** Runs a few turns of the event loop, for pending promises and loopback I/O. */
export async function settle(turns = 5): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await setImmediate();
}

/** Waits for real I/O; fails if the condition is still false after ten real seconds. */
export async function eventually(condition: () => boolean, what: string): Promise<void> {
  const until = performance.now() + 10_000;
  while (!condition()) {
    assert.ok(performance.now() < until, `did not happen: ${what}`);
    await setImmediate();
  }
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: object;
  readonly message: string;
}

/** A logger that records its lines. */
export function createMemoryLogger(): Logger & { readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = [];
  const log = (level: LogLine['level']) => (fields: object, message: string) => {
    lines.push({ level, fields, message });
  };
  return { lines, debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
}
