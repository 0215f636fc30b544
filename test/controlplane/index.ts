/**
 * A control plane for tests, benches and `make start`: a real etcd and kube-apiserver where they can be had, else an API
 * server in this process. Nothing that ships imports this folder.
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
 * Starts a control plane; several may run side by side. They end with this process, however it ends. Rejects with
 * ControlPlaneUnavailableError when `source` is `real` and none can be had, and with the end of the log of a program that
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

/** Like startControlPlane, in containers of the given images, which other containers may join (`inside`). */
export function startControlPlaneInContainers(
  options: ControlPlaneOptions,
  images: ProgramImages,
): Promise<ControlPlane> {
  return startReal({ kind: 'containers', origin: 'containers', images }, options);
}

/**
 * For suites that need a real API server: false when there is one, else the reason for the `skip` of node:test, after
 * one loud line. Nothing is built within a test run unless CONTROLPLANE_BUILD=1 says so, because that takes minutes.
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
