/**
 * A Docker engine for tests: one that answers, or, where that is asked for and possible, one that is installed and started for the run.
 * Everything has an end: a machine that cannot run containers costs minutes at most.
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
  /** Ends an engine that was started for this run, and its containers; leaves any other alone. */
  stop(): Promise<void>;
}

/** Either an engine or, as one sentence, why there is none. */
export type EngineSearch = Engine | { readonly reason: string };

export interface EngineInput {
  readonly env: Environment;
  readonly log: (line: string) => void;
  /** Whether packages may be installed and an engine started, which needs root and changes the machine. */
  readonly install: boolean;
}

/** The engine that the docker command line reaches; else, with `install`, Debian's docker.io with a data folder of its own. */
export async function findEngine(input: EngineInput): Promise<EngineSearch> {
  const running = askEngine(input.env);
  if (!('reason' in running)) return { ...running, stop: async () => undefined };
  if (!input.install) return running;
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return { reason: `${running.reason}; only root on Linux can start an engine here` };
  const missing = installEngine(input);
  if (missing !== undefined) return { reason: `${running.reason}; ${missing}` };
  return await startEngine(input);
}

/** Whether an engine answers within seconds, and where, in words that testcontainers understands, too. */
function askEngine(env: Environment): Omit<Engine, 'stop'> | { readonly reason: string } {
  try {
    const version = runDocker({ env }, ['version', '--format', '{{.Server.Version}}'], 10_000);
    const host =
      env['DOCKER_HOST'] ??
      runDocker({ env }, ['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'], 10_000);
    return { env: { ...env, DOCKER_HOST: host }, description: `Docker ${version} at ${host}` };
  } catch (error) {
    const lines = errorMessage(error).trim().split('\n');
    return { reason: `no Docker engine answers (${lines.at(-1)})` };
  }
}

/** Undefined when dockerd and a command line are there, else what is wrong. The lists of packages may be missing, so a failure is tried again with them. */
function installEngine({ env, log }: EngineInput): string | undefined {
  const installed = (): boolean => ['dockerd', 'docker'].every((program) => find(program, env) !== undefined);
  if (installed()) return undefined;
  if (find('apt-get', env) === undefined) return 'there is no dockerd and no apt-get to install it';
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
  // Paths of sockets are short by law: 108 bytes.
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
  // Killed, it would leave its containers running, so it is asked to go even when its owner died.
  const lifeline = startWithLifeline({ file, arguments: flags, logFile, folder, lastSignal: 'TERM' });
  const stop = async (): Promise<void> => {
    await lifeline.stop('TERM');
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  for (const end = Date.now() + 45_000; Date.now() < end && lifeline.exitCode() === null; await sleep(200)) {
    if (!existsSync(host.slice('unix://'.length))) continue;
    const running = askEngine({ ...env, DOCKER_HOST: host });
    if (!('reason' in running))
      return { ...running, description: `${running.description}, started for this run`, stop };
  }
  const said = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-5).join('\n  ');
  await stop();
  return { reason: `dockerd does not run on this machine:\n  ${said}` };
}

function find(program: string, env: Environment): string | undefined {
  const folders = (env['PATH'] ?? '').split(':').filter((folder) => path.isAbsolute(folder));
  return folders.map((folder) => path.join(folder, program)).find((file) => existsSync(file));
}
