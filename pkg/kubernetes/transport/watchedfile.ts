/**
 * A credential in a file that somebody else rotates: a projected service account token, a CA bundle. It is looked at
 * again when its mtime changed (the kubelet swaps a symlink, which fs.watch does not see), and a file that is missing,
 * empty or cut off half-way never replaces the content that worked.
 */
import { readFile, stat } from 'node:fs/promises';
import type { Clock, Logger } from '../../clock/clock.ts';
import { errorMessage } from '../../gardener/errors.ts';

export interface WatchedFileOptions {
  readonly path: string;
  /** What the file holds, for messages: "token". */
  readonly what: string;
  /** The usable content, or an Error that says why it is not usable without quoting it. */
  readonly accept: (text: string) => string;
  /** How often the mtime is looked at; 1 s unless told. */
  readonly checkEveryMs?: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface WatchedFile {
  /** The newest good content. Throws when there was never one, naming the file. */
  current(): Promise<string>;
  /** The same after reading the file now, whatever its mtime says: for an API server that answered 401. */
  refresh(): Promise<string>;
}

export function watchFile(options: WatchedFileOptions): WatchedFile {
  const { path, what, clock, logger } = options;
  const checkEveryMs = options.checkEveryMs ?? 1000;
  let good: string | undefined;
  let stamp = '';
  let checkedAt = Number.NEGATIVE_INFINITY;
  let problem: string | undefined;
  let running: Promise<void> | undefined;

  return {
    current: () =>
      clock.monotonic() - checkedAt < checkEveryMs && good !== undefined ? Promise.resolve(good) : load(),
    refresh: () => {
      stamp = '';
      return load();
    },
  };

  async function load(): Promise<string> {
    running ??= check().finally(() => {
      running = undefined;
    });
    await running;
    if (good === undefined) throw new Error(`${what} file ${path} cannot be used: ${problem ?? 'not read yet'}`);
    return good;
  }

  async function check(): Promise<void> {
    checkedAt = clock.monotonic();
    try {
      const { mtimeMs, size, ino } = await stat(path);
      const seen = `${mtimeMs}/${size}/${ino}`;
      if (seen === stamp) return;
      if (size > largestFile) throw new Error(`it has ${size} bytes, at most ${largestFile} are read`);
      good = options.accept(await readFile(path, 'utf8'));
      stamp = seen;
      if (problem !== undefined) logger.info({ file: path }, `${what} file can be used again`);
      problem = undefined;
    } catch (error) {
      report(errorMessage(error));
    }
  }

  function report(message: string): void {
    if (message !== problem && good !== undefined) {
      logger.warn({ file: path, reason: message }, `${what} file cannot be used, keeping the last good content`);
    }
    problem = message;
  }
}

/** CA bundles of whole companies stay below this. */
const largestFile = 1024 * 1024;
