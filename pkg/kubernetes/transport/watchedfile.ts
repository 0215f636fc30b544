/**
 * A credential in a file that is rotated by another process: a projected service account token, a CA bundle. The file
 * is read again when its mtime changes (the kubelet swaps a symlink, which fs.watch does not report). A file that is
 * missing, empty or truncated never replaces the last good content.
 */
import { readFile, stat } from 'node:fs/promises';
import type { Clock, Logger } from '../../clock/clock.ts';
import { errorMessage } from '../../gardener/errors.ts';

export interface WatchedFileOptions {
  readonly path: string;
  /** Content of the file, for messages: "token". */
  readonly what: string;
  /** Returns the usable content. Throws an Error with the reason, without quoting the content. */
  readonly accept: (text: string) => string;
  /** Interval for checking the mtime. Default: 1 s. */
  readonly checkEveryMs?: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface WatchedFile {
  /** Returns the last good content. Throws an Error with the file name if there has never been one. */
  current(): Promise<string>;
  /** Reads the file regardless of its mtime, then returns the last good content: for use after a 401. */
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
      const current = `${mtimeMs}/${size}/${ino}`;
      if (current === stamp) return;
      if (size > largestFile) throw new Error(`it has ${size} bytes, the maximum is ${largestFile}`);
      good = options.accept(await readFile(path, 'utf8'));
      stamp = current;
      if (problem !== undefined) logger.info({ file: path }, 'Credential file is valid again');
      problem = undefined;
    } catch (error) {
      report(errorMessage(error));
    }
  }

  function report(message: string): void {
    if (message !== problem && good !== undefined) {
      logger.warn({ file: path, reason: message }, 'Credential file is invalid, keeping the last good content');
    }
    problem = message;
  }
}

/** Larger than the CA bundles of whole companies. */
const largestFile = 1024 * 1024;
