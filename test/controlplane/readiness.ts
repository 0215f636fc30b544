import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Wait {
  /** Name of the awaited program, for messages. */
  readonly subject: string;
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal;
  /** Returns the exit code when the program has ended, else null. */
  readonly exitCode: () => number | null;
  /** Log file, whose last lines explain a failure. */
  readonly logFile: string;
  readonly timeoutMs: number;
}

/**
 * Polls until `probe` returns undefined instead of the reason for not being ready. Rejects with the last lines of the
 * program's log if the program ends, after a timeout, or when the signal aborts.
 */
export async function waitUntilReady(wait: Wait, probe: () => Promise<string | undefined>): Promise<void> {
  const started = Date.now();
  let told = started;
  for (;;) {
    wait.signal?.throwIfAborted();
    const code = wait.exitCode();
    if (code !== null) throw new Error(`${wait.subject} ended with code ${code}:\n${lastLines(wait.logFile)}`);
    const missing = await probe().catch((error: unknown) => String(error));
    if (missing === undefined) return;
    const now = Date.now();
    if (now - started > wait.timeoutMs) {
      throw new Error(
        `${wait.subject} is not ready after ${wait.timeoutMs / 1000} s (${missing}):\n${lastLines(wait.logFile)}`,
      );
    }
    if (now - told >= 5_000) {
      told = now;
      wait.log(`waiting for ${wait.subject}, ${Math.round((now - started) / 1000)} s: ${missing}`);
    }
    await sleep(40);
  }
}

/** Returns the end of a log file, indented, with its path. */
function lastLines(file: string): string {
  if (!existsSync(file)) return `  (no log ${file})`;
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n').slice(-15);
  return [`  last lines of ${file}:`, ...lines.map((line) => `  ${line}`)].join('\n');
}
