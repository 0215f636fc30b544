/**
 * Child processes that cannot outlive this one: lifeline.sh holds the other end of a pipe and kills the command when the
 * pipe closes, which the kernel does for every kind of death. No signal handler is installed here, so whoever uses this
 * keeps its own behaviour on Ctrl-C.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import path from 'node:path';

/** A running command. */
export interface Lifeline {
  /** The exit code (127 when it could not be started, 128 after a signal), or null while it runs. */
  exitCode(): number | null;
  /** Ends it and waits until it is gone; TERM becomes KILL after 20 s. */
  stop(signal?: 'TERM' | 'KILL'): Promise<void>;
}

export interface Command {
  readonly file: string;
  readonly arguments: readonly string[];
  /** Gets what the command prints; appended to, so that a restart keeps the earlier lines. */
  readonly logFile: string;
  /** Removed when this process dies without having called `stop`. */
  readonly folder: string;
  /** What the command gets when this process dies without having called `stop`; KILL by default, TERM becomes KILL after 20 s. */
  readonly lastSignal?: 'TERM' | 'KILL';
}

/** Starts a command that ends when `stop` is called or this process is gone. It does not keep the event loop alive. */
export function startWithLifeline(command: Command): Lifeline {
  const log = openSync(command.logFile, 'a', 0o600);
  const child = spawn('sh', [script, command.folder, command.file, ...command.arguments], {
    // A session of its own: Ctrl-C at the terminal reaches the owner only, which then stops its children in order.
    detached: true,
    stdio: ['ignore', log, log, 'pipe'],
    env: { ...process.env, LAST_SIGNAL: command.lastSignal ?? 'KILL' },
  });
  closeSync(log);
  const lifeline = child.stdio[3];
  if (!(lifeline instanceof Socket)) throw new Error('Node no longer makes a socket of a pipe: see lifeline.sh');
  lifeline.unref();
  child.unref();
  // A command that ended by itself closes its side; writing then fails, and its exit code tells all there is to tell.
  lifeline.on('error', () => undefined);
  let ended: number | null = null;
  const exited = new Promise<void>((resolve) => {
    const end = (code: number): void => {
      ended = code;
      resolve();
    };
    child.once('exit', (code) => end(code ?? 128));
    child.once('error', () => end(127));
  });
  return {
    exitCode: () => ended,
    stop: async (signal = 'TERM') => {
      if (ended !== null) return;
      child.ref();
      lifeline.write(`${signal}\n`);
      await exited;
    },
  };
}

const script = path.join(import.meta.dirname, 'lifeline.sh');
