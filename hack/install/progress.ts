/** A terminal or another output. */
export interface ProgressScreen {
  write(text: string): void;
  /** False with NO_COLOR and for pipes. */
  readonly colour: boolean;
  /** True for a terminal, on which lines can be overwritten. */
  readonly live: boolean;
}

export interface Progress {
  /** Runs a step and prints its title, then its result as described by `describe` and its duration. Rejects like `work`. */
  step<T>(title: string, work: () => Promise<T>, describe: (result: T) => string): Promise<T>;
  /** Prints a line about the current step, for example that a build takes minutes. */
  detail(line: string): void;
}

/** Prints the steps of an installation, one line each. `now` returns milliseconds. */
export function createProgress(screen: ProgressScreen, now: () => number): Progress {
  const paint = (code: number, text: string): string => (screen.colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const begin = (title: string): void => {
    if (screen.live) screen.write(`${paint(2, '…')} ${title}`);
  };
  const end = (mark: string, title: string, rest: string): void =>
    screen.write(`${screen.live ? '\r\u001b[K' : ''}${mark} ${title.padEnd(14)} ${rest}\n`);
  return {
    async step(title, work, describe) {
      const since = now();
      begin(title);
      try {
        const result = await work();
        const seconds = `${((now() - since) / 1000).toFixed(1)} s`;
        end(paint(32, '✓'), title, `${describe(result)} ${paint(2, seconds)}`);
        return result;
      } catch (error) {
        end(paint(31, '✗'), title, 'failed');
        throw error;
      }
    },
    detail: (line) => screen.write(`${screen.live ? '\r\u001b[K' : ''}  ${paint(2, line)}\n`),
  };
}
