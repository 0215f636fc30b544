import { exitCodes } from '../../pkg/cli/terminal.ts';

/**
 * Aborts at the first SIGTERM or SIGINT; a second one ends the process. To be called before anything takes time: as PID 1 of a container
 * nobody else handles them, and one that came before would be lost, so that the pod is killed at the end of its grace period.
 */
export function untilSignalled(): AbortSignal {
  const aborter = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      if (aborter.signal.aborted) process.exit(exitCodes.internal);
      aborter.abort();
    });
  }
  return aborter.signal;
}
