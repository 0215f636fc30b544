import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** `netext controller` or `netext admission` as a process of its own, from source. */
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
  /** Where one of its servers listens; undefined while it does not. */
  portOf(server: 'metrics' | 'health' | 'webhooks'): number | undefined;
  /** GET of one of its servers; undefined while that does not serve. */
  ask(
    server: 'metrics' | 'health',
    path: string,
  ): Promise<{ readonly status: number; readonly text: string } | undefined>;
}

export interface ExtensionStart {
  /** `controller` unless told. */
  readonly command?: 'controller' | 'admission';
  /** Of several flags of one name the last one counts. */
  readonly flags: readonly string[];
  /** Beside the environment of the tests. */
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
    portOf: (server) => ports.get(server),
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
