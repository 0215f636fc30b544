/**
 * A Docker engine for tests: a running one, or, if allowed and possible, one that is installed and started for this run.
 * Each step has a timeout: a machine that cannot run containers costs minutes at most.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage } from '../../pkg/gardener/errors.ts';
import { startWithLifeline } from '../controlplane/lifeline.ts';
import type { Environment } from '../controlplane/types.ts';
import { runDocker } from '../support/docker-cli.ts';

export interface Engine {
  /** The given environment with DOCKER_HOST, for the docker command line and for testcontainers. */
  readonly env: Environment;
  readonly description: string;
  /** Stops an engine that was started for this run, and its containers; no other engine. */
  stop(): Promise<void>;
}

/** An engine, or the reason why none is available. */
export type EngineSearch = Engine | { readonly reason: string };

export interface EngineInput {
  readonly env: Environment;
  readonly log: (line: string) => void;
  /** Allows to install packages and start an engine, which needs root and changes the machine. */
  readonly install: boolean;
}

/** Finds the engine that the docker command line reaches; otherwise, with `install`, starts Debian's docker.io with its own data folder. */
export async function findEngine(input: EngineInput): Promise<EngineSearch> {
  const running = probeEngine(input.env);
  if (!('reason' in running)) return { ...running, stop: async () => undefined };
  if (!input.install) return running;
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return { reason: `${running.reason}; only root on Linux can start an engine here` };
  const missing = installEngine(input);
  if (missing !== undefined) return { reason: `${running.reason}; ${missing}` };
  return await startEngine(input);
}

/** Returns the engine if it responds within 10 s, with its address in DOCKER_HOST, which testcontainers reads as well. */
function probeEngine(env: Environment): Omit<Engine, 'stop'> | { readonly reason: string } {
  try {
    const version = runDocker({ env }, ['version', '--format', '{{.Server.Version}}'], 10_000);
    const host =
      env['DOCKER_HOST'] ??
      runDocker({ env }, ['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'], 10_000);
    return { env: { ...env, DOCKER_HOST: host }, description: `Docker ${version} at ${host}` };
  } catch (error) {
    const lines = errorMessage(error).trim().split('\n');
    return { reason: `no Docker engine responds (${lines.at(-1)})` };
  }
}

/** Installs dockerd and the command line if they are missing; returns the reason for a failure. Retries once after an update of the package lists. */
function installEngine({ env, log }: EngineInput): string | undefined {
  const installed = (): boolean => ['dockerd', 'docker'].every((program) => find(program, env) !== undefined);
  if (installed()) return undefined;
  if (find('apt-get', env) === undefined) return 'dockerd cannot be installed, because apt-get is not available';
  log('installing docker.io for the tests in containers');
  const quiet = { ...env, DEBIAN_FRONTEND: 'noninteractive' };
  const call = (words: readonly string[]): boolean =>
    spawnSync('apt-get', words, { env: quiet, stdio: 'ignore', timeout: 240_000 }).status === 0;
  const packages = ['install', '--yes', '--no-install-recommends', 'docker.io', 'iptables'];
  if (!call(packages)) {
    call(['update']);
    call(packages);
  }
  return installed() ? undefined : 'apt-get could not install docker.io';
}

async function startEngine({ env, log }: EngineInput): Promise<EngineSearch> {
  // The path of a socket has at most 108 bytes.
  const folder = mkdtempSync(path.join(os.tmpdir(), 'netext-docker-'));
  const host = `unix://${folder}/docker.sock`;
  const logFile = path.join(folder, 'dockerd.log');
  const flags = [
    `--host=${host}`,
    `--data-root=${folder}/data`,
    `--exec-root=${folder}/exec`,
    `--pidfile=${folder}/docker.pid`,
  ];
  mkdirSync(path.join(folder, 'data'));
  log('starting dockerd for the tests in containers');
  const file = find('dockerd', env) ?? 'dockerd';
  // SIGTERM, even if this process died: a killed dockerd leaves its containers running.
  const lifeline = startWithLifeline({ file, arguments: flags, logFile, folder, lastSignal: 'TERM' });
  const stop = async (): Promise<void> => {
    await lifeline.stop('TERM');
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  for (const end = Date.now() + 45_000; Date.now() < end && lifeline.exitCode() === null; await sleep(200)) {
    if (!existsSync(host.slice('unix://'.length))) continue;
    const running = probeEngine({ ...env, DOCKER_HOST: host });
    if (!('reason' in running))
      return { ...running, description: `${running.description}, started for this run`, stop };
  }
  const lastLines = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-5).join('\n  ');
  await stop();
  return { reason: `dockerd does not run on this machine:\n  ${lastLines}` };
}

function find(program: string, env: Environment): string | undefined {
  const folders = (env['PATH'] ?? '').split(':').filter((folder) => path.isAbsolute(folder));
  return folders.map((folder) => path.join(folder, program)).find((file) => existsSync(file));
}
