import type { Clock } from '../../clock/clock.ts';

export interface TokenBucketsOptions {
  /** Tokens of a bucket that was not used for a while. */
  readonly burst: number;
  readonly perSecond: number;
  /** Buckets kept at most; the one that was used least recently is forgotten, and begins full again. */
  readonly most: number;
  readonly clock: Clock;
}

export interface TokenBuckets {
  /** Takes a token, or tells by false that there is none; nothing waits. */
  take(key: string): boolean;
}

/** A token bucket per key, for what is dropped rather than delayed; ratelimit.ts is for what waits. */
export function createTokenBuckets({ burst, perSecond, most, clock }: TokenBucketsOptions): TokenBuckets {
  const buckets = new Map<string, { readonly tokens: number; readonly at: number }>();
  return {
    take: (key) => {
      const now = clock.monotonic();
      const { tokens, at } = buckets.get(key) ?? { tokens: burst, at: now };
      const filled = Math.min(burst, tokens + ((now - at) * perSecond) / 1000);
      // Out and in again: a Map keeps the order of insertion.
      buckets.delete(key);
      if (buckets.size >= most) buckets.delete(buckets.keys().next().value ?? '');
      buckets.set(key, { tokens: filled >= 1 ? filled - 1 : filled, at: now });
      return filled >= 1;
    },
  };
}
