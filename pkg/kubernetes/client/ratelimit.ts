import { type Clock, sleep } from '../../clock/clock.ts';

export interface RateLimitOptions {
  /** Sustained requests per second. */
  readonly qps: number;
  /** Requests allowed at once after a pause. */
  readonly burst: number;
  readonly clock: Clock;
}

export interface RateLimiter {
  /**
   * Resolves when the request may be sent, in the order of calls; immediately and without a token if the signal aborts.
   */
  take(signal: AbortSignal): Promise<void>;
}

/**
 * A token bucket that behaves like client-go's flowcontrol; for the flags see
 * docs/design/gardener.md#flags-and-environment. Clients for Leases must not have one, or renewals would queue behind a
 * thousand reconciles.
 */
export function createRateLimiter({ qps, burst, clock }: RateLimitOptions): RateLimiter {
  if (!(qps > 0 && burst >= 1)) throw new Error(`qps ${qps} must be above 0 and burst ${burst} at least 1`);
  let tokens = burst;
  let countedAt = clock.monotonic();
  return {
    take: async (signal) => {
      const now = clock.monotonic();
      tokens = Math.min(burst, tokens + ((now - countedAt) * qps) / 1000);
      countedAt = now;
      // A negative balance is the queue: each caller waits until its token is available.
      tokens -= 1;
      if (tokens >= 0) return;
      await sleep(clock, (-tokens * 1000) / qps, signal);
      if (signal.aborted) tokens += 1;
    },
  };
}
