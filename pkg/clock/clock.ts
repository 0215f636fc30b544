/**
 * Time as an argument. Everything in this folder takes a Clock, so that tests decide what "30 seconds later" means and
 * lease ages never jump when somebody sets the wall clock.
 */
export interface Clock {
  /** Wall clock, milliseconds since the epoch: only for timestamps that others read. */
  now(): number;
  /** Milliseconds from an arbitrary start that never go back: for every age, deadline and back-off. */
  monotonic(): number;
  /** Calls back once after `ms`; the returned function cancels it and may be called at any time. */
  setTimeout(callback: () => void, ms: number): () => void;
}

/** A number in [0, 1), as Math.random gives it. */
export type Random = () => number;

/** pino's calling convention; anything with these four methods will do. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** The clock of the machine. */
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

/** Resolves after `ms`, or at once when the signal aborts; it never rejects, so look at `signal.aborted` afterwards. */
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

/** Resolves when the signal aborts, or at once when it has. */
export function whenAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

export interface LinkedSignal {
  readonly signal: AbortSignal;
  /** Aborts `signal` only, not the parents. */
  readonly abort: (reason?: unknown) => void;
  /** Takes the listener off the parents; call it when the work is over, or a long-lived parent collects listeners. */
  readonly release: () => void;
}

/**
 * A signal that follows whichever of `parents` aborts first and can be aborted alone; AbortSignal.any() would keep every child until the parent
 * goes.
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

/** Node fires a longer timer after 1 ms. */
const longestTimer = 2_147_483_647;
