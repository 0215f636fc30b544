import type { Clock } from '../../clock/clock.ts';
import type { Transport } from './connection.ts';

export interface CloseLateInput {
  readonly transports: readonly Transport[];
  readonly clock: Clock;
  /** How long after the signal. */
  readonly afterMs: number;
}

/**
 * Closes the transports some time after the signal has aborted, whatever still waits there: a process that is told to stop ends in time
 * although an API server answers nothing. Call the result when it has ended by itself.
 */
export function closeLate({ transports, clock, afterMs }: CloseLateInput, signal: AbortSignal): () => void {
  let cancel = (): void => {};
  const begin = (): void => {
    cancel = clock.setTimeout(() => {
      for (const one of transports) one.close().catch(() => undefined);
    }, afterMs);
  };
  if (signal.aborted) begin();
  else signal.addEventListener('abort', begin, { once: true });
  return () => {
    cancel();
    signal.removeEventListener('abort', begin);
  };
}
