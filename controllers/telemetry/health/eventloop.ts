import { type Clock, sleep } from '../../../pkg/clock/clock.ts';

export interface LoopMonitorOptions {
  readonly clock: Clock;
  /** Called for each tick with its delay in milliseconds. */
  readonly onDelay: (ms: number) => void;
  /** Interval between ticks, default 500 ms: two wake-ups per second cost nothing, and a long block delays one of them. */
  readonly everyMs?: number;
}

export interface LoopMonitor {
  /** Returns the milliseconds since the last tick; undefined while the monitor does not run. */
  sinceTick(): number | undefined;
  /** Ticks until the signal aborts. Never rejects. Must be called once. */
  run(signal: AbortSignal): Promise<void>;
}

/**
 * Measures for how long the event loop is blocked, by the delay of timers. monitorEventLoopDelay of Node does the same with fifty wake-ups per
 * second.
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
