/**
 * Credential plugins of kubeconfigs, run by @kubernetes/client-node. Only its module for plugins is loaded, which needs
 * less than 1 MB of memory; the whole package needs 80 MB.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import type { User } from '@kubernetes/client-node/dist/config_types.js';
import type { ExecAuth } from '@kubernetes/client-node/dist/exec_auth.js';
import { isRecord } from '../../gardener/objects.ts';
import type { CredentialsConfig, PluginCredentials } from '../transport/credentials.ts';

export interface ExecPluginInput {
  /** The `user` entry with its `exec`. */
  readonly user: User;
  /** Folder of the kubeconfig; a command with a slash is relative to it. */
  readonly folder: string;
  /** `cluster` of ExecCredential, for plugins with provideClusterInfo. */
  readonly cluster: Readonly<Record<string, unknown>>;
  /** Timeout of one run of the command. Default: 60 s. */
  readonly timeoutMs?: number;
}

type Plugin = NonNullable<CredentialsConfig['plugin']>;

/**
 * Returns a plugin that runs the command if there are no credentials yet, if they have expired, and after a 401.
 * Concurrent calls share one run. Throws immediately for an invalid configuration, and for a plugin that requires a
 * terminal.
 */
export function execPlugin(input: ExecPluginInput): Plugin {
  const { user, timeoutMs = 60_000 } = input;
  const exec = checkExec(user.exec);
  const prepared: User = {
    ...user,
    exec: { ...exec, command: resolveCommand(exec, input), env: environment(exec, input) },
  };
  let auth: ExecAuth | undefined;
  let running: Promise<PluginCredentials> | undefined;

  return ({ refresh }) => {
    if (refresh && running === undefined) auth = undefined;
    running ??= run().finally(() => {
      running = undefined;
    });
    return running;
  };

  async function run(): Promise<PluginCredentials> {
    auth ??= await createAuth(timeoutMs);
    const options: Parameters<ExecAuth['applyAuthentication']>[1] = { headers: {} };
    try {
      await auth.applyAuthentication(prepared, options);
    } catch (error) {
      throw pluginError(exec.command, error);
    }
    return { token: bearerToken(options.headers), cert: pem(options.cert), key: pem(options.key) };
  }
}

interface Exec {
  readonly command: string;
  readonly apiVersion: string;
  readonly args?: unknown;
  readonly env?: unknown;
  readonly interactiveMode?: unknown;
  readonly provideClusterInfo?: unknown;
}

function checkExec(exec: unknown): Exec {
  if (!isRecord(exec)) throw new Error('exec is not an object');
  const { command, apiVersion, interactiveMode } = exec;
  if (typeof command !== 'string' || command === '') throw new Error('exec.command is missing');
  if (typeof apiVersion !== 'string') throw new Error(`exec.apiVersion of ${command} is missing`);
  if (interactiveMode === 'Always') {
    throw new Error(
      `exec plugin ${command} requires a terminal (interactiveMode: Always), which a controller does not have`,
    );
  }
  return { ...exec, command, apiVersion };
}

function resolveCommand({ command }: Exec, { folder }: ExecPluginInput): string {
  return command.includes('/') && !path.isAbsolute(command) ? path.join(folder, command) : command;
}

/** Adds KUBERNETES_EXEC_INFO, in which client-go passes API version and cluster to a plugin; client-node omits it. */
function environment(exec: Exec, { cluster }: ExecPluginInput): readonly object[] {
  const spec = { interactive: false, ...(exec.provideClusterInfo === true && { cluster }) };
  const info = { apiVersion: exec.apiVersion, kind: 'ExecCredential', spec };
  const own: unknown[] = Array.isArray(exec.env) ? exec.env : [];
  return [...own.filter(isRecord), { name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify(info) }];
}

/**
 * Replaces the function of client-node that starts the command: it has no timeout, and the child inherits standard
 * input.
 */
async function createAuth(timeoutMs: number): Promise<ExecAuth> {
  const { ExecAuth } = await import('@kubernetes/client-node/dist/exec_auth.js');
  const execFn = (command: string, args: readonly string[] | undefined, options: object) =>
    spawn(command, args ?? [], {
      ...options,
      stdio: ['ignore', 'pipe', 'pipe'],
      signal: AbortSignal.timeout(timeoutMs),
    });
  return Object.assign(new ExecAuth(), { execFn });
}

/**
 * Describes the failure by standard error. Standard output is the credential, so the error has no cause that could
 * quote it.
 */
function pluginError(command: string, error: unknown): Error {
  if (error instanceof SyntaxError || error instanceof TypeError) {
    return new Error(`exec plugin ${command}: its output is not an ExecCredential`);
  }
  if (error instanceof Error && error.name === 'AbortError') {
    return new Error(`exec plugin ${command}: it exceeded its timeout and was stopped`);
  }
  const message = error instanceof Error ? error.message.trim().slice(0, 500) : '';
  return new Error(`exec plugin ${command}: ${message === '' ? 'it failed without a message' : message}`);
}

function bearerToken(headers: unknown): string | undefined {
  const value = isRecord(headers) ? headers['Authorization'] : undefined;
  return typeof value === 'string' ? value.replace(/^Bearer /, '').trim() : undefined;
}

function pem(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
