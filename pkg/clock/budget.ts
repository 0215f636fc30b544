/** A budget of requests: a bound that holds in any disturbance, also in one that no back-off recognizes. */

export interface BudgetLimit {
  /** Requests that may follow each other without a wait. */
  readonly burst: number;
  readonly perSecond: number;
}

/** Tokens left of each limit at a monotonic time in milliseconds. */
export interface BudgetState {
  readonly at: number;
  readonly left: readonly number[];
}

export interface Spending {
  readonly after: BudgetState;
  /** Milliseconds to wait before the request. */
  readonly waitMs: number;
}

/** Every limit has to admit a request; each is a token bucket that is full at the start. */
export function initialBudget(limits: readonly BudgetLimit[], now: number): BudgetState {
  return { at: now, left: limits.map(({ burst }) => burst) };
}

/** Takes one request at the time `now`. Its token may come from the future; then the request has to wait for it. */
export function spend(state: BudgetState, limits: readonly BudgetLimit[], now: number): Spending {
  const elapsed = Math.max(0, now - state.at) / 1000;
  const left = limits.map(({ burst, perSecond }, index) => {
    const before = state.left[index] ?? burst;
    return Math.min(burst, before + elapsed * perSecond) - 1;
  });
  const waits = limits.map(({ perSecond }, index) => Math.max(0, -(left[index] ?? 0) / perSecond));
  return { after: { at: Math.max(now, state.at), left }, waitMs: Math.ceil(Math.max(0, ...waits) * 1000) };
}
