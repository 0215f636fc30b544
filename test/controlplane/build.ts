/** Builds etcd and kube-apiserver from their pinned Go modules into a folder, once per machine and version. */
import { execFile } from 'node:child_process';
import { accessSync, constants, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { buildProgram } from './go-build.ts';
import { withLock } from './lock.ts';
import type { Program, Recipe } from './recipe.ts';
import type { Environment } from './types.ts';

/** Paths of two programs that run on this machine. */
export interface Binaries {
  readonly etcd: string;
  readonly kubeApiServer: string;
}

export interface BuildInput {
  readonly recipe: Recipe;
  /** Folder for all versions; the result goes to the folder `recipe.key` in it. */
  readonly cache: string;
  readonly log: (line: string) => void;
  readonly env: Environment;
  readonly signal?: AbortSignal;
}

/**
 * Returns the binaries of `recipe` from the cache, and builds them first if they are missing. Of several concurrent processes
 * one builds and the others wait. The folder gets its final name only when it contains both programs.
 */
export async function buildBinaries(input: BuildInput): Promise<Binaries> {
  mkdirSync(input.cache, { recursive: true });
  const waiting = (owner: string): void => input.log(`process ${owner} is building kube-apiserver, waiting for it`);
  const signal = input.signal === undefined ? {} : { signal: input.signal };
  const lock = path.join(input.cache, `${input.recipe.key}.lock`);
  return withLock({ folder: lock, waiting, ...signal }, async () => {
    const target = path.join(input.cache, input.recipe.key);
    const ready = binariesIn(target);
    if (ready !== undefined) return ready;
    // Within the lock, so that the files of an interrupted build are removed with its lock.
    const work = path.join(lock, 'work');
    mkdirSync(work);
    for (const program of [input.recipe.etcd, input.recipe.kubeApiServer])
      await checkVersion(program, await buildProgram(input, program, work));
    // An earlier, incomplete folder would prevent the rename.
    rmSync(target, { recursive: true, force: true });
    renameSync(work, target);
    return programPaths(target);
  });
}

/** Returns the two programs in a folder, or undefined if one is missing or not executable. */
export function binariesIn(folder: string): Binaries | undefined {
  const binaries = programPaths(folder);
  try {
    for (const file of Object.values(binaries)) accessSync(file, constants.X_OK);
    return binaries;
  } catch {
    return undefined;
  }
}

/** Returns the output of `go version`, or undefined without Go. */
export async function goVersion(env: Environment): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('go', ['version'], { env });
    return stdout.trim();
  } catch {
    return undefined;
  }
}

function programPaths(folder: string): Binaries {
  return { etcd: path.join(folder, 'etcd'), kubeApiServer: path.join(folder, 'kube-apiserver') };
}

async function checkVersion(program: Program, file: string): Promise<void> {
  const { stdout } = await promisify(execFile)(file, ['--version']);
  const expected = program.version.slice(1);
  if (!stdout.includes(expected)) {
    throw new Error(`${file} --version prints ${JSON.stringify(stdout.trim())}, expected ${expected}`);
  }
}
