/** Builds programs that compare this project with Go code of others, once per machine and version. */
import { createHash } from 'node:crypto';
import { accessSync, constants, mkdirSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { errorMessage } from '../../pkg/gardener/errors.ts';
import { goVersion } from './build.ts';
import { buildFlags, buildProgram, type GoBuild, type GoProgram } from './go-build.ts';
import { withLock } from './lock.ts';
import { cacheFolder } from './sources.ts';

/** The path of a program, or the reason why there is none. */
export type Search = { readonly program: string } | { readonly reason: string };

export interface CachedProgram {
  /** Its main package is in the folder of go.mod. */
  readonly recipe: GoProgram;
  /** Folder of the programs in the cache of this project. */
  readonly cache: string;
  /** What is built, for messages: `Gardener's validation`. */
  readonly about: string;
}

/** Finds a program, after building it if necessary. */
export async function findCachedProgram(input: GoBuild, { recipe, cache, about }: CachedProgram): Promise<Search> {
  const { name } = recipe;
  const folder = path.join(cacheFolder(input.env), '..', cache, sourceKey(recipe));
  const program = path.join(folder, name);
  if (isExecutable(program)) return { program };
  if ((await goVersion(input.env)) === undefined) return { reason: `there is no Go toolchain to build ${about} with` };
  mkdirSync(path.dirname(folder), { recursive: true });
  const waiting = (owner: string): void => input.log(`process ${owner} is building ${name}, waiting for it`);
  const lock = { folder: `${folder}.lock`, waiting, ...(input.signal === undefined ? {} : { signal: input.signal }) };
  try {
    return await withLock(lock, async () => {
      if (isExecutable(program)) return { program };
      const work = path.join(lock.folder, 'work');
      mkdirSync(work);
      await buildProgram(input, recipe, work);
      renameSync(work, folder);
      return { program };
    });
  } catch (error) {
    input.signal?.throwIfAborted();
    return { reason: `the build of ${about} failed: ${errorMessage(error)}` };
  }
}

function sourceKey({ moduleFolder, version, linkerFlags }: GoProgram): string {
  const digest = createHash('sha256');
  for (const file of ['go.mod', 'go.sum', 'main.go']) digest.update(readFileSync(path.join(moduleFolder, file)));
  digest.update(JSON.stringify([linkerFlags, buildFlags]));
  return `${version}-${process.platform}-${process.arch}-${digest.digest('hex').slice(0, 10)}`;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
