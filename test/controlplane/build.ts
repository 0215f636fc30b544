/** Builds etcd and kube-apiserver from their pinned Go modules into a folder, once per machine and version. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { accessSync, constants, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { withLock } from './lock.ts';
import { buildFlags, type Program, type Recipe } from './recipe.ts';
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
    for (const program of [input.recipe.etcd, input.recipe.kubeApiServer]) await buildProgram(input, program, work);
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

async function buildProgram(input: BuildInput, program: Program, folder: string): Promise<void> {
  const { log } = input;
  log(`building ${program.name} ${program.version} from its Go module (${program.expected.time}, once per machine)`);
  const started = Date.now();
  const output = path.join(folder, program.name);
  const child = spawn(
    'go',
    ['build', '-v', ...buildFlags, '-ldflags', program.linkerFlags, '-o', output, program.mainPackage],
    {
      cwd: program.moduleFolder,
      env: goEnvironment(input.env),
      stdio: ['ignore', 'ignore', 'pipe'],
      ...(input.signal === undefined ? {} : { signal: input.signal }),
    },
  );
  const stopReporting = reportProgress({ child, program, log, started });
  try {
    await finish(child, program);
  } finally {
    stopReporting();
  }
  await checkVersion(program, output);
  log(`built ${program.name} in ${seconds(started)}`);
}

/** Removes Go settings of the shell that would change the build, such as GOFLAGS=-mod=mod or GOOS. */
function goEnvironment(env: Environment): Environment {
  const { GOOS: _os, GOARCH: _arch, GOEXPERIMENT: _experiment, ...kept } = env;
  return { ...kept, GOFLAGS: '', GOWORK: 'off', GO111MODULE: 'on', CGO_ENABLED: '0' };
}

function reportProgress(run: {
  readonly child: ChildProcess;
  readonly program: Program;
  readonly log: (line: string) => void;
  readonly started: number;
}): () => void {
  const { program, log, started } = run;
  let lines = 0;
  let latest = '';
  if (run.child.stderr !== null) {
    createInterface({ input: run.child.stderr }).on('line', (line) => {
      latest = line;
      lines += line.startsWith('go: ') ? 0 : 1;
    });
  }
  const timer = setInterval(() => {
    const doing = latest.startsWith('go: ')
      ? latest.slice(4)
      : `${lines} of about ${program.expected.packages} packages`;
    log(`  ${program.name}: ${doing}, ${seconds(started)}`);
  }, 10_000);
  return () => clearInterval(timer);
}

async function finish(child: ChildProcess, program: Program): Promise<void> {
  const tail: string[] = [];
  child.stderr?.on('data', (chunk: Buffer) => {
    tail.push(chunk.toString('utf8'));
    if (tail.length > 50) tail.shift();
  });
  const code = await new Promise<number | string>((resolve) => {
    child.once('error', (error) => {
      // Wait for an aborted child, because it still writes to the folder.
      if (error.name !== 'AbortError') resolve(error.message);
    });
    child.once('close', (status, signal) => resolve(status ?? signal ?? 'unknown'));
  });
  if (code === 0) return;
  const lines = tail.join('').trimEnd().split('\n').slice(-20).join('\n  ');
  throw new Error(
    `go build of ${program.mainPackage} in ${program.moduleFolder} exited with code ${code}:\n  ${lines}`,
  );
}

async function checkVersion(program: Program, file: string): Promise<void> {
  const { stdout } = await promisify(execFile)(file, ['--version']);
  const expected = program.version.slice(1);
  if (!stdout.includes(expected)) {
    throw new Error(`${file} --version prints ${JSON.stringify(stdout.trim())}, expected ${expected}`);
  }
}

function seconds(since: number): string {
  return `${Math.round((Date.now() - since) / 1000)} s`;
}
