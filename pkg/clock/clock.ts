/**
 * Time as an argument, so that tests advance it without waiting and Lease ages do not jump when the wall clock is set.
 */
export interface Clock {
  /** Wall clock in milliseconds since the epoch: only for timestamps that are written or shown. */
  now(): number;
  /** Milliseconds since an arbitrary start, never decreasing: for every age, deadline and back-off. */
  monotonic(): number;
  /** Calls back once after `ms`. The returned function cancels the timer; it may be called at any time. */
  setTimeout(callback: () => void, ms: number): () => void;
}

/** A number in [0, 1), as Math.random returns it. */
export type Random = () => number;

/** pino's calling convention, reduced to the four methods in use. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** The clock of this machine. */
export function systemClock(): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    setTimeout: (callback, ms) => {
      const timer = setTimeout(callback, Math.min(Math.max(ms, 0), longestTimer));
      return () => clearTimeout(timer);
    },
  };
}

/** Resolves after `ms`, or as soon as the signal aborts. Never rejects: check `signal.aborted` afterwards. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve();
  return new Promise((resolve) => {
    const cancel = clock.setTimeout(finish, ms);
    signal?.addEventListener('abort', finish, { once: true });
    function finish(): void {
      cancel();
      signal?.removeEventListener('abort', finish);
      resolve();
    }
  });
}

/** Resolves when the signal aborts, immediately if it already has. */
export function whenAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

export interface LinkedSignal {
  readonly signal: AbortSignal;
  /** Aborts `signal`, not the parents. */
  readonly abort: (reason?: unknown) => void;
  /**
   * Removes the listeners from the parents. Must be called when the work ends, or a long-lived parent accumulates
   * listeners.
   */
  readonly release: () => void;
}

/**
 * Returns a signal that aborts with the first of `parents` and can be aborted separately. AbortSignal.any() would
 * retain every child for as long as the parent exists.
 */
export function linkSignal(...parents: readonly (AbortSignal | undefined)[]): LinkedSignal {
  const controller = new AbortController();
  const follow = (): void => controller.abort(parents.find((one) => one?.aborted === true)?.reason);
  if (parents.some((one) => one?.aborted === true)) follow();
  else for (const parent of parents) parent?.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    release: () => {
      for (const parent of parents) parent?.removeEventListener('abort', follow);
    },
  };
}

/** Node fires a timer with a longer delay after 1 ms. */
const longestTimer = 2_147_483_647;
