import { type Clock, linkSignal } from '../../clock/clock.ts';

export interface Watchdog {
  /** Aborts with the parent, and after inactivityMs without activity. */
  readonly signal: AbortSignal;
  /** Records activity. */
  readonly touch: () => void;
  /** Returns whether the signal aborted because of inactivity, not with the parent. */
  readonly timedOut: () => boolean;
  readonly stop: () => void;
}

export interface WatchdogInput {
  readonly parent: AbortSignal;
  readonly inactivityMs: number;
  readonly clock: Clock;
}

/** Detects half-open connections, which TCP reports only after about 15 minutes. */
export function startWatchdog({ parent, inactivityMs, clock }: WatchdogInput): Watchdog {
  const linked = linkSignal(parent);
  let touchedAt = clock.monotonic();
  let cancel = arm(inactivityMs);
  return {
    signal: linked.signal,
    touch: () => {
      touchedAt = clock.monotonic();
    },
    timedOut: () => linked.signal.aborted && !parent.aborted,
    stop: () => {
      cancel();
      linked.release();
    },
  };

  /** Uses one timer that compares times when it fires, instead of a new timer for every chunk. */
  function arm(ms: number): () => void {
    return clock.setTimeout(() => {
      const left = touchedAt + inactivityMs - clock.monotonic();
      if (left <= 0) linked.abort(new Error(`no data for ${inactivityMs} ms`));
      else cancel = arm(left);
    }, ms);
  }
}
