/** Builds one program from a pinned Go module. */
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Environment } from './types.ts';

export interface GoProgram {
  /** Name of the file. */
  readonly name: string;
  /** Version of the module of the program, with a leading v. */
  readonly version: string;
  /** Go import path of its main package. */
  readonly mainPackage: string;
  /** Folder of go.mod and go.sum. */
  readonly moduleFolder: string;
  readonly linkerFlags: string;
  /** Build tags, separated by commas. */
  readonly tags?: string;
  /** Duration of a first build on 2 cores as text, and the number of packages that the compiler reports. */
  readonly expected: { readonly time: string; readonly packages: number };
}

export interface GoBuild {
  readonly log: (line: string) => void;
  readonly env: Environment;
  readonly signal?: AbortSignal;
}

/** Flags of `go build` that make the result depend on go.mod and go.sum only. */
export const buildFlags: readonly string[] = ['-mod=readonly', '-buildvcs=false', '-trimpath'];

/** Builds a program into a folder, with progress every 10 s. Returns the path of the program; throws with the end of the output of `go build`. */
export async function buildProgram(input: GoBuild, program: GoProgram, folder: string): Promise<string> {
  const { log } = input;
  log(`building ${program.name} ${program.version} from its Go module (${program.expected.time}, once per machine)`);
  const started = Date.now();
  const output = path.join(folder, program.name);
  const child = spawn(
    'go',
    [
      'build',
      '-v',
      ...buildFlags,
      ...tagFlags(program),
      '-ldflags',
      program.linkerFlags,
      '-o',
      output,
      program.mainPackage,
    ],
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
  log(`built ${program.name} in ${seconds(started)}`);
  return output;
}

function tagFlags({ tags }: GoProgram): readonly string[] {
  return tags === undefined ? [] : ['-tags', tags];
}

/** Removes Go settings of the shell that would change the build, such as GOFLAGS=-mod=mod or GOOS. */
function goEnvironment(env: Environment): Environment {
  const { GOOS: _os, GOARCH: _arch, GOEXPERIMENT: _experiment, ...kept } = env;
  return { ...kept, GOFLAGS: '', GOWORK: 'off', GO111MODULE: 'on', CGO_ENABLED: '0' };
}

function reportProgress(run: {
  readonly child: ChildProcess;
  readonly program: GoProgram;
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

async function finish(child: ChildProcess, program: GoProgram): Promise<void> {
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

function seconds(since: number): string {
  return `${Math.round((Date.now() - since) / 1000)} s`;
}
