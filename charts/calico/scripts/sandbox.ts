/**
 * Runs the scripts of containers as a pod does, `sh -c <text>`, but with a PATH that contains stubs only, so that a script can call nothing
 * but the stubs of the test and cannot affect the network of this machine.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Far beyond the run time of any script, so that only a hanging script exceeds it. */
const hangTimeoutMs = 20_000;

/** A shell with its arguments up to the text of the script, for example ['/usr/bin/bash', '--posix', '-c']. */
export type Shell = readonly [string, ...string[]];

/** A file of this folder to run, and replacements for paths of the container. */
export interface Run {
  readonly script: string;
  readonly shell: Shell;
  readonly env?: Readonly<Record<string, string>>;
  /** Path in the script -> path in the test. Each path must occur exactly once in the script. */
  readonly paths?: Readonly<Record<string, string>>;
}

export interface Outcome {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  /** Resolves when the condition is true; throws with the output of the script if it ends before. */
  until(description: string, condition: () => boolean): Promise<void>;
  /** Sends a signal to the shell alone, as a container runtime does. */
  signal(name: 'SIGTERM'): void;
  /** Resolves when the shell and all its child processes have closed their output; throws if they hang. */
  ended(): Promise<Outcome>;
}

/** A temporary folder with `bin`, the PATH of the script, and `state`, the data of the stubs and their recorded calls. */
export class Sandbox implements Disposable {
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'container-script-'));
  readonly bin = path.join(this.#folder, 'bin');
  readonly state = path.join(this.#folder, 'state');

  constructor() {
    mkdirSync(this.bin);
    mkdirSync(this.state);
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /**
   * Adds a command to the PATH. `body` is a shell script with the usual tools, run in the folder `state`; `$name` is the name of the
   * command. Each call is recorded before it runs.
   */
  stub(name: string, body = ''): void {
    const record = `tab='\t'\n(IFS=$tab; printf '%s\\n' "$name$tab$*" >>calls)`;
    const text = `#!/bin/sh\nPATH=/usr/bin:/bin\ncd '${this.state}' || exit 99\nname=\${0##*/}\n${record}\n${body}\n`;
    const file = path.join(this.bin, name);
    writeFileSync(file, text);
    chmodSync(file, 0o755);
  }

  /** Writes a file of `state` and returns its path. */
  write(name: string, text: string): string {
    const file = path.join(this.state, name);
    writeFileSync(file, text);
    return file;
  }

  /** Returns the lines of a file of `state`; none if it does not exist. */
  lines(name: string): readonly string[] {
    const file = path.join(this.state, name);
    if (!existsSync(file)) return [];
    return readFileSync(file, 'utf8').split('\n').slice(0, -1);
  }

  /** Returns the recorded calls in order, words joined by spaces; with `name` only those of that command. */
  calls(name?: string): readonly string[] {
    const calls = this.lines('calls').map((line) => line.split('\t'));
    return calls.filter(([command]) => name === undefined || command === name).map((words) => words.join(' '));
  }

  start(run: Run): Running {
    const [file, ...flags] = run.shell;
    const env = { PATH: this.bin, ...run.env };
    // A separate process group, so that no process survives a failed test.
    const child = spawn(file, [...flags, scriptText(run)], { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    return follow(child);
  }

  run(run: Run): Promise<Outcome> {
    return this.start(run).ended();
  }
}

/** Asserts that the script exited by itself with this code and these messages. */
export function assertOutcome(outcome: Outcome, want: { readonly code: number; readonly stderr: RegExp }): void {
  assert.deepEqual({ code: outcome.code, signal: outcome.signal }, { code: want.code, signal: null }, outcome.stderr);
  assert.match(outcome.stderr, want.stderr);
}

/** Returns the text of a script as in the container, with replaced paths. */
export function scriptText(run: Pick<Run, 'script' | 'paths'>): string {
  let text = readFileSync(path.join(import.meta.dirname, run.script), 'utf8');
  for (const [from, to] of Object.entries(run.paths ?? {})) {
    const parts = text.split(from);
    if (parts.length !== 2) throw new Error(`${run.script}: ${from} occurs ${parts.length - 1} times, want 1`);
    text = parts.join(to);
  }
  return text;
}

/**
 * Returns the shells of this machine that correspond to /bin/sh or /bin/bash of an image: calico/node has bash under both names, Alpine
 * images have busybox. A busybox that prefers its own applets to the PATH cannot run with stubs.
 */
export function shells(kind: 'sh' | 'bash'): Readonly<Record<string, Shell>> {
  const names = kind === 'bash' ? ['bash', 'bash --posix'] : ['sh', 'bash --posix', 'dash', 'busybox sh'];
  const found = new Map<string, readonly [string, Shell]>();
  for (const name of names) {
    const [command = '', ...flags] = name.split(' ');
    const file = findCommand(command);
    if (file === undefined || (command === 'busybox' && prefersApplets(file))) continue;
    // On most systems sh is another name for one of the other shells.
    const program = [realpathSync(file), ...flags].join(' ');
    if (!found.has(program)) found.set(program, [name, [file, ...flags, '-c']]);
  }
  return Object.fromEntries(found.values());
}

/** Returns the absolute path of a command in PATH, /usr/sbin or /sbin. */
export function findCommand(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'].filter((folder) => folder !== '');
  return folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
}

function prefersApplets(busybox: string): boolean {
  const probe = spawnSync(busybox, ['sh', '-c', 'type sleep'], { env: { PATH: '/nowhere' } });
  return probe.status === 0;
}

function follow(child: ChildProcess): Running {
  let stdout = '';
  let stderr = '';
  let closed = false;
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  let hung = false;
  const hanging = setTimeout(() => {
    hung = true;
    killGroup(child);
  }, hangTimeoutMs);
  const outcome = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      closed = true;
      clearTimeout(hanging);
      if (hung) reject(new Error(`the script or one of its children did not end; output:\n${stdout}${stderr}`));
      else resolve({ code, signal, stdout, stderr });
    });
  });
  return {
    until: async (description, condition) => {
      while (!condition()) {
        if (closed) throw new Error(`the script ended before ${description}; output:\n${stdout}${stderr}`);
        await delay(10);
      }
    },
    signal: (name) => void child.kill(name),
    ended: () => outcome,
  };
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The last process of the group has ended already.
  }
}
