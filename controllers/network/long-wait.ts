import { annotations } from '../../pkg/gardener/constants.ts';
import type { NetworkRun } from './context.ts';

/**
 * gardenlet polls every 5 s and gives up after 180 s (docs/design/gardener.md#readiness). The last polls see an error that is written after this time
 * (docs/decisions/0003-waiting-is-no-error.md).
 */
const reportAfterMs = 170_000;

/** The time until the next run of a plan that waits. */
const waitingDelayMs = 10_000;

/** Measures how long a request of gardenlet has been waiting. Called at the start of each run. */
export function startRequest(run: NetworkRun): void {
  run.context.waits.elapsed(requestKey(run));
}

/** Ends the measurement, when the request is answered. */
export function endRequest(run: NetworkRun): void {
  run.context.waits.end(requestKey(run));
}

/** Returns whether the wait is to be reported as an error, and the milliseconds until the next run. */
export function measureWait(run: NetworkRun): { readonly isLong: boolean; readonly requeueAfter: number } {
  const left = reportAfterMs - run.context.waits.peek(requestKey(run));
  return { isLong: left <= 0, requeueAfter: left <= 0 ? waitingDelayMs : Math.min(waitingDelayMs, left) };
}

/** Each request has its own time: at the next one gardenlet waits again, and an error would end that after half a minute. */
function requestKey({ writer }: NetworkRun): string {
  const { uid = '', annotations: stored = {} } = writer.network.metadata;
  return `${uid} ${stored[annotations.timestamp] ?? ''}`;
}
