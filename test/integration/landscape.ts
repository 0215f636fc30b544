import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { resources } from '../../controllers/resources.ts';
import { isRecord, type KubeObject, recordOf } from '../../pkg/gardener/objects.ts';
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
  /** Folder for files that tests write for processes. */
  readonly folder: string;
  /** Creates Namespace, Cluster and Network of a shoot, unless they exist. */
  shoot(name: string, change?: ShootChange): Promise<void>;
  network(name: string): Promise<KubeObject>;
  patch(name: string, patch: object): Promise<unknown>;
  cluster(name: string, shoot: object): Promise<unknown>;
  /** Starts the extension, by default with the kubeconfig of the administrator. */
  run(...flags: readonly string[]): Extension;
  /** Returns an unused port; a different one for each call. */
  freePort(): number;
  /** Writes a kubeconfig file for another user or server; returns its name. */
  kubeconfig(parameters: ConnectionParameters): string;
  /** Polls until the probe returns a value; fails with the output of the extensions after a timeout. */
  eventually<T>(what: string, probe: () => Promise<T | undefined>): Promise<T>;
  /** Polls until a condition is true. */
  waitFor(what: string, condition: () => boolean | Promise<boolean>): Promise<void>;
  /** Requests a reconcile of these Networks, as gardenlet does. */
  requestReconcile(...names: readonly string[]): Promise<void>;
  /** Returns the Network when it is ready; tolerates outages of the API server. */
  ready(name: string): Promise<KubeObject>;
  areReady(...names: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

export interface ShootChange {
  /** Default: calico. */
  readonly type?: ExampleType;
  /** Merged into that of the example; null removes. */
  readonly spec?: object;
  readonly shoot?: object;
}

/** Connection parameters; default: address and certificates of the API server. */
export interface ConnectionParameters {
  readonly server?: string;
  readonly caFile?: string;
  readonly token?: string;
  readonly tokenFile?: string;
}

/** Starts a seed, by default on a control plane of processes; `start` can provide another one. `stop` stops either. */
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

  const namespaceFor = (name: string): string => `shoot--test--${name}`;
  let kubeconfigs = 0;
  const freePort = (): number => {
    const [port] = ports.splice(0, 1);
    if (port === undefined) throw new Error('no reserved port is left');
    return port;
  };

  const network = (name: string): Promise<KubeObject> =>
    client.get({ resource: resources.networks, namespace: namespaceFor(name), name });
  const patch = (name: string, change: object): Promise<unknown> =>
    client.mergePatch({ resource: resources.networks, namespace: namespaceFor(name), name, patch: change });

  async function eventually<T>(what: string, probe: () => Promise<T | undefined>): Promise<T> {
    for (const end = Date.now() + 60_000; Date.now() < end; await delay(50)) {
      const found = await probe();
      if (found !== undefined) return found;
    }
    throw new Error(`timeout: ${what}\n${[...running].map((one) => one.output()).join('\n')}`);
  }

  async function waitFor(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    await eventually(what, async () => ((await condition()) ? true : undefined));
  }

  async function requestReconcile(...names: readonly string[]): Promise<void> {
    for (const name of names) await patch(name, { metadata: { annotations: operationAnnotations() } });
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
      const namespace = namespaceFor(name);
      const { network: exampleNetwork, cluster: exampleCluster } = exampleObjects(change.type);
      await createMissing({
        client,
        resource: seedResources.namespaces,
        object: shootNamespace(namespace, change.type),
      });
      const shoot = merged(shootWith(exampleCluster), change.shoot);
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
        object: { ...exampleNetwork, metadata: { name, namespace, annotations: operationAnnotations() }, spec },
      });
    },
    network,
    patch,
    cluster: (name, shoot) =>
      client.mergePatch({ resource: resources.clusters, name: namespaceFor(name), patch: { spec: { shoot } } }),
    freePort,
    run(...flags) {
      const extension = startExtension({ flags: [`--kubeconfig=${kubeconfig}`, ...serverFlags(freePort()), ...flags] });
      running.add(extension);
      return extension;
    },
    kubeconfig(parameters) {
      kubeconfigs += 1;
      const file = path.join(folder, `kubeconfig-${kubeconfigs}`);
      writeFileSync(file, kubeconfigText(controlPlane, parameters), { mode: 0o600 });
      return file;
    },
    eventually,
    waitFor,
    requestReconcile,
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

/** Returns the annotations by which gardenlet requests an operation on a Network. */
export function operationAnnotations(operation = 'reconcile'): Readonly<Record<string, string>> {
  return { 'gardener.cloud/operation': operation, 'gardener.cloud/timestamp': new Date().toISOString() };
}

/** Reports readiness as gardenlet does (docs/design/gardener.md#readiness). */
export function isReady(network: KubeObject): boolean {
  const status = readStatus(network);
  const last = recordOf(status['lastOperation']);
  const annotated = network.metadata.annotations?.['gardener.cloud/operation'] !== undefined;
  return (
    !annotated &&
    status['lastError'] === undefined &&
    last['state'] === 'Succeeded' &&
    status['observedGeneration'] === network.metadata.generation
  );
}

export function readStatus(network: KubeObject): Readonly<Record<string, unknown>> {
  return recordOf(network['status']);
}

/** Returns flags without fixed ports, which other programs may use. The webhook listens on loopback. */
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

/** Returns a kubeconfig as JSON, which is valid YAML. */
function kubeconfigText(controlPlane: ControlPlane, parameters: ConnectionParameters): string {
  const { server = controlPlane.server, caFile, token, tokenFile } = parameters;
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

function shootWith(cluster: KubeObject): unknown {
  return isRecord(cluster['spec']) ? cluster['spec']['shoot'] : undefined;
}

/** Merges as in RFC 7386 without nulls, sufficient for variations of an example. */
function merged(base: unknown, change: unknown): unknown {
  if (!isRecord(change)) return change ?? base;
  const from = recordOf(base);
  return {
    ...from,
    ...Object.fromEntries(
      Object.entries(change).map(([name, value]) => [name, value === null ? undefined : merged(from[name], value)]),
    ),
  };
}
