import type { Clock } from '../../clock/clock.ts';

export interface TokenBucketsOptions {
  /** Capacity of a bucket. */
  readonly burst: number;
  readonly perSecond: number;
  /** Maximum number of buckets. The least recently used one is removed and starts full when used again. */
  readonly maxBuckets: number;
  readonly clock: Clock;
}

export interface TokenBuckets {
  /** Takes a token. Returns false if there is none; never waits. */
  take(key: string): boolean;
}

/** Token buckets by key, for operations that are dropped rather than delayed; see ratelimit.ts for the latter. */
export function createTokenBuckets({ burst, perSecond, maxBuckets, clock }: TokenBucketsOptions): TokenBuckets {
  const buckets = new Map<string, { readonly tokens: number; readonly at: number }>();
  return {
    take: (key) => {
      const now = clock.monotonic();
      const { tokens, at } = buckets.get(key) ?? { tokens: burst, at: now };
      const filled = Math.min(burst, tokens + ((now - at) * perSecond) / 1000);
      // Deleting and setting moves the key to the end of the Map, which retains insertion order.
      buckets.delete(key);
      if (buckets.size >= maxBuckets) buckets.delete(buckets.keys().next().value ?? '');
      buckets.set(key, { tokens: filled >= 1 ? filled - 1 : filled, at: now });
      return filled >= 1;
    },
  };
}
