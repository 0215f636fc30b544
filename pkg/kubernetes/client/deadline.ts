import { type Clock, linkSignal } from '../../clock/clock.ts';
import { DeadlineExceeded } from '../transport/connection.ts';

export interface DeadlineInput {
  readonly clock: Clock;
  /** Signal of the caller. */
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
}

export interface Deadline {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly remainingMs: () => number;
  /** Removes the deadline; the signal of the caller remains in effect. */
  readonly clear: () => void;
  /** Releases timer and listener. Must be called when the call ends. */
  readonly end: () => void;
}

/**
 * Starts the deadline of a call. Its signal aborts with the signal of the caller, and with DeadlineExceeded after
 * `timeoutMs`.
 */
export function startDeadline({ clock, signal, timeoutMs }: DeadlineInput): Deadline {
  const endsAt = clock.monotonic() + timeoutMs;
  const linked = linkSignal(signal);
  const clear = clock.setTimeout(() => linked.abort(new DeadlineExceeded(timeoutMs)), timeoutMs);
  return {
    signal: linked.signal,
    timeoutMs,
    remainingMs: () => endsAt - clock.monotonic(),
    clear,
    end: () => {
      clear();
      linked.release();
    },
  };
}
