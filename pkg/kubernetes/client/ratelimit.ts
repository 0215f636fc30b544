import { type Clock, sleep } from '../../clock/clock.ts';

export interface RateLimitOptions {
  /** Requests per second in the long run. */
  readonly qps: number;
  /** Requests that may go at once after a pause. */
  readonly burst: number;
  readonly clock: Clock;
}

export interface RateLimiter {
  /** Resolves when the request may go, in the order of the calls; at once, without a token, when the signal aborts. */
  take(signal: AbortSignal): Promise<void>;
}

/**
 * A token bucket, client-go's flowcontrol in behaviour: controllers ask for 100 qps with a burst of 130
 * (docs/design/gardener.md#flags-and-environment). Clients that write Leases go without one: they must not queue behind a thousand reconciles.
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
      // Below zero the balance is the queue: each caller waits until its own token has been earned.
      tokens -= 1;
      if (tokens >= 0) return;
      await sleep(clock, (-tokens * 1000) / qps, signal);
      if (signal.aborted) tokens += 1;
    },
  };
}
