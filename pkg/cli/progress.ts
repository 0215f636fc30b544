import type { Screen } from './terminal.ts';

/** Shows on a terminal that a command works, once it takes longer than a second. */
export interface Progress {
  /** Counts bytes that were read; `documents` is the number of documents so far. */
  read(bytes: number, documents: number): void;
  /** Reports a Network or Shoot that was checked. */
  checked(done: number, all: number): void;
  /** Removes the line. Called before other output. */
  clear(): void;
}

const firstAfter = 1_000;
const every = 200;

/** Creates a progress line on the error stream; it shows nothing unless that is a terminal. `now` returns milliseconds. */
export function createProgress(screen: Screen, now: () => number = () => performance.now()): Progress {
  let next = now() + firstAfter;
  let shown = false;
  let total = 0;
  const show = (text: () => string): void => {
    if (screen.width === undefined || now() < next) return;
    next = now() + every;
    shown = true;
    screen.write(`\r\u001b[K${text().slice(0, Math.max(0, screen.width - 1))}`);
  };
  return {
    read(bytes, documents) {
      total += bytes;
      show(() => `reading: ${documents} documents, ${Math.floor(total / 1024 / 1024)} MiB`);
    },
    checked: (done, all) => show(() => `checking: ${done} of ${all}`),
    clear() {
      if (shown) screen.write('\r\u001b[K');
      shown = false;
    },
  };
}
