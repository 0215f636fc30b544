/** A terminal, or what stands in for it. */
export interface ProgressScreen {
  write(text: string): void;
  /** False for NO_COLOR and pipes. */
  readonly colour: boolean;
  /** Somebody looks at it: a line may be written over. */
  readonly live: boolean;
}

export interface Progress {
  /** One line for each step: what it is, and when it is done what came of it, which `tell` says. Throws what the work throws. */
  step<T>(title: string, work: () => Promise<T>, tell: (result: T) => string): Promise<T>;
  /** A line about the step that goes on, such as that a build takes minutes. */
  detail(line: string): void;
}

/** Steps of an installation, one line each. `now` gives milliseconds. */
export function createProgress(screen: ProgressScreen, now: () => number): Progress {
  const paint = (code: number, text: string): string => (screen.colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const begin = (title: string): void => {
    if (screen.live) screen.write(`${paint(2, '…')} ${title}`);
  };
  const end = (mark: string, title: string, rest: string): void =>
    screen.write(`${screen.live ? '\r\u001b[K' : ''}${mark} ${title.padEnd(14)} ${rest}\n`);
  return {
    async step(title, work, tell) {
      const since = now();
      begin(title);
      try {
        const result = await work();
        const seconds = `${((now() - since) / 1000).toFixed(1)} s`;
        end(paint(32, '✓'), title, `${tell(result)} ${paint(2, seconds)}`);
        return result;
      } catch (error) {
        end(paint(31, '✗'), title, 'failed');
        throw error;
      }
    },
    detail: (line) => screen.write(`${screen.live ? '\r\u001b[K' : ''}  ${paint(2, line)}\n`),
  };
}
