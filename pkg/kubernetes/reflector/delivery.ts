/** Hands events to a handler that may throw: none is lost, and none stops the stream. */
import { createBackoff } from '../../clock/backoff.ts';
import type { Clock, Random } from '../../clock/clock.ts';

export interface DeliveryOptions<E> {
  readonly handler: (event: E) => void;
  /** Called for each failed attempt; its own exceptions are swallowed, there is nowhere left to report them. */
  readonly onError: (error: unknown, event: E) => void;
  readonly clock: Clock;
  readonly random: Random;
}

export interface Delivery<E> {
  deliver(event: E): void;
  /** Ends the retries. */
  stop(): void;
}

/**
 * Calls the handler at once. When it throws, the event is kept and tried again with back-off, 1 s to 30 s, until it
 * passes or a newer event of the same key does: handlers only enqueue keys, so the newest event says all.
 */
export function createDelivery<E extends { readonly key: string }>(options: DeliveryOptions<E>): Delivery<E> {
  const { clock, random } = options;
  const failed = new Map<string, E>();
  const backoff = createBackoff({ baseMs: 1000, maxMs: 30_000, jitter: 0.2, random });
  let cancel: (() => void) | undefined;
  let stopped = false;

  return {
    deliver: (event) => {
      attempt(event);
      schedule();
    },
    stop: () => {
      stopped = true;
      cancel?.();
    },
  };

  function attempt(event: E): void {
    failed.delete(event.key);
    try {
      options.handler(event);
    } catch (error) {
      failed.set(event.key, event);
      report(error, event);
    }
  }

  function report(error: unknown, event: E): void {
    try {
      options.onError(error, event);
    } catch {
      // A broken reporter must not break what it reports on.
    }
  }

  function schedule(): void {
    if (failed.size === 0) backoff.reset();
    if (failed.size === 0 || cancel !== undefined || stopped) return;
    cancel = clock.setTimeout(() => {
      cancel = undefined;
      const due = [...failed.values()];
      for (const event of due) attempt(event);
      schedule();
    }, backoff.next());
  }
}
