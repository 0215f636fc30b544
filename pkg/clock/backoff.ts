import type { Clock, Random } from './clock.ts';

export interface BackoffOptions {
  readonly baseMs: number;
  readonly maxMs: number;
  /** A share of the delay: 0.2 spreads it over ±20 %. */
  readonly jitter: number;
  /** With this much time since the last delay was asked for, the next one starts at the base again. */
  readonly resetAfterMs?: number;
  readonly random: Random;
  readonly clock?: Clock;
}

export interface Backoff {
  /** The next delay in milliseconds; each call doubles the one after it, up to the maximum. */
  next(): number;
  reset(): void;
}

/** Exponential back-off with jitter; doubles from baseMs to maxMs. */
export function createBackoff(options: BackoffOptions): Backoff {
  let failures = 0;
  let lastAsked = 0;
  return {
    next: () => {
      const now = options.clock?.monotonic() ?? 0;
      if (options.resetAfterMs !== undefined && now - lastAsked > options.resetAfterMs) failures = 0;
      const delay = backoffDelay(failures, options);
      failures += 1;
      lastAsked = now + delay;
      return delay;
    },
    reset: () => {
      failures = 0;
    },
  };
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
