import { type Clock, sleep } from '../../../pkg/clock/clock.ts';

export interface LoopMonitorOptions {
  readonly clock: Clock;
  /** Called for each look with how many milliseconds too late it came. */
  readonly onDelay: (ms: number) => void;
  /** Between two looks; 500 ms: two wake-ups per second cost nothing, and what blocks for long is met by one of them. */
  readonly everyMs?: number;
}

export interface LoopMonitor {
  /** Milliseconds since the last look; undefined while it does not run. */
  sinceTick(): number | undefined;
  /** Looks until the signal aborts. Never rejects. To be called once. */
  run(signal: AbortSignal): Promise<void>;
}

/**
 * Measures the time for which nothing else could run, by timers that come late. Node's own monitorEventLoopDelay wakes up fifty times
 * per second for it.
 */
export function createLoopMonitor({ clock, onDelay, everyMs = 500 }: LoopMonitorOptions): LoopMonitor {
  let tickedAt: number | undefined;
  return {
    sinceTick: () => (tickedAt === undefined ? undefined : clock.monotonic() - tickedAt),
    async run(signal) {
      tickedAt = clock.monotonic();
      while (!signal.aborted) {
        const dueAt = clock.monotonic() + everyMs;
        await sleep(clock, everyMs, signal);
        if (signal.aborted) break;
        tickedAt = clock.monotonic();
        onDelay(Math.max(0, tickedAt - dueAt));
      }
      tickedAt = undefined;
    },
  };
}
