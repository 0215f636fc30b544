/** A loop of passes with a wait between them, for controllers without a work queue. */
import type { Backoff } from './backoff.ts';
import { type Clock, linkSignal } from './clock.ts';

export interface LoopOptions {
  readonly clock: Clock;
  /**
   * Runs one pass and resolves to the milliseconds until the next one. The signal aborts when the loop ends or the pass
   * is cancelled; a rejection after that does not count as a failure, and the next pass starts immediately.
   */
  readonly step: (signal: AbortSignal) => Promise<number>;
  /** Milliseconds before the first pass. Default: 0. */
  readonly firstAfterMs?: number;
  /** Handling of failed passes. If omitted, `run` rejects with the rejection of `step`. */
  readonly retry?: LoopRetry;
}

export interface LoopRetry {
  /** Determines the wait after a failed pass. Every successful pass resets it. */
  readonly backoff: Backoff;
  readonly onFailure: (error: unknown, retryMs: number) => void;
}

export interface Loop {
  /** Runs passes until the signal aborts, and waits for the last one to end. Must not be called while it runs. */
  run(signal: AbortSignal): Promise<void>;
  /**
   * Starts the next pass within `withinMs` milliseconds, immediately by default. During a pass it limits the wait after
   * that pass. It never prolongs a wait, and has no effect while the loop is not running.
   */
  wakeUp(withinMs?: number): void;
  /** Aborts the signal of the current pass, if any, and resolves when that pass has ended. The loop continues. */
  cancelPass(): Promise<void>;
}

/** Creates a loop. It does nothing until `run` is called. */
export function createLoop(options: LoopOptions): Loop {
  const { clock, step, retry, firstAfterMs = 0 } = options;
  /** Monotonic time by which the next pass has to start. */
  let wakeUpAt = Number.POSITIVE_INFINITY;
  /** Applies `wakeUpAt` to the current wait; does nothing during a pass. */
  let shortenWait = (): void => {};
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
      shortenWait();
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
      shortenWait = arm;
      arm();

      function arm(): void {
        cancelTimer();
        const now = clock.monotonic();
        if (signal.aborted || wakeUpAt <= now) finish();
        // The wait ends when the timer fires, without another look at the clock: timers may fire a fraction early.
        else cancelTimer = clock.setTimeout(finish, Math.min(endsAt, wakeUpAt) - now);
      }

      function finish(): void {
        cancelTimer();
        signal.removeEventListener('abort', finish);
        shortenWait = () => {};
        resolve();
      }
    });
  }
}

interface Pass {
  readonly ended: Promise<unknown>;
  readonly cancel: () => void;
}
