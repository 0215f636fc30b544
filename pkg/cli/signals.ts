import { exitCodes } from './terminal.ts';

/** Aborts at the first SIGTERM or SIGINT; as PID 1 of a container nobody else would handle them. A second one ends the process. */
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
