/** Programs that are built from one Go module, once per machine and version. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { buildFlags, buildProgram, type GoProgram } from '../../controlplane/go-build.ts';
import { withLock } from '../../controlplane/lock.ts';
import { cacheFolder } from '../../controlplane/sources.ts';

export interface ProgramSet {
  /** For messages. */
  readonly title: string;
  /** Prefix of the folder in the cache. */
  readonly name: string;
  /** With a leading v. */
  readonly version: string;
  /** Folder of go.mod and go.sum. */
  readonly moduleFolder: string;
  readonly programs: readonly GoProgram[];
  /** Duration of a first build of everything on 2 cores, as text. */
  readonly time: string;
  /** What else determines the result of the build. */
  readonly inputs: unknown;
  /** Adds further files to the folder and checks the programs in its `bin`. */
  readonly finish?: (folder: string) => Promise<void>;
}

/** Returns the folder in the cache for this version, its build instructions and this platform; it exists after a build. Programs are in `bin`. */
export function programsFolder({ name, version, moduleFolder, inputs }: ProgramSet): string {
  const digest = createHash('sha256');
  for (const file of ['go.mod', 'go.sum']) digest.update(readFileSync(path.join(moduleFolder, file)));
  // Not the path of the module, which differs between clones.
  digest.update(JSON.stringify([inputs, buildFlags]));
  const key = `${name}-${version}-${process.platform}-${process.arch}-${digest.digest('hex').slice(0, 10)}`;
  return path.join(cacheFolder(process.env), '../dataplane', key);
}

/** Builds a set that is missing. Of several processes one builds and the others wait. Throws with the end of the output of `go build`. */
export async function buildPrograms(set: ProgramSet, log: (line: string) => void): Promise<string> {
  const target = programsFolder(set);
  mkdirSync(path.dirname(target), { recursive: true });
  const folder = `${target}.lock`;
  const waiting = (owner: string): void => log(`process ${owner} is building ${set.title}, waiting for it`);
  return withLock({ folder, waiting }, async () => {
    if (existsSync(target)) return target;
    const work = path.join(folder, 'work');
    mkdirSync(path.join(work, 'bin'), { recursive: true });
    for (const program of set.programs) await buildProgram({ log, env: process.env }, program, path.join(work, 'bin'));
    await set.finish?.(work);
    rmSync(target, { recursive: true, force: true });
    renameSync(work, target);
    return target;
  });
}

/** Returns the folder of the sources of a module that go.mod in a folder requires. */
export async function sourceFolder(moduleFolder: string, module: string): Promise<string> {
  const { stdout } = await promisify(execFile)('go', ['list', '-m', '-f', '{{.Dir}}', module], { cwd: moduleFolder });
  return stdout.trim();
}

/** Throws unless a program prints the text with these arguments. */
export async function checkOutput(file: string, args: readonly string[], text: string): Promise<void> {
  const { stdout } = await promisify(execFile)(file, [...args]);
  if (!stdout.includes(text)) throw new Error(`${file} ${args.join(' ')} prints ${stdout.trim()}, not ${text}`);
}
