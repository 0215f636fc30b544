/**
 * The arena: network, mount and PID namespaces in which one class runs. The kernel removes everything in it (processes, links, routes,
 * mounts, pinned eBPF programs) when its first process ends, and ends that process with its parent, however the parent ends. Only the
 * cgroup survives a crash; the next run removes it.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ArenaInput {
  /** TypeScript file that runs as the first program of the arena, with its arguments. */
  readonly script: string;
  readonly args: readonly string[];
  readonly onLine: (line: string) => void;
  /** Ends the arena; the call then rejects. */
  readonly signal?: AbortSignal;
}

/** Runs a script in a new arena, and returns its exit code, or the signal that ended it, after everything has been removed. */
export async function runInArena(input: ArenaInput): Promise<number | string> {
  const cgroup = createCgroup();
  try {
    const child = spawn('setpriv', [...isolation, process.execPath, ...nodeFlags, input.script, ...input.args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, [cgroupVariable]: cgroup },
      killSignal: 'SIGKILL',
      ...(input.signal === undefined ? {} : { signal: input.signal }),
    });
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', input.onLine);
    return await new Promise<number | string>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
    });
  } finally {
    await removeCgroup(cgroup);
  }
}

/** Removes cgroups of runs that were killed. Returns their names. */
export async function removeLeftovers(): Promise<readonly string[]> {
  const root = cgroupRoot();
  if (root === undefined) return [];
  const stale = readdirSync(root).filter((name) => name.startsWith(prefix) && !isAlive(name.slice(prefix.length)));
  for (const name of stale) await removeCgroup(path.join(root, name));
  return stale;
}

/** Returns the mount point of the cgroup2 hierarchy, undefined if none is mounted. */
export function cgroupRoot(): string | undefined {
  const mounts = readFileSync('/proc/mounts', 'utf8').split('\n');
  return mounts.map((line) => line.split(' ')).find(([, , type]) => type === 'cgroup2')?.[1];
}

/** The variable with the folder of the arena's cgroup. */
export const cgroupVariable = 'DATAPLANE_CGROUP';

/** setpriv ends unshare with this process, and unshare ends the first process of the arena with itself. */
const isolation = [
  '--pdeathsig=KILL',
  'unshare',
  '--net',
  '--mount',
  '--pid',
  '--fork',
  '--kill-child',
  '--mount-proc',
  // A shell as the first process reaps orphans; it must not replace itself by its last command.
  'sh',
  '-c',
  '"$@"; exit $?',
  'sh',
];

const nodeFlags = ['--disable-warning=ExperimentalWarning'];
const prefix = 'netext-dataplane-';

function createCgroup(): string {
  const root = cgroupRoot();
  if (root === undefined) throw new Error('no cgroup2 hierarchy is mounted');
  const folder = path.join(root, `${prefix}${process.pid}`);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Removes a cgroup with its children. Killed processes leave it with a delay. */
async function removeCgroup(folder: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    try {
      removeTree(folder);
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(100);
    }
  }
}

/** A cgroup is an empty folder for rmdir, although it shows files. */
function removeTree(folder: string): void {
  if (!existsSync(folder)) return;
  const children = readdirSync(folder, { withFileTypes: true }).filter((child) => child.isDirectory());
  for (const child of children) removeTree(path.join(folder, child.name));
  rmdirSync(folder);
}

function isAlive(pid: string): boolean {
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch {
    return false;
  }
}
