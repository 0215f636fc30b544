import type { Clock } from '../../clock/clock.ts';
import type { Transport } from './connection.ts';

export interface CloseAfterAbortInput {
  readonly transports: readonly Transport[];
  readonly clock: Clock;
  /** Delay after the abort. */
  readonly afterMs: number;
}

/**
 * Closes the transports `afterMs` after the signal aborts, which aborts all pending requests, so that the process stops
 * in time even if an API server does not respond. Returns a function that cancels this.
 */
export function closeAfterAbort({ transports, clock, afterMs }: CloseAfterAbortInput, signal: AbortSignal): () => void {
  let cancel = (): void => {};
  const startTimer = (): void => {
    cancel = clock.setTimeout(() => {
      for (const one of transports) one.close().catch(() => undefined);
    }, afterMs);
  };
  if (signal.aborted) startTimer();
  else signal.addEventListener('abort', startTimer, { once: true });
  return () => {
    cancel();
    signal.removeEventListener('abort', startTimer);
  };
}
