/** Delivers events to a handler that may throw, without losing events and without stopping the stream. */
import { createBackoff } from '../../clock/backoff.ts';
import type { Clock, Random } from '../../clock/clock.ts';

export interface DeliveryOptions<E> {
  readonly handler: (event: E) => void;
  /** Called for each failed attempt. Its own exceptions are ignored. */
  readonly onError: (error: unknown, event: E) => void;
  readonly clock: Clock;
  readonly random: Random;
}

export interface Delivery<E> {
  deliver(event: E): void;
  /** Stops the retries. */
  stop(): void;
}

/**
 * Calls the handler synchronously. If it throws, the event is delivered again with a back-off of 1 s to 30 s, until it
 * or a newer event of the same key succeeds. Handlers only enqueue keys, so the newest event of a key replaces older
 * ones.
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
      // A failing reporter must not affect the delivery.
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
