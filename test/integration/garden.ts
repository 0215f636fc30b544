import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { load } from 'js-yaml';
import { systemClock } from '../../pkg/clock/clock.ts';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { createClient, type KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { loadConnection } from '../../pkg/kubernetes/kubeconfig/kubeconfig.ts';
import { createTransport } from '../../pkg/kubernetes/transport/connection.ts';
import { createClient as createHttp, type Reply } from '../controlplane/client.ts';
import { startControlPlane } from '../controlplane/index.ts';
import { kubeconfigOf } from '../controlplane/kubeconfig.ts';
import { freePorts } from '../controlplane/ports.ts';
import { createMissing, seedResources, waitEstablished } from '../support/seed.ts';
import { startService } from '../support/service.ts';
import { type Extension, startExtension } from './extension.ts';

/** A garden on a real API server with Shoots, and the admission as separate processes with one address. */
export interface Garden {
  readonly garden: KubeClient;
  /** Client of the cluster with certificates and Lease, in namespace `garden`. */
  readonly runtime: KubeClient;
  /** Audit log of the garden, if enabled. */
  readonly auditLog: string;
  /** Sends a Shoot as its owner; returns the response with any status. */
  send(request: {
    readonly method: 'POST' | 'PUT';
    readonly shoot: KubeObject;
    readonly dryRun?: boolean;
  }): Promise<Reply>;
  /** Default user: the first one. */
  run(replica?: { readonly user?: string; readonly nodeFlags?: readonly string[] }): Extension;
  /** Polls until the probe returns a value; fails with the output of the processes after a timeout. */
  eventually<T>(what: string, probe: () => Promise<T | undefined>): Promise<T>;
  stop(): Promise<void>;
}

export interface GardenInput {
  readonly log: (line: string) => void;
  /** The permissions of the processes in the garden. */
  readonly rules: readonly object[];
  /** Users of the replicas in the garden; default: `admission`. */
  readonly users?: readonly string[];
  /** True if certificates and Lease are in the garden instead of a separate runtime cluster. */
  readonly isRuntime?: boolean;
  readonly audit?: boolean;
}

export const ownerNamespace = 'extension-networking';
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export async function startGarden(input: GardenInput): Promise<Garden> {
  const { log, rules, users = ['admission'], isRuntime = false, audit = false } = input;
  const folder = mkdtempSync(path.join(tmpdir(), 'netext-test-'));
  const [virtual, beside] = await Promise.all([
    startControlPlane({ log, source: 'real', build: false, users: users.map((name) => ({ name })), audit }),
    isRuntime ? undefined : startControlPlane({ log, source: 'embedded' }),
  ]);
  const filePath = (name: string): string => path.join(folder, name);
  const write = (name: string, text: string): void => writeFileSync(filePath(name), text, { mode: 0o600 });
  write('administrator', virtual.kubeconfig);
  write('runtime', (beside ?? virtual).kubeconfig);
  for (const user of users) write(`as-${user}`, kubeconfigOf({ ...virtual, token: virtual.tokenFor(user), user }));
  const [garden, runtime] = await Promise.all([clientFor(filePath('administrator')), clientFor(filePath('runtime'))]);
  await prepare({ garden: garden.client, runtime: runtime.client, rules, users });
  const http = createHttp(virtual);
  const service = await startService();
  const ports = [...(await freePorts(8))];
  const running = new Set<Extension>();

  return {
    garden: garden.client,
    runtime: runtime.client,
    auditLog: virtual.auditLog ?? '',
    send: ({ method, shoot, dryRun = false }) => {
      const { namespace, name } = shoot.metadata;
      const collection = `/apis/core.gardener.cloud/v1beta1/namespaces/${namespace}/shoots`;
      const target = method === 'POST' ? collection : `${collection}/${name}`;
      return http.call({ method, path: `${target}${dryRun ? '?dryRun=All' : ''}`, body: shoot });
    },
    run({ user = users[0] ?? '', nodeFlags = [] } = {}) {
      const port = ports.shift();
      if (port === undefined) throw new Error('no reserved port is left for another replica');
      service.add(port);
      const flags = [
        `--webhook-config-owner-namespace=${ownerNamespace}`,
        '--webhook-config-mode=url',
        `--webhook-config-url=127.0.0.1:${service.port}`,
        `--webhook-config-server-port=${port}`,
        '--webhook-config-server-host=127.0.0.1',
        '--health-bind-address=127.0.0.1:0',
        '--metrics-bind-address=127.0.0.1:0',
      ];
      const source = { SOURCE_CLUSTER: 'enabled', SOURCE_KUBECONFIG: filePath('runtime') };
      const env = {
        GARDEN_KUBECONFIG: filePath(`as-${user}`),
        LEADER_ELECTION_NAMESPACE: 'garden',
        ...(isRuntime ? {} : source),
      };
      const admission = startExtension({ command: 'admission', flags, env, nodeFlags });
      running.add(admission);
      return admission;
    },
    async eventually(what, probe) {
      for (const end = Date.now() + 60_000; Date.now() < end; await delay(50)) {
        const found = await probe();
        if (found !== undefined) return found;
      }
      throw new Error(`timeout: ${what}\n${[...running].map((one) => one.output()).join('\n')}`);
    },
    async stop() {
      await Promise.all([...running].map((one) => one.kill()));
      await Promise.all([http.close(), service.close(), garden.close(), runtime.close()]);
      await Promise.all([virtual.stop(), beside?.stop()]);
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
  readonly users: readonly string[];
}

async function prepare({ garden, runtime, rules, users }: Preparation): Promise<void> {
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
  const metadata = { name: 'admission' };
  await garden.create({
    resource: { ...rbac, plural: 'clusterroles' },
    object: { apiVersion, kind: 'ClusterRole', metadata, rules },
  });
  const roleRef = { apiGroup: rbac.group, kind: 'ClusterRole', name: metadata.name };
  const subjects = users.map((name) => ({ apiGroup: rbac.group, kind: 'User', name }));
  await garden.create({
    resource: { ...rbac, plural: 'clusterrolebindings' },
    object: { apiVersion, kind: 'ClusterRoleBinding', metadata, roleRef, subjects },
  });
}
