/**
 * Control planes for tests, benchmarks and `make start`: a real etcd and kube-apiserver if available, else an API server
 * in this process. The product does not import this folder.
 */

import type { ProgramImages } from './containers.ts';
import { startEmbedded } from './embedded/start.ts';
import { startReal } from './real.ts';
import { findSource } from './sources.ts';
import {
  type ControlPlane,
  type ControlPlaneOptions,
  ControlPlaneUnavailableError,
  type Environment,
} from './types.ts';

export {
  type ControlPlane,
  type ControlPlaneOptions,
  ControlPlaneUnavailableError,
  type InsideNetwork,
  type User,
} from './types.ts';

/**
 * Starts a control plane; several may run concurrently. They end with this process, however it ends. Rejects with
 * ControlPlaneUnavailableError if `source` is `real` and none is available, and with the end of the log of a program that
 * fails to start.
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { source = 'auto', log } = options;
  if (source === 'embedded') return startEmbedded(options);
  const search = await findSource({
    log,
    env: options.env ?? process.env,
    build: options.build ?? true,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  if (search.source !== undefined) {
    log(`starting etcd and kube-apiserver from ${search.source.origin}`);
    return startReal(search.source, options);
  }
  if (source === 'real') throw new ControlPlaneUnavailableError(search.reason);
  log(`using an API server in this process: ${search.reason}`);
  return startEmbedded(options);
}

/** Like startControlPlane, but in containers of the given images, whose network other containers can join (`inside`). */
export function startControlPlaneInContainers(
  options: ControlPlaneOptions,
  images: ProgramImages,
): Promise<ControlPlane> {
  return startReal({ kind: 'containers', origin: 'containers', images }, options);
}

/**
 * For suites that require a real API server: returns false if there is one, else the reason for `skip` of node:test, after
 * logging it. Builds binaries within a test run only with CONTROLPLANE_BUILD=1, because that takes minutes.
 */
export async function skipWithoutRealControlPlane(input: {
  readonly suite: string;
  readonly log: (line: string) => void;
  readonly env?: Environment;
}): Promise<string | false> {
  const env = input.env ?? process.env;
  const search = await findSource({ log: input.log, env, build: env['CONTROLPLANE_BUILD'] === '1' });
  if (search.source !== undefined) return false;
  input.log(`SKIPPED: ${input.suite}: ${search.reason}`);
  return search.reason;
}
