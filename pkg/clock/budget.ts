/** A budget of requests: a bound that holds in any disturbance, also in one that no back-off recognizes. */

export interface BudgetLimit {
  /** Requests that may follow each other without a wait. */
  readonly burst: number;
  readonly perSecond: number;
  /** What remains of the burst so long after its first request is forfeited, until the limit was full again. */
  readonly burstMs?: number;
}

/** Tokens left of each limit at a monotonic time in milliseconds. */
export interface BudgetState {
  readonly at: number;
  readonly buckets: readonly Bucket[];
}

interface Bucket {
  readonly left: number;
  /** Monotonic milliseconds at which the bucket was last full. */
  readonly fullAt: number;
}

export interface Spending {
  readonly after: BudgetState;
  /** Milliseconds to wait before the request. */
  readonly waitMs: number;
}

/** Every limit has to admit a request; each is a token bucket that is full at the start. */
export function initialBudget(limits: readonly BudgetLimit[], now: number): BudgetState {
  return { at: now, buckets: limits.map(({ burst }) => ({ left: burst, fullAt: now })) };
}

/** Takes one request at the time `now`. Its token may come from the future; then the request has to wait for it. */
export function spend(state: BudgetState, limits: readonly BudgetLimit[], now: number): Spending {
  const at = Math.max(now, state.at);
  const spent = limits.map((limit, index) => {
    const { left, fullAt } = refill(state.buckets[index] ?? { left: limit.burst, fullAt: at }, limit, [state.at, at]);
    return { limit, bucket: { left: left - 1, fullAt } };
  });
  const waits = spent.map(({ limit, bucket }) => -bucket.left / limit.perSecond);
  const buckets = spent.map(({ bucket }) => bucket);
  return { after: { at, buckets }, waitMs: Math.ceil(Math.max(0, ...waits) * 1000) };
}

function refill(bucket: Bucket, limit: BudgetLimit, [from, to]: readonly [number, number]): Bucket {
  const expiry = bucket.fullAt + (limit.burstMs ?? Number.POSITIVE_INFINITY);
  if (expiry <= from || expiry > to) return add(bucket, limit, [from, to]);
  const before = add(bucket, limit, [from, expiry]);
  // A bucket that filled up before the expiry has stayed full, since nothing was spent.
  if (before.fullAt > bucket.fullAt) return { left: limit.burst, fullAt: to };
  return add({ ...before, left: Math.min(before.left, restAfterBurst) }, limit, [expiry, to]);
}

function add(
  { left, fullAt }: Bucket,
  { burst, perSecond }: BudgetLimit,
  [from, to]: readonly [number, number],
): Bucket {
  const sum = left + ((to - from) / 1000) * perSecond;
  return sum >= burst ? { left: burst, fullAt: to } : { left: sum, fullAt };
}

/** Enough for a reconnect that follows at once. */
const restAfterBurst = 2;
