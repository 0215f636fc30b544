/** Builds the program that judges Shoots by Gardener's own functions, once per machine and version. */
import { createHash } from 'node:crypto';
import { accessSync, constants, mkdirSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { errorMessage } from '../../pkg/gardener/errors.ts';
import { goVersion } from '../controlplane/build.ts';
import { buildFlags, buildProgram, type GoBuild } from '../controlplane/go-build.ts';
import { withLock } from '../controlplane/lock.ts';
import { requiredVersion } from '../controlplane/recipe.ts';
import { cacheFolder } from '../controlplane/sources.ts';

/** The path of the program, or the reason why there is none. */
export type Search = { readonly program: string } | { readonly reason: string };

/** Finds the program, after building it if necessary, which takes some minutes. */
export async function findProgram(input: GoBuild): Promise<Search> {
  const folder = path.join(cacheFolder(input.env), '../gardener', sourceKey());
  const program = path.join(folder, name);
  if (isExecutable(program)) return { program };
  if ((await goVersion(input.env)) === undefined)
    return { reason: "there is no Go toolchain to build Gardener's validation with" };
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
    return { reason: `the build of Gardener's validation failed: ${errorMessage(error)}` };
  }
}

const name = 'gardener-validation';
const moduleFolder = path.join(import.meta.dirname, 'build');

const recipe = {
  name,
  version: requiredVersion(moduleFolder, 'github.com/gardener/gardener'),
  mainPackage: '.',
  moduleFolder,
  linkerFlags: '-s -w',
  expected: { time: 'about 3 minutes on 2 cores', packages: 1530 },
} as const;

function sourceKey(): string {
  const digest = createHash('sha256');
  for (const file of ['go.mod', 'go.sum', 'main.go']) digest.update(readFileSync(path.join(moduleFolder, file)));
  digest.update(JSON.stringify([recipe.linkerFlags, buildFlags]));
  return `${recipe.version}-${process.platform}-${process.arch}-${digest.digest('hex').slice(0, 10)}`;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
