import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** A running `netext controller`. */
export interface Program {
  readonly pid: number;
  isAlive(): boolean;
  /** Returns the last lines of the log. */
  output(): string;
  /** Returns the number of log lines with this message. */
  said(message: string): number;
  kill(): Promise<void>;
  /** Sends SIGTERM; resolves with the exit code, or null after a SIGKILL at the end of `patienceMs`. */
  terminate(patienceMs: number): Promise<number | null>;
  /** Stops the process with SIGSTOP; `thaw` continues it. */
  freeze(): void;
  thaw(): void;
  readonly exited: Promise<void>;
}

export interface ProgramInput {
  readonly flags: readonly string[];
  readonly nodeFlags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Receives each line of stdout and stderr. */
  readonly onLine: (line: string) => void;
}

const bundle = new URL('../../../dist/netext.js', import.meta.url).pathname;
const source = new URL('../../../controllers/netext.ts', import.meta.url).pathname;

/** Entry point of the controller: the output of `make build` if it exists, else the source. */
export const programFile: string = existsSync(bundle) ? bundle : source;

/** Killed when this process exits. */
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
