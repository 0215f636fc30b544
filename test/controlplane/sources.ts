/** Finds a real etcd and kube-apiserver on this machine. */
import os from 'node:os';
import path from 'node:path';
import { errorMessage } from '../../pkg/gardener/errors.ts';
import { type Binaries, binariesIn, buildBinaries, goVersion } from './build.ts';
import { type ContainerRuntime, containerRuntime, type ProgramImages } from './containers.ts';
import { readRecipe } from './recipe.ts';
import type { Environment } from './types.ts';

/** Programs of this machine, or images for an available container runtime. */
export type Source =
  | { readonly kind: 'binaries'; readonly binaries: Binaries; readonly origin: string }
  | { readonly kind: 'containers'; readonly origin: string; readonly images?: ProgramImages };

export interface SourceInput {
  readonly log: (line: string) => void;
  readonly env: Environment;
  /** True if building or pulling images is allowed, which takes minutes. */
  readonly build: boolean;
  /** Replaces the check for a container runtime, in tests. */
  readonly containers?: (pull: boolean) => Promise<ContainerRuntime>;
  readonly signal?: AbortSignal;
}

/** A source, or the reason why there is none and how to get one. */
export interface Search {
  readonly source?: Source;
  readonly reason: string;
}

/**
 * Looks in this order: $KUBEBUILDER_ASSETS, the cache folder, a build from pinned Go modules, containers. Throws when
 * KUBEBUILDER_ASSETS is set but does not contain both programs, because a fallback would hide the error.
 * CONTROLPLANE_CONTAINERS=0 disables containers.
 */
export async function findSource(input: SourceInput): Promise<Search> {
  const recipe = readRecipe(platform);
  const cache = cacheFolder(input.env);
  const present = fromAssets(input.env) ?? fromFolder(path.join(cache, recipe.key));
  if (present !== undefined) return { source: present, reason: '' };
  const reasons = [`none in ${path.join(cache, recipe.key)}`];
  const go = await goVersion(input.env);
  if (go === undefined) reasons.push('no Go toolchain to build them with');
  else if (process.platform === 'win32') reasons.push('kube-apiserver cannot be built on Windows');
  else if (!input.build) reasons.push('not built: run `node test/controlplane/cli.ts build` (about 6 minutes)');
  else {
    const built = await tryBuild({ ...input, recipe, cache });
    if (typeof built !== 'string') return { source: built, reason: '' };
    reasons.push(built);
  }
  const runtime = await askForContainers(input);
  if (runtime.available) return { source: { kind: 'containers', origin: runtime.description }, reason: '' };
  reasons.push(runtime.description);
  return { reason: `no kube-apiserver and etcd: KUBEBUILDER_ASSETS is not set; ${reasons.join('; ')}` };
}

async function askForContainers(input: SourceInput): Promise<ContainerRuntime> {
  if (input.env['CONTROLPLANE_CONTAINERS'] === '0') {
    return { available: false, description: 'containers are disabled (CONTROLPLANE_CONTAINERS=0)' };
  }
  return (input.containers ?? containerRuntime)(input.build);
}

/** Returns the folder with one folder per version of the binaries. */
export function cacheFolder(env: Environment): string {
  const base = env['XDG_CACHE_HOME'];
  // By the XDG specification a relative path is ignored.
  const root = base !== undefined && path.isAbsolute(base) ? base : path.join(env['HOME'] ?? os.homedir(), '.cache');
  return path.join(root, 'gardener-extension-networking', 'controlplane');
}

const platform = `${process.platform}-${process.arch}`;

function fromAssets(env: Environment): Source | undefined {
  const folder = env['KUBEBUILDER_ASSETS'];
  if (folder === undefined || folder === '') return undefined;
  const binaries = binariesIn(folder);
  if (binaries === undefined) {
    throw new Error(
      `KUBEBUILDER_ASSETS=${folder} has no executable etcd and kube-apiserver: correct the path, or unset it to use ` +
        'the cache folder',
    );
  }
  return { kind: 'binaries', binaries, origin: `KUBEBUILDER_ASSETS (${folder})` };
}

function fromFolder(folder: string): Source | undefined {
  const binaries = binariesIn(folder);
  return binaries === undefined ? undefined : { kind: 'binaries', binaries, origin: folder };
}

async function tryBuild(input: Parameters<typeof buildBinaries>[0]): Promise<Source | string> {
  try {
    const binaries = await buildBinaries(input);
    return { kind: 'binaries', binaries, origin: path.join(input.cache, input.recipe.key) };
  } catch (error) {
    input.signal?.throwIfAborted();
    const message = errorMessage(error);
    input.log(`build failed: ${message}`);
    return `the build failed (${message.split('\n')[0]})`;
  }
}
