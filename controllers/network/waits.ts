import type { Clock } from '../../pkg/clock/clock.ts';

/** Measures how long this process has been waiting for something, by the monotonic clock. */
export interface WaitTimes {
  /** Returns the milliseconds since the first call with this key, which starts the measurement. */
  elapsed(key: string): number;
  /** Returns the milliseconds since the measurement started; 0 if there is none. */
  peek(key: string): number;
  /** Ends the measurement. */
  end(key: string): void;
}

/**
 * Creates the wait times of one process. A stored time of the API server must not be compared with the wall clock of this machine: two clocks may
 * differ by hours. A restart starts all measurements again (docs/design/faults.md#waiting).
 */
export function createWaitTimes(clock: Pick<Clock, 'monotonic'>): WaitTimes {
  const waits = new Map<string, { readonly since: number; last: number }>();

  return {
    elapsed: (key) => {
      const now = clock.monotonic();
      removeAbandoned(now);
      const wait = waits.get(key) ?? { since: now, last: now };
      wait.last = now;
      waits.set(key, wait);
      return now - wait.since;
    },
    peek: (key) => clock.monotonic() - (waits.get(key)?.since ?? clock.monotonic()),
    end: (key) => {
      waits.delete(key);
    },
  };

  /** Others may remove what is waited for, and the object that waits; then nothing ends the measurement. */
  function removeAbandoned(now: number): void {
    for (const [key, { last }] of waits) if (now - last > abandonedMs) waits.delete(key);
  }
}

const abandonedMs = 3_600_000;
