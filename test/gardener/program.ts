/** Builds the program that judges Shoots by Gardener's own functions, once per machine and version. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, mkdirSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { errorMessage } from '../../pkg/gardener/errors.ts';
import { goVersion } from '../controlplane/build.ts';
import { buildFlags } from '../controlplane/go-build.ts';
import { withLock } from '../controlplane/lock.ts';
import { cacheFolder } from '../controlplane/sources.ts';
import type { Environment } from '../controlplane/types.ts';

const folder = path.join(import.meta.dirname, 'build');

export interface ProgramInput {
  readonly env: Environment;
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** The path of the program, or the reason why there is none. */
export type Search = { readonly program: string } | { readonly reason: string };

/** Finds the program, after building it if necessary, which takes some minutes. */
export async function findProgram(input: ProgramInput): Promise<Search> {
  try {
    const program = await buildProgram(input);
    return program === undefined ? { reason: "no Go toolchain to build Gardener's validation with" } : { program };
  } catch (error) {
    input.signal?.throwIfAborted();
    return { reason: `the build of Gardener's validation failed: ${errorMessage(error)}` };
  }
}

async function buildProgram({ env, log, signal }: ProgramInput): Promise<string | undefined> {
  const file = path.join(cacheFolder(env), '../gardener', sourceDigest(), 'judge');
  if (isExecutable(file)) return file;
  if ((await goVersion(env)) === undefined) return undefined;
  const target = path.dirname(file);
  mkdirSync(target, { recursive: true });
  const waiting = (owner: string): void => log(`process ${owner} is building Gardener's validation, waiting for it`);
  const lock = { folder: path.join(target, 'lock'), waiting, ...(signal === undefined ? {} : { signal }) };
  return withLock(lock, async () => {
    if (isExecutable(file)) return file;
    log("building Gardener's validation from its Go modules (about 3 minutes on 2 cores, once per machine)");
    await promisify(execFile)('go', ['build', ...buildFlags, '-ldflags', '-s -w', '-o', `${file}.new`, '.'], {
      cwd: folder,
      env: { ...env, GOFLAGS: '', GOWORK: 'off', CGO_ENABLED: '0' },
      ...(signal === undefined ? {} : { signal }),
    });
    renameSync(`${file}.new`, file);
    return file;
  });
}

function sourceDigest(): string {
  const digest = createHash('sha256');
  for (const name of ['go.mod', 'go.sum', 'main.go']) digest.update(readFileSync(path.join(folder, name)));
  return digest.digest('hex').slice(0, 10);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
