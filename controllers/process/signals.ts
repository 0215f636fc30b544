import { exitCodes } from '../../pkg/cli/terminal.ts';

/**
 * Returns a signal that aborts at the first SIGTERM or SIGINT; a second one terminates the process. Must be called before any slow
 * operation: PID 1 of a container has no default handlers, and if an early SIGTERM were lost, the pod would run until it is killed at the
 * end of its grace period.
 */
export function stopSignal(): AbortSignal {
  const aborter = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      if (aborter.signal.aborted) process.exit(exitCodes.internal);
      aborter.abort();
    });
  }
  return aborter.signal;
}
