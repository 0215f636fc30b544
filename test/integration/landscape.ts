import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { resources } from '../../controllers/resources.ts';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { type ControlPlane, startControlPlane } from '../controlplane/index.ts';
import { freePorts } from '../controlplane/ports.ts';
import { connectByFile } from '../support/connect.ts';
import {
  createMissing,
  type ExampleType,
  exampleObjects,
  installCRDs,
  seedResources,
  shootNamespace,
} from '../support/seed.ts';
import { type Extension, startExtension } from './extension.ts';

/** A seed on a real API server, and the extension as a process that can be killed. */
export interface Landscape {
  readonly client: KubeClient;
  readonly controlPlane: ControlPlane;
  /** Of files that tests write for processes. */
  readonly folder: string;
  /** Namespace, Cluster and Network of one shoot; what is there already stays. */
  shoot(name: string, change?: ShootChange): Promise<void>;
  network(name: string): Promise<KubeObject>;
  patch(name: string, patch: object): Promise<unknown>;
  cluster(name: string, shoot: object): Promise<unknown>;
  /** The administrator's kubeconfig unless the flags name another one. */
  run(...flags: readonly string[]): Extension;
  /** One that nobody listens on; each only once. */
  freePort(): number;
  /** Writes a kubeconfig file for another user or another way; gives its name. */
  kubeconfig(way: Way): string;
  /** Polls until there is something; fails with the output of the extensions after a generous time. */
  eventually<T>(what: string, probe: () => Promise<T | undefined>): Promise<T>;
  /** The same for a condition that is to hold. */
  happened(what: string, condition: () => boolean | Promise<boolean>): Promise<void>;
  /** Wants these Networks reconciled, as gardenlet does. */
  ask(...names: readonly string[]): Promise<void>;
  /** The Network once it is ready; the API server may be away meanwhile. */
  ready(name: string): Promise<KubeObject>;
  areReady(...names: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

export interface ShootChange {
  /** Calico unless told. */
  readonly type?: ExampleType;
  /** Merged into the example's, null removes. */
  readonly spec?: object;
  readonly shoot?: object;
}

/** The API server's own address and certificates, unless told. */
export interface Way {
  readonly server?: string;
  readonly caFile?: string;
  readonly token?: string;
  readonly tokenFile?: string;
}

/** On a control plane of processes, unless `start` brings another one; `stop` ends it in any case. */
export async function startLandscape(
  log: (line: string) => void,
  start = (): Promise<ControlPlane> => startControlPlane({ log, source: 'real', build: false }),
): Promise<Landscape> {
  const controlPlane = await start();
  const folder = mkdtempSync(path.join(tmpdir(), 'netext-test-'));
  const kubeconfig = path.join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, controlPlane.kubeconfig, { mode: 0o600 });
  const { client, close } = await connectByFile(kubeconfig, 'test');
  const running = new Set<Extension>();
  const ports = [...(await freePorts(64))];
  await installCRDs(client);

  const namespaceOf = (name: string): string => `shoot--test--${name}`;
  let kubeconfigs = 0;
  const freePort = (): number => {
    const [port] = ports.splice(0, 1);
    if (port === undefined) throw new Error('more free ports are asked for than were looked for');
    return port;
  };

  const network = (name: string): Promise<KubeObject> =>
    client.get({ resource: resources.networks, namespace: namespaceOf(name), name });
  const patch = (name: string, change: object): Promise<unknown> =>
    client.mergePatch({ resource: resources.networks, namespace: namespaceOf(name), name, patch: change });

  async function eventually<T>(what: string, probe: () => Promise<T | undefined>): Promise<T> {
    for (const end = Date.now() + 60_000; Date.now() < end; await delay(50)) {
      const found = await probe();
      if (found !== undefined) return found;
    }
    throw new Error(`still not: ${what}\n${[...running].map((one) => one.output()).join('\n')}`);
  }

  async function happened(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    await eventually(what, async () => ((await condition()) ? true : undefined));
  }

  async function ask(...names: readonly string[]): Promise<void> {
    for (const name of names) await patch(name, { metadata: { annotations: asked() } });
  }

  function ready(name: string): Promise<KubeObject> {
    return eventually(`${name} is ready`, async () => {
      const found = await network(name).catch(() => undefined);
      return found !== undefined && isReady(found) ? found : undefined;
    });
  }

  async function areReady(...names: readonly string[]): Promise<void> {
    for (const name of names) await ready(name);
  }

  return {
    client,
    controlPlane,
    folder,
    async shoot(name, change = {}) {
      const namespace = namespaceOf(name);
      const { network: exampleNetwork, cluster: exampleCluster } = exampleObjects(change.type);
      await createMissing({
        client,
        resource: seedResources.namespaces,
        object: shootNamespace(namespace, change.type),
      });
      const shoot = merged(shootOf(exampleCluster), change.shoot);
      await createMissing({
        client,
        resource: resources.clusters,
        object: {
          ...exampleCluster,
          metadata: { name: namespace },
          spec: { ...(exampleCluster['spec'] as object), shoot },
        },
      });
      const spec = merged(exampleNetwork['spec'], change.spec);
      await createMissing({
        client,
        resource: resources.networks,
        object: { ...exampleNetwork, metadata: { name, namespace, annotations: asked() }, spec },
      });
    },
    network,
    patch,
    cluster: (name, shoot) =>
      client.mergePatch({ resource: resources.clusters, name: namespaceOf(name), patch: { spec: { shoot } } }),
    freePort,
    run(...flags) {
      const extension = startExtension({ flags: [`--kubeconfig=${kubeconfig}`, ...serverFlags(freePort()), ...flags] });
      running.add(extension);
      return extension;
    },
    kubeconfig(way) {
      kubeconfigs += 1;
      const file = path.join(folder, `kubeconfig-${kubeconfigs}`);
      writeFileSync(file, kubeconfigText(controlPlane, way), { mode: 0o600 });
      return file;
    },
    eventually,
    happened,
    ask,
    ready,
    areReady,
    async stop() {
      await Promise.all([...running].map((one) => one.kill()));
      await close();
      await controlPlane.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The annotations that gardenlet writes when it wants something done with a Network. */
export function asked(operation = 'reconcile'): Readonly<Record<string, string>> {
  return { 'gardener.cloud/operation': operation, 'gardener.cloud/timestamp': new Date().toISOString() };
}

/** As gardenlet judges readiness (docs/design/gardener.md#readiness). */
export function isReady(network: KubeObject): boolean {
  const status = statusOf(network);
  const last = isRecord(status['lastOperation']) ? status['lastOperation'] : {};
  const annotated = network.metadata.annotations?.['gardener.cloud/operation'] !== undefined;
  return (
    !annotated &&
    status['lastError'] === undefined &&
    last['state'] === 'Succeeded' &&
    status['observedGeneration'] === network.metadata.generation
  );
}

export function statusOf(network: KubeObject): Readonly<Record<string, unknown>> {
  return isRecord(network['status']) ? network['status'] : {};
}

/** No fixed ports, since suites run on machines where something else runs, too. The webhook is reached on loopback. */
function serverFlags(port: number): readonly string[] {
  return [
    '--metrics-bind-address=127.0.0.1:0',
    '--health-bind-address=127.0.0.1:0',
    '--webhook-config-namespace=default',
    '--webhook-config-mode=url',
    `--webhook-config-url=127.0.0.1:${port}`,
    '--webhook-config-server-host=127.0.0.1',
    `--webhook-config-server-port=${port}`,
  ];
}

/** JSON is YAML, too. */
function kubeconfigText(controlPlane: ControlPlane, way: Way): string {
  const { server = controlPlane.server, caFile, token, tokenFile } = way;
  const ca = Buffer.from(controlPlane.ca ?? '').toString('base64');
  const trust = caFile === undefined ? { 'certificate-authority-data': ca } : { 'certificate-authority': caFile };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'seed', cluster: { server, ...(server.startsWith('https:') ? trust : {}) } }],
    users: [
      { name: 'extension', user: tokenFile === undefined ? { token: token ?? controlPlane.token } : { tokenFile } },
    ],
    contexts: [{ name: 'seed', context: { cluster: 'seed', user: 'extension' } }],
    'current-context': 'seed',
  });
}

function shootOf(cluster: KubeObject): unknown {
  return isRecord(cluster['spec']) ? cluster['spec']['shoot'] : undefined;
}

/** RFC 7386 without nulls: enough for variations of an example. */
function merged(base: unknown, change: unknown): unknown {
  if (!isRecord(change)) return change ?? base;
  const from = isRecord(base) ? base : {};
  return {
    ...from,
    ...Object.fromEntries(
      Object.entries(change).map(([name, value]) => [name, value === null ? undefined : merged(from[name], value)]),
    ),
  };
}
