/** Builds the program that judges Shoots by Gardener's own functions, once per machine and version. */
import path from 'node:path';
import { type CachedProgram, findCachedProgram, type Search } from '../controlplane/cached-program.ts';
import type { GoBuild } from '../controlplane/go-build.ts';
import { requiredVersion } from '../controlplane/recipe.ts';

export type { Search } from '../controlplane/cached-program.ts';

/** Finds the program, after building it if necessary, which takes some minutes. */
export async function findProgram(input: GoBuild): Promise<Search> {
  return findCachedProgram(input, validation);
}

const moduleFolder = path.join(import.meta.dirname, 'build');

const validation: CachedProgram = {
  recipe: {
    name: 'gardener-validation',
    version: requiredVersion(moduleFolder, 'github.com/gardener/gardener'),
    mainPackage: '.',
    moduleFolder,
    linkerFlags: '-s -w',
    expected: { time: 'about 3 minutes on 2 cores', packages: 1530 },
  },
  cache: 'gardener',
  about: "Gardener's validation",
};
