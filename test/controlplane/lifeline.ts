/**
 * Child processes that cannot outlive this one: lifeline.sh has the other end of a pipe and kills the command when the
 * pipe closes, which the kernel does however this process ends. This module installs no signal handler, so that its user
 * controls the behaviour on Ctrl-C.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import path from 'node:path';

/** A running command. */
export interface Lifeline {
  /** The exit code (127 if it could not be started, 128 after a signal), or null while it runs. */
  exitCode(): number | null;
  /** Stops the command and waits for its end; sends KILL 20 s after TERM. */
  stop(signal?: 'TERM' | 'KILL'): Promise<void>;
}

export interface Command {
  readonly file: string;
  readonly arguments: readonly string[];
  /** File for the output of the command, which is appended, so that a restart retains earlier lines. */
  readonly logFile: string;
  /** Folder that is removed if this process ends without calling `stop`. */
  readonly folder: string;
  /** Signal for the command if this process ends without calling `stop`; default KILL; KILL follows 20 s after TERM. */
  readonly lastSignal?: 'TERM' | 'KILL';
}

/** Starts a command that ends when `stop` is called or this process ends. It does not keep the event loop alive. */
export function startWithLifeline(command: Command): Lifeline {
  const log = openSync(command.logFile, 'a', 0o600);
  const child = spawn('sh', [script, command.folder, command.file, ...command.arguments], {
    // A separate session, so that Ctrl-C reaches the owner only, which then stops its children in order.
    detached: true,
    stdio: ['ignore', log, log, 'pipe'],
    env: { ...process.env, LAST_SIGNAL: command.lastSignal ?? 'KILL' },
  });
  closeSync(log);
  const lifeline = child.stdio[3];
  if (!(lifeline instanceof Socket)) throw new Error('Node no longer makes a socket of a pipe: see lifeline.sh');
  lifeline.unref();
  child.unref();
  // A command that ended by itself closes its end of the pipe, so that writing fails; its exit code is sufficient.
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
