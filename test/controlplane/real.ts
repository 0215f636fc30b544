/** A control plane of one etcd and one kube-apiserver, from programs or containers. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Client, createClient } from './client.ts';
import { startContainerRuntime } from './containers.ts';
import { createTokens, serviceAccountKey, type Tokens, tokenFile, tokenOf } from './credentials.ts';
import { objectAt, stringAt } from './embedded/objects.ts';
import { apiServerFlags, auditPolicy, etcdFlags } from './flags.ts';
import { kubeconfigOf } from './kubeconfig.ts';
import type { Lifeline } from './lifeline.ts';
import { freePorts } from './ports.ts';
import { waitUntilReady } from './readiness.ts';
import { type Ports, processRuntime, type Runtime } from './runtime.ts';
import type { Source } from './sources.ts';
import type { ControlPlane, ControlPlaneOptions } from './types.ts';

/**
 * Starts etcd and kube-apiserver on free ports of the loopback interface with data in a temporary folder, and waits until
 * the API server is ready and has its system namespaces. Rejects with the end of the log of a failing program.
 */
export async function startReal(source: Source, options: ControlPlaneOptions): Promise<ControlPlane> {
  const attempts = 3;
  for (let attempt = 1; ; attempt++) {
    const started = await tryStart(source, options).catch((error: unknown) => toError(error));
    if (!(started instanceof Error)) return started;
    // Another process may have taken a port after it was found to be free.
    if (attempt === attempts || !/address already in use/.test(started.message)) throw started;
    options.log('a port is in use, trying others');
  }
}

interface Setup {
  readonly options: ControlPlaneOptions;
  readonly folder: string;
  readonly ports: Ports;
  readonly tokens: Tokens;
  readonly runtime: Runtime;
}

async function tryStart(source: Source, options: ControlPlaneOptions): Promise<ControlPlane> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'controlplane-'));
  const [etcd = 0, etcdPeer = 0, apiServer = 0] = await freePorts(3);
  const ports = { etcd, etcdPeer, apiServer };
  const tokens = createTokens(options.users ?? []);
  writeFiles(folder, tokens, options);
  const runtime =
    source.kind === 'binaries'
      ? processRuntime({ binaries: source.binaries, folder, ports })
      : await startContainerRuntime({ folder, ports, ...(source.images && { images: source.images }) });
  const setup = { options, folder, ports, tokens, runtime };
  const parts: Parts = { etcd: undefined, apiServer: undefined, client: undefined };
  try {
    await startEtcd(setup, parts);
    await startApiServer(setup, parts);
    return controlPlane(setup, parts, await serverVersion(parts));
  } catch (error) {
    await stopAll(setup, parts);
    throw error;
  }
}

/** The running programs, set by start and stop. */
interface Parts {
  etcd: Lifeline | undefined;
  apiServer: Lifeline | undefined;
  client: Client | undefined;
}

function controlPlane(setup: Setup, parts: Parts, version: string): ControlPlane {
  const { options, folder, tokens, runtime } = setup;
  const endpoint = { server: serverUrl(setup), ca: readCa(folder), token: tokens.admin };
  const stopApiServer = async (how?: { readonly kill?: boolean }): Promise<void> => {
    await parts.client?.close();
    await parts.apiServer?.stop(how?.kill === true ? 'KILL' : 'TERM');
    parts.apiServer = undefined;
  };
  const restart = async (): Promise<void> => {
    if (parts.apiServer === undefined) await startApiServer(setup, parts);
  };
  return {
    kind: 'real',
    ...endpoint,
    version,
    kubeconfig: kubeconfigOf({ ...endpoint, user: 'admin' }),
    ...(runtime.inside && { inside: runtime.inside }),
    ...(options.audit === true ? { auditLog: path.join(folder, 'audit.log') } : {}),
    etcd: etcdUrl(setup),
    tokenFor: (user) => tokenOf(tokens, user),
    metrics: () => readMetrics(parts),
    forgetHistory: async () => {
      await stopApiServer();
      await compactEtcd(setup);
      await restart();
    },
    stopApiServer,
    startApiServer: restart,
    stop: () => stopAll(setup, parts),
  };
}

async function startEtcd(setup: Setup, parts: Parts): Promise<void> {
  const { ports, runtime, options } = setup;
  const { places } = runtime;
  const started = await runtime.run(
    'etcd',
    etcdFlags({
      dataFolder: `${places.folder}/etcd`,
      host: places.host,
      clientPort: ports.etcd,
      peerPort: ports.etcdPeer,
      advertised: places.etcd,
      extra: options.etcdFlags ?? [],
    }),
  );
  parts.etcd = started;
  const probe = async (): Promise<string | undefined> => {
    const response = await fetch(`${etcdUrl(setup)}/health`, { signal: AbortSignal.timeout(2_000) });
    return response.ok ? undefined : response.text();
  };
  const wait = waitFor(setup, 'etcd', started);
  await waitUntilReady(wait, probe);
}

async function startApiServer(setup: Setup, parts: Parts): Promise<void> {
  const { folder, ports, runtime, options } = setup;
  const { places } = runtime;
  const flags = apiServerFlags({
    folder: places.folder,
    host: places.host,
    port: ports.apiServer,
    etcd: places.etcd,
    audit: options.audit === true,
    extra: options.apiServerFlags ?? [],
  });
  const started = await runtime.run('kube-apiserver', flags);
  parts.apiServer = started;
  const wait = waitFor(setup, 'kube-apiserver', started);
  // The certificate is created at the first start and reused later.
  await waitUntilReady(wait, async () =>
    readCa(folder) === '' ? 'it has not created its certificate yet' : undefined,
  );
  const client = createClient({ server: serverUrl(setup), ca: readCa(folder), token: setup.tokens.admin });
  parts.client = client;
  for (const path of ['/readyz?verbose', '/api/v1/namespaces/default', '/api/v1/namespaces/kube-system']) {
    await waitUntilReady(wait, async () => {
      const response = await client.call({ path });
      return response.status === 200 ? undefined : unready(response.text);
    });
  }
}

function waitFor(
  setup: Setup,
  program: 'etcd' | 'kube-apiserver',
  lifeline: Lifeline,
): Parameters<typeof waitUntilReady>[0] {
  return {
    subject: program,
    log: setup.options.log,
    ...(setup.options.signal === undefined ? {} : { signal: setup.options.signal }),
    exitCode: () => lifeline.exitCode(),
    logFile: path.join(setup.folder, `${program}.log`),
    timeoutMs: 90_000,
  };
}

/** Returns the failing checks of /readyz?verbose, or the start of any other response. */
function unready(text: string): string {
  const failing = text.split('\n').filter((line) => line.startsWith('[-]'));
  return failing.length > 0 ? failing.join(', ') : text.slice(0, 200);
}

async function stopAll(setup: Setup, parts: Parts): Promise<void> {
  await parts.client?.close();
  // Their data are removed anyway, and the API server must not wait for a stopped etcd.
  await parts.apiServer?.stop('KILL');
  await parts.etcd?.stop('KILL');
  parts.apiServer = undefined;
  parts.etcd = undefined;
  await setup.runtime.close();
  rmSync(setup.folder, { recursive: true, force: true, maxRetries: 3 });
}

async function serverVersion(parts: Parts): Promise<string> {
  const response = await parts.client?.call({ path: '/version' });
  return stringAt(JSON.parse(response?.text ?? '{}'), 'gitVersion') ?? '';
}

async function readMetrics(parts: Parts): Promise<string> {
  const response = await parts.client?.call({ path: '/metrics' });
  if (response?.status !== 200) throw new Error(`GET /metrics: ${response?.status ?? 'the API server is stopped'}`);
  return response.text;
}

/** Compacts all revisions but the latest with etcd's JSON gateway. */
async function compactEtcd(setup: Setup): Promise<void> {
  const etcd = etcdUrl(setup);
  const post = async (route: string, body: unknown): Promise<unknown> => {
    const response = await fetch(`${etcd}${route}`, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`etcd ${route}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  const range = await post('/v3/kv/range', { key: 'AA==' });
  const revision = stringAt(objectAt(range, 'header'), 'revision');
  if (revision === undefined) throw new Error(`etcd returned no revision: ${JSON.stringify(range)}`);
  await post('/v3/kv/compaction', { revision, physical: true });
}

function writeFiles(folder: string, tokens: Tokens, options: ControlPlaneOptions): void {
  mkdirSync(path.join(folder, 'certificates'));
  const write = (name: string, text: string): void => writeFileSync(path.join(folder, name), text, { mode: 0o600 });
  write('tokens.csv', tokenFile(tokens, options.users ?? []));
  write('service-account.key', serviceAccountKey());
  if (options.audit === true) write('audit-policy.json', auditPolicy());
}

function etcdUrl({ ports }: Setup): string {
  return `http://127.0.0.1:${ports.etcd}`;
}

function serverUrl(setup: Setup): string {
  return `https://${setup.runtime.places.serverHost}:${setup.ports.apiServer}`;
}

/** Returns the self-signed certificate chain of kube-apiserver with its CA last; empty before it exists. */
function readCa(folder: string): string {
  try {
    return readFileSync(path.join(folder, 'certificates', 'apiserver.crt'), 'utf8');
  } catch {
    return '';
  }
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
