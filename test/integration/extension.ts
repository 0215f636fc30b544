import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** `netext controller` or `netext admission` as a separate process, from source. */
export interface Extension {
  kill(): Promise<void>;
  /** Sends SIGTERM; returns the exit code. */
  terminate(): Promise<number | null>;
  /** Suspends the process. */
  pause(): void;
  /** Resumes the process, which does not notice the pause. */
  resume(): void;
  isAlive(): boolean;
  /** Returns the last lines of its log. */
  output(): string;
  /** Returns the number of log lines with this message. */
  logCount(message: string): number;
  /** Returns the port of one of its servers; undefined before it listens. */
  portOf(server: 'metrics' | 'health' | 'webhooks'): number | undefined;
  /** Sends GET to one of its servers; returns undefined if it does not respond. */
  get(
    server: 'metrics' | 'health',
    path: string,
  ): Promise<{ readonly status: number; readonly text: string } | undefined>;
}

export interface ExtensionStart {
  /** Default: `controller`. */
  readonly command?: 'controller' | 'admission';
  /** The last one of several flags with the same name wins. */
  readonly flags: readonly string[];
  /** In addition to the environment of the tests. */
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeFlags?: readonly string[];
}

export function startExtension({ command = 'controller', flags, env, nodeFlags = [] }: ExtensionStart): Extension {
  const main = new URL('../../controllers/netext.ts', import.meta.url).pathname;
  const args = ['--disable-warning=ExperimentalWarning', ...nodeFlags, main, command, '--log-level=debug', ...flags];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  const messages = new Map<string, number>();
  const ports = new Map<string, number>();
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      output = `${output}${line}\n`.slice(-20_000);
      const { msg = '', server, port } = parseEntry(line);
      messages.set(msg, (messages.get(msg) ?? 0) + 1);
      if (msg === 'Serving' && server !== undefined && port !== undefined) ports.set(server, port);
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const isAlive = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    output: () => output,
    logCount: (message) => messages.get(message) ?? 0,
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
    portOf: (server) => ports.get(server),
    async get(server, path) {
      const port = ports.get(server);
      if (port === undefined) return undefined;
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(10_000) });
      return { status: response.status, text: await response.text() };
    },
  };
}

interface Entry {
  readonly msg?: string;
  readonly server?: string;
  readonly port?: number;
}

/** Parses a log line; output of Node itself is not JSON. */
function parseEntry(line: string): Entry {
  try {
    return JSON.parse(line) as Entry;
  } catch {
    return {};
  }
}
