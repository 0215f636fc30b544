import type { Clock, Random } from './clock.ts';

export interface BackoffOptions {
  readonly baseMs: number;
  readonly maxMs: number;
  /** Fraction of the delay: 0.2 spreads it over ±20 %. */
  readonly jitter: number;
  /** The delay starts at the base again when this much time has passed since the end of the last one. */
  readonly resetAfterMs?: number;
  readonly random: Random;
}

export interface Backoff {
  /** Returns the next delay in milliseconds. Each call doubles the following delay, up to the maximum. */
  next(): number;
  reset(): void;
}

/** Exponential back-off with jitter, doubling from baseMs to maxMs. */
export function createBackoff(options: BackoffOptions & { readonly clock?: Clock }): Backoff {
  let state = initialBackoff;
  return {
    next: () => {
      const { delayMs, after } = nextBackoff(state, { ...options, now: options.clock?.monotonic() ?? 0 });
      state = after;
      return delayMs;
    },
    reset: () => {
      state = { ...state, failures: 0 };
    },
  };
}

/** The state of a back-off, for state machines that contain one. */
export interface BackoffState {
  readonly failures: number;
  /** Monotonic milliseconds at which the last delay ended. */
  readonly until: number;
}

export const initialBackoff: BackoffState = { failures: 0, until: 0 };

/** Counts one more failure at the monotonic time `now`; returns the milliseconds to wait and the state after it. */
export function nextBackoff(
  { failures, until }: BackoffState,
  { now, ...options }: BackoffOptions & { readonly now: number },
): { readonly delayMs: number; readonly after: BackoffState } {
  const expired = options.resetAfterMs !== undefined && now - until > options.resetAfterMs;
  const counted = expired ? 0 : failures;
  const delayMs = backoffDelay(counted, options);
  return { delayMs, after: { failures: counted + 1, until: now + delayMs } };
}

/**
 * Returns the longer of a back-off and a delay that a server requested, so that no server can cause a tight loop. The
 * jitter of up to 10 % prevents all rejected clients from returning at the same time.
 */
export function atLeast(backoffMs: number, requestedMs: number | undefined, random: Random): number {
  return Math.max(backoffMs, Math.round((requestedMs ?? 0) * (1 + random() / 10)));
}

/** Returns the delay after `failures` earlier failures (0: the base), spread by the jitter. */
export function backoffDelay(
  failures: number,
  options: Pick<BackoffOptions, 'baseMs' | 'maxMs' | 'jitter' | 'random'>,
): number {
  // 2 ** 30 exceeds every maximum; without the bound the power overflows to Infinity after a thousand failures.
  const plain = Math.min(options.baseMs * 2 ** Math.min(failures, 30), options.maxMs);
  return Math.round(plain * (1 + options.jitter * (2 * options.random() - 1)));
}
