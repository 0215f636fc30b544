import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** `netext controller` as a process of its own, from source. */
export interface Extension {
  kill(): Promise<void>;
  /** SIGTERM; gives the exit code. */
  terminate(): Promise<number | null>;
  /** Freezes it between two instructions. */
  pause(): void;
  /** Lets it go on, unaware of the pause. */
  resume(): void;
  isAlive(): boolean;
  /** The last lines of its log. */
  output(): string;
  /** How often it has said this: the message of a line, as a whole. */
  said(message: string): number;
  /** GET of one of its servers; undefined while that does not serve. */
  ask(
    server: 'metrics' | 'health',
    path: string,
  ): Promise<{ readonly status: number; readonly text: string } | undefined>;
}

/** Of several flags of one name the last one counts. */
export function startExtension(flags: readonly string[]): Extension {
  const main = new URL('../../pkg/cli/main.ts', import.meta.url).pathname;
  const args = ['--disable-warning=ExperimentalWarning', main, 'controller', '--log-level=debug', ...flags];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const messages = new Map<string, number>();
  const ports = new Map<string, number>();
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      output = `${output}${line}\n`.slice(-20_000);
      const { msg = '', server, port } = entryOf(line);
      messages.set(msg, (messages.get(msg) ?? 0) + 1);
      if (msg === 'Serving' && server !== undefined && port !== undefined) ports.set(server, port);
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const isAlive = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    output: () => output,
    said: (message) => messages.get(message) ?? 0,
    isAlive,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    terminate() {
      child.kill('SIGTERM');
      return ended;
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async ask(server, path) {
      const port = ports.get(server);
      if (port === undefined) return undefined;
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(10_000) });
      return { status: answer.status, text: await answer.text() };
    },
  };
}

interface Entry {
  readonly msg?: string;
  readonly server?: string;
  readonly port?: number;
}

/** What Node itself prints is no JSON. */
function entryOf(line: string): Entry {
  try {
    return JSON.parse(line) as Entry;
  } catch {
    return {};
  }
}
