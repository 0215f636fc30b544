import { type Clock, linkSignal } from '../../clock/clock.ts';

export interface Watchdog {
  /** Follows the parent, and is aborted when nothing was seen for too long. */
  readonly signal: AbortSignal;
  /** Something came. */
  readonly seen: () => void;
  /** It was the silence that ended this, not the parent. */
  readonly timedOut: () => boolean;
  readonly stop: () => void;
}

export interface WatchdogInput {
  readonly parent: AbortSignal;
  readonly inactivityMs: number;
  readonly clock: Clock;
}

/** Finds half-open connections: the other side is gone, and TCP will not tell for a quarter of an hour. */
export function startWatchdog({ parent, inactivityMs, clock }: WatchdogInput): Watchdog {
  const linked = linkSignal(parent);
  let seenAt = clock.monotonic();
  let cancel = arm(inactivityMs);
  return {
    signal: linked.signal,
    seen: () => {
      seenAt = clock.monotonic();
    },
    timedOut: () => linked.signal.aborted && !parent.aborted,
    stop: () => {
      cancel();
      linked.release();
    },
  };

  /** One timer that looks at the clock when it fires, instead of a new one for every chunk. */
  function arm(ms: number): () => void {
    return clock.setTimeout(() => {
      const left = seenAt + inactivityMs - clock.monotonic();
      if (left <= 0) linked.abort(new Error(`silent for ${inactivityMs} ms`));
      else cancel = arm(left);
    }, ms);
  }
}
