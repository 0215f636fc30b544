import type { Clock, Random } from './clock.ts';

export interface BackoffOptions {
  readonly baseMs: number;
  readonly maxMs: number;
  /** A share of the delay: 0.2 spreads it over ±20 %. */
  readonly jitter: number;
  /** When this much time has passed since the end of the last delay, the next one starts at the base again. */
  readonly resetAfterMs?: number;
  readonly random: Random;
}

export interface Backoff {
  /** Returns the next delay in milliseconds; each call doubles the one after it, up to the maximum. */
  next(): number;
  reset(): void;
}

/** Exponential back-off with jitter; doubles from baseMs to maxMs. */
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

/** The memory of a back-off, for state machines that carry it along. */
export interface BackoffState {
  readonly failures: number;
  /** Monotonic milliseconds at which the last delay ended. */
  readonly until: number;
}

export const initialBackoff: BackoffState = { failures: 0, until: 0 };

/** One failure more, at the monotonic time `now`: the milliseconds to wait, and the back-off after it. */
export function nextBackoff(
  { failures, until }: BackoffState,
  { now, ...options }: BackoffOptions & { readonly now: number },
): { readonly delayMs: number; readonly after: BackoffState } {
  const forgotten = options.resetAfterMs !== undefined && now - until > options.resetAfterMs;
  const counted = forgotten ? 0 : failures;
  const delayMs = backoffDelay(counted, options);
  return { delayMs, after: { failures: counted + 1, until: now + delayMs } };
}

/** The delay after `failures` earlier ones (0 gives the base), spread by the jitter. */
export function backoffDelay(
  failures: number,
  options: Pick<BackoffOptions, 'baseMs' | 'maxMs' | 'jitter' | 'random'>,
): number {
  // 2 ** 30 is far above every maximum; without the bound the power overflows to Infinity after a thousand failures.
  const plain = Math.min(options.baseMs * 2 ** Math.min(failures, 30), options.maxMs);
  return Math.round(plain * (1 + options.jitter * (2 * options.random() - 1)));
}
