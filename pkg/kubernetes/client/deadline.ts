import { type Clock, linkSignal } from '../../clock/clock.ts';
import { DeadlineExceeded } from '../transport/connection.ts';

export interface DeadlineInput {
  readonly clock: Clock;
  /** Of the caller. */
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
}

export interface Deadline {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly remainingMs: () => number;
  /** From now on only the caller's signal counts. */
  readonly met: () => void;
  readonly end: () => void;
}

/** Starts the time of a call. Its signal aborts with the caller's, and with a DeadlineExceeded when the time is over. */
export function startDeadline({ clock, signal, timeoutMs }: DeadlineInput): Deadline {
  const endsAt = clock.monotonic() + timeoutMs;
  const linked = linkSignal(signal);
  const met = clock.setTimeout(() => linked.abort(new DeadlineExceeded(timeoutMs)), timeoutMs);
  return {
    signal: linked.signal,
    timeoutMs,
    remainingMs: () => endsAt - clock.monotonic(),
    met,
    end: () => {
      met();
      linked.release();
    },
  };
}
