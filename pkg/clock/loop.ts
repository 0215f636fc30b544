/** A loop of passes with a wait between them: what a controller without a work queue is made of. */
import type { Backoff } from './backoff.ts';
import { type Clock, linkSignal } from './clock.ts';

export interface LoopOptions {
  readonly clock: Clock;
  /**
   * One pass. Resolves to the milliseconds until the next pass. Its signal aborts when the loop ends and when the pass is
   * cancelled; a rejection after that is no failure, and the next pass starts at once.
   */
  readonly step: (signal: AbortSignal) => Promise<number>;
  /** Milliseconds before the first pass. Default: 0. */
  readonly firstAfterMs?: number;
  /** What follows a failed pass. Without it, `step` handles its failures itself: `run` rejects with what it rejects with. */
  readonly retry?: LoopRetry;
}

export interface LoopRetry {
  /** Gives the wait after a failed pass; every successful pass resets it. */
  readonly backoff: Backoff;
  readonly onFailure: (error: unknown, retryMs: number) => void;
}

export interface Loop {
  /** Runs pass after pass until the signal aborts, and waits for the last one. Must not be called while it runs. */
  run(signal: AbortSignal): Promise<void>;
  /**
   * Starts the next pass within `withinMs` milliseconds, at once by default. During a pass this limits the wait after it.
   * Never makes a wait longer, and has no effect while the loop does not run.
   */
  wakeUp(withinMs?: number): void;
  /** Aborts the signal of the current pass, if there is one, and resolves when that pass has ended. The loop goes on. */
  cancelPass(): Promise<void>;
}

/** Creates a loop; it does nothing before `run` is called. */
export function createLoop(options: LoopOptions): Loop {
  const { clock, step, retry, firstAfterMs = 0 } = options;
  /** Monotonic time at which the next pass starts at the latest. */
  let wakeUpAt = Number.POSITIVE_INFINITY;
  /** Looks at `wakeUpAt` again; does nothing during a pass. */
  let reconsiderWait = (): void => {};
  let currentPass: Pass = { ended: Promise.resolve(0), cancel: () => {} };

  return {
    run: async (signal) => {
      wakeUpAt = Number.POSITIVE_INFINITY;
      if (firstAfterMs > 0) await wait(firstAfterMs, signal);
      while (!signal.aborted) {
        wakeUpAt = Number.POSITIVE_INFINITY;
        const delay = await runPass(signal);
        // Also for a delay of 0: a loop that never yields to the event loop starves everything else.
        await wait(delay, signal);
      }
    },
    wakeUp: (withinMs = 0) => {
      wakeUpAt = Math.min(wakeUpAt, clock.monotonic() + withinMs);
      reconsiderWait();
    },
    cancelPass: async () => {
      currentPass.cancel();
      await currentPass.ended.catch(() => undefined);
    },
  };

  async function runPass(signal: AbortSignal): Promise<number> {
    const linked = linkSignal(signal);
    const ended = attempt(linked.signal);
    currentPass = { ended, cancel: linked.abort };
    return await ended.finally(linked.release);
  }

  async function attempt(signal: AbortSignal): Promise<number> {
    try {
      const delay = await step(signal);
      retry?.backoff.reset();
      return delay;
    } catch (error) {
      if (signal.aborted) return 0;
      if (retry === undefined) throw error;
      const delay = retry.backoff.next();
      retry.onFailure(error, delay);
      return delay;
    }
  }

  /** Resolves after `ms`, at `wakeUpAt`, or when the signal aborts. */
  function wait(ms: number, signal: AbortSignal): Promise<void> {
    const endsAt = clock.monotonic() + ms;
    return new Promise((resolve) => {
      let cancelTimer = (): void => {};
      signal.addEventListener('abort', finish, { once: true });
      reconsiderWait = arm;
      arm();

      function arm(): void {
        cancelTimer();
        const now = clock.monotonic();
        if (signal.aborted || wakeUpAt <= now) finish();
        // When it fires, the wait is over, whatever the clock says: timers fire early by fractions of a millisecond.
        else cancelTimer = clock.setTimeout(finish, Math.min(endsAt, wakeUpAt) - now);
      }

      function finish(): void {
        cancelTimer();
        signal.removeEventListener('abort', finish);
        reconsiderWait = () => {};
        resolve();
      }
    });
  }
}

interface Pass {
  readonly ended: Promise<unknown>;
  readonly cancel: () => void;
}
