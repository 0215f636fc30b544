import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { load } from 'js-yaml';
import { createClient as createHttp, type Reply } from '../../hack/controlplane/client.ts';
import { startControlPlane } from '../../hack/controlplane/index.ts';
import { kubeconfigOf } from '../../hack/controlplane/kubeconfig.ts';
import { freePorts } from '../../hack/controlplane/ports.ts';
import { createMissing, seedResources, waitEstablished } from '../../hack/seed.ts';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { createClient, type KubeClient } from '../../pkg/kubernetes/client.ts';
import { systemClock } from '../../pkg/kubernetes/clock.ts';
import { createTransport } from '../../pkg/kubernetes/connection.ts';
import { loadConnection } from '../../pkg/kubernetes/kubeconfig.ts';

/** A virtual garden on a real API server with Shoots, a runtime cluster beside it, and the admission as a process of its own. */
export interface Garden {
  readonly garden: KubeClient;
  readonly runtime: KubeClient;
  /** Sends a Shoot as its owner does: any status is an answer. */
  send(request: {
    readonly method: 'POST' | 'PUT';
    readonly shoot: KubeObject;
    readonly dryRun?: boolean;
  }): Promise<Reply>;
  run(): Admission;
  /** Polls until there is something; fails with the output of the process after a generous time. */
  eventually<T>(what: string, probe: () => Promise<T | undefined>): Promise<T>;
  stop(): Promise<void>;
}

export interface Admission {
  /** SIGTERM; gives the exit code. */
  terminate(): Promise<number | null>;
  /** Status and text of a page of the health server. */
  page(path: string): Promise<{ readonly status: number; readonly text: string }>;
  metrics(): Promise<string>;
  output(): string;
}

export const ownerNamespace = 'extension-networking';
const user = 'admission';
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** `rules` are the rights of the process in the virtual garden, which has nobody's but these. */
export async function startGarden(log: (line: string) => void, rules: readonly object[]): Promise<Garden> {
  const folder = mkdtempSync(path.join(tmpdir(), 'netext-test-'));
  const [virtual, beside] = await Promise.all([
    startControlPlane({ log, source: 'real', build: false, users: [{ name: user }] }),
    startControlPlane({ log, source: 'embedded' }),
  ]);
  const token = virtual.tokenFor(user);
  const files = {
    GARDEN_KUBECONFIG: kubeconfigOf({ ...virtual, token, user }),
    SOURCE_KUBECONFIG: beside.kubeconfig,
    admin: virtual.kubeconfig,
  };
  const fileOf = (name: keyof typeof files): string => path.join(folder, name);
  for (const name of Object.keys(files) as (keyof typeof files)[])
    writeFileSync(fileOf(name), files[name], { mode: 0o600 });
  const [garden, runtime] = await Promise.all([clientFor(fileOf('admin')), clientFor(fileOf('SOURCE_KUBECONFIG'))]);
  await prepare({ garden: garden.client, runtime: runtime.client, rules });
  const http = createHttp(virtual);
  const [webhookPort = 0, healthPort = 0, metricsPort = 0] = await freePorts(3);
  const running = new Set<Admission & { kill(): void }>();

  return {
    garden: garden.client,
    runtime: runtime.client,
    send: ({ method, shoot, dryRun = false }) => {
      const { namespace, name } = shoot.metadata;
      const collection = `/apis/core.gardener.cloud/v1beta1/namespaces/${namespace}/shoots`;
      const target = method === 'POST' ? collection : `${collection}/${name}`;
      return http.call({ method, path: `${target}${dryRun ? '?dryRun=All' : ''}`, body: shoot });
    },
    run() {
      const flags = [
        `--webhook-config-owner-namespace=${ownerNamespace}`,
        '--webhook-config-mode=url',
        `--webhook-config-url=127.0.0.1:${webhookPort}`,
        `--webhook-config-server-port=${webhookPort}`,
        '--webhook-config-server-host=127.0.0.1',
        `--health-bind-address=127.0.0.1:${healthPort}`,
        `--metrics-bind-address=127.0.0.1:${metricsPort}`,
        '--log-level=debug',
      ];
      const env = {
        GARDEN_KUBECONFIG: fileOf('GARDEN_KUBECONFIG'),
        SOURCE_KUBECONFIG: fileOf('SOURCE_KUBECONFIG'),
        SOURCE_CLUSTER: 'enabled',
        LEADER_ELECTION_NAMESPACE: 'garden',
      };
      const admission = startAdmission({ flags, env, healthPort, metricsPort });
      running.add(admission);
      return admission;
    },
    async eventually(what, probe) {
      for (const end = Date.now() + 60_000; Date.now() < end; await delay(50)) {
        const found = await probe();
        if (found !== undefined) return found;
      }
      throw new Error(`still not: ${what}\n${[...running].map((one) => one.output()).join('\n')}`);
    },
    async stop() {
      for (const one of running) one.kill();
      await Promise.all([http.close(), garden.close(), runtime.close()]);
      await Promise.all([virtual.stop(), beside.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function clientFor(file: string): Promise<{ readonly client: KubeClient; close(): Promise<void> }> {
  const clock = systemClock();
  const config = await loadConnection({ file, env: {} });
  const transport = createTransport({ config, clock, logger: quiet, userAgent: 'test' });
  return { client: createClient({ transport, clock, random: Math.random }), close: () => transport.close() };
}

interface Preparation {
  readonly garden: KubeClient;
  readonly runtime: KubeClient;
  readonly rules: readonly object[];
}

async function prepare({ garden, runtime, rules }: Preparation): Promise<void> {
  const crd = load(readFileSync(new URL('crds/shoots.yaml', import.meta.url), 'utf8')) as KubeObject;
  await createMissing({ client: garden, resource: seedResources.customResourceDefinitions, object: crd });
  await waitEstablished(garden, [crd]);
  const namespace = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  for (const [client, name] of [
    [garden, 'garden-dev'],
    [garden, ownerNamespace],
    [runtime, 'garden'],
  ] as const)
    await createMissing({ client, resource: seedResources.namespaces, object: namespace(name) });
  const rbac = { group: 'rbac.authorization.k8s.io', version: 'v1', namespaced: false } as const;
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const metadata = { name: user };
  await garden.create({
    resource: { ...rbac, plural: 'clusterroles' },
    object: { apiVersion, kind: 'ClusterRole', metadata, rules },
  });
  const roleRef = { apiGroup: rbac.group, kind: 'ClusterRole', name: user };
  const subjects = [{ apiGroup: rbac.group, kind: 'User', name: user }];
  await garden.create({
    resource: { ...rbac, plural: 'clusterrolebindings' },
    object: { apiVersion, kind: 'ClusterRoleBinding', metadata, roleRef, subjects },
  });
}

interface Start {
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly healthPort: number;
  readonly metricsPort: number;
}

function startAdmission({ flags, env, healthPort, metricsPort }: Start): Admission & { kill(): void } {
  const main = new URL('../../pkg/cli/main.ts', import.meta.url).pathname;
  const args = ['--disable-warning=ExperimentalWarning', main, 'admission', ...flags];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output = `${output}${chunk.toString('utf8')}`.slice(-20_000)));
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  return {
    output: () => output,
    kill: () => void child.kill('SIGKILL'),
    terminate() {
      child.kill('SIGTERM');
      return ended;
    },
    async page(name) {
      const answer = await fetch(`http://127.0.0.1:${healthPort}${name}`);
      return { status: answer.status, text: await answer.text() };
    },
    metrics: async () => (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text(),
  };
}
