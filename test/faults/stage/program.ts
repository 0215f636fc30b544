import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** A running `netext controller`. */
export interface Program {
  readonly pid: number;
  isAlive(): boolean;
  /** The last lines of its log. */
  output(): string;
  /** How often it has logged this message. */
  said(message: string): number;
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code, null when it had to be killed after `patienceMs`. */
  terminate(patienceMs: number): Promise<number | null>;
  /** Stops it between two instructions, and lets it continue. */
  freeze(): void;
  thaw(): void;
  readonly exited: Promise<void>;
}

export interface ProgramInput {
  readonly flags: readonly string[];
  readonly nodeFlags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Gets each line of the log, and of what Node itself prints. */
  readonly onLine: (line: string) => void;
}

const bundle = new URL('../../../dist/netext.js', import.meta.url).pathname;
const source = new URL('../../../controllers/netext.ts', import.meta.url).pathname;

/** What a controller process runs: the output of `make build` where there is one, else the sources. */
export const programFile: string = existsSync(bundle) ? bundle : source;

/** They end with this process. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export function startProgram({ flags, nodeFlags, env, onLine }: ProgramInput): Program {
  const args = ['--disable-warning=ExperimentalWarning', ...nodeFlags, programFile, 'controller', ...flags];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  running.add(child);
  child.once('close', () => running.delete(child));
  const messages = new Map<string, number>();
  const tail: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      if (tail.push(line) > 400) tail.splice(0, 100);
      const message = /"msg":"(?<message>(?:[^"\\]|\\.)*)"/.exec(line)?.groups?.['message'];
      if (message !== undefined) messages.set(message, (messages.get(message) ?? 0) + 1);
      onLine(line);
    });
  }
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const isAlive = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    pid: child.pid ?? 0,
    isAlive,
    output: () => tail.join('\n'),
    said: (message) => messages.get(message) ?? 0,
    exited,
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    async terminate(patienceMs) {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
      await exited;
      clearTimeout(timer);
      return child.exitCode;
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
  };
}
