/** A number of shoots in one seed, each with its own namespace, Cluster, name and pod range, and what is done to all of them. */
import { resources } from '../../controllers/resources.ts';
import { type KubeObject, recordOf } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { operationAnnotations } from '../integration/landscape.ts';
import { createMissing, type ExampleType, exampleObjects, seedResources, shootNamespace } from '../support/seed.ts';

export interface Fleet {
  readonly size: number;
  /** Creates the namespaces and Clusters: what gardenlet has done before it writes a Network. */
  prepare(): Promise<void>;
  /** Creates the Networks of a class that nobody serves, for the floor, and removes them without anybody's help. */
  seed(): Promise<readonly KubeObject[]>;
  clear(): Promise<void>;
  /** Each returns when every Network is where it should be, with the milliseconds that each one took. */
  create(): Promise<readonly number[]>;
  annotate(): Promise<readonly number[]>;
  change(): Promise<readonly number[]>;
  remove(): Promise<readonly number[]>;
}

export interface FleetInput {
  readonly client: KubeClient;
  readonly size: number;
  /** Distinguishes fleets of one API server. */
  readonly prefix: string;
  readonly type: ExampleType;
}

/** What each type calls another MTU. */
const otherConfig: Readonly<Record<ExampleType, object>> = { calico: { vethMTU: '1440' }, cilium: { mtu: 1440 } };

export function createFleet({ client, size, prefix, type }: FleetInput): Fleet {
  const names = Array.from({ length: size }, (_, index) => `${prefix}-${index}`);
  const { network, cluster } = exampleObjects(type);
  const namespaceOf = (name: string): string => `shoot--bench--${name}`;
  const networkOf = (name: string, index: number): KubeObject => ({
    ...network,
    metadata: { name, namespace: namespaceOf(name), annotations: operationAnnotations() },
    spec: { ...(network['spec'] as object), podCIDR: `100.${64 + ((index >> 4) & 63)}.${(index & 15) << 4}.0/20` },
  });

  /** Sends a write for every Network, ten at a time, and sees by one watch when each is done; polling would burden what is measured. */
  async function each(
    write: (name: string, index: number) => Promise<unknown>,
    isDone: (network: KubeObject | undefined) => boolean,
  ): Promise<readonly number[]> {
    const started = new Map<string, number>();
    const took = new Map<string, number>();
    const watching = new AbortController();
    const done = Promise.withResolvers<void>();
    const see = (name: string, network: KubeObject | undefined): void => {
      const start = started.get(name);
      if (start === undefined || took.has(name) || !isDone(network)) return;
      took.set(name, performance.now() - start);
      if (took.size === size) done.resolve();
    };
    const { resourceVersion } = await client.list({ resource: resources.networks });
    const events = follow({ client, resourceVersion, signal: watching.signal, see });
    await inParallel(names, async (name, index) => {
      started.set(name, performance.now());
      await write(name, index);
    });
    await done.promise;
    watching.abort();
    await events;
    return [...took.values()];
  }

  const patch = (name: string, change: object): Promise<unknown> =>
    client.mergePatch({ resource: resources.networks, namespace: namespaceOf(name), name, patch: change });

  return {
    size,
    async prepare() {
      await inParallel(names, async (name) => {
        await createMissing({
          client,
          resource: seedResources.namespaces,
          object: shootNamespace(namespaceOf(name), type),
        });
        await createMissing({
          client,
          resource: resources.clusters,
          object: clusterOf(cluster, namespaceOf(name)),
        });
      });
    },
    seed: () =>
      Promise.all(
        names.map((name, index) =>
          client.create({ resource: resources.networks, object: unserved(networkOf(name, index)) }),
        ),
      ),
    async clear() {
      await inParallel(names, async (name) => {
        await patch(name, { metadata: { finalizers: null } });
        await client.delete({ resource: resources.networks, namespace: namespaceOf(name), name });
      });
    },
    create: () =>
      each(
        (name, index) => client.create({ resource: resources.networks, object: networkOf(name, index) }),
        isSucceeded,
      ),
    annotate: () => each((name) => patch(name, { metadata: { annotations: operationAnnotations() } }), isSucceeded),
    change: () =>
      each(
        (name) =>
          patch(name, {
            metadata: { annotations: operationAnnotations() },
            spec: { providerConfig: otherConfig[type] },
          }),
        isSucceeded,
      ),
    remove: () =>
      each(
        (name) => client.delete({ resource: resources.networks, namespace: namespaceOf(name), name }),
        (found) => found === undefined,
      ),
  };
}

/** Where the API server of a shoot is advertised, it is another one for each: cilium without kube-proxy renders it. */
function clusterOf(example: KubeObject, name: string): KubeObject {
  const text = JSON.stringify({ ...example, metadata: { name } });
  return JSON.parse(text.replaceAll('https://api.', `https://api.${name}.`)) as KubeObject;
}

interface FollowInput {
  readonly client: KubeClient;
  readonly resourceVersion: string;
  readonly signal: AbortSignal;
  readonly see: (name: string, network: KubeObject | undefined) => void;
}

async function follow({ client, resourceVersion, signal, see }: FollowInput): Promise<void> {
  try {
    for await (const event of client.watch({ resource: resources.networks, resourceVersion, signal })) {
      if (event.type === 'DELETED') see(event.object.metadata.name, undefined);
      else if (event.type !== 'BOOKMARK') see(event.object.metadata.name, event.object);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Runs a task for each name, ten at a time. */
export async function inParallel(
  names: readonly string[],
  task: (name: string, index: number) => Promise<void>,
): Promise<void> {
  const entries = names.entries();
  const worker = async (): Promise<void> => {
    for (const [index, name] of entries) await task(name, index);
  };
  await Promise.all(Array.from({ length: 10 }, worker));
}

function unserved(network: KubeObject): KubeObject {
  return { ...network, spec: { ...(network['spec'] as object), class: 'bench' } };
}

/** As gardenlet judges it (docs/design/gardener.md#readiness). */
function isSucceeded(network: KubeObject | undefined): boolean {
  if (network === undefined || network.metadata.annotations?.['gardener.cloud/operation'] !== undefined) return false;
  const status = recordOf(network['status']);
  const last = recordOf(status['lastOperation']);
  return last['state'] === 'Succeeded' && status['observedGeneration'] === network.metadata.generation;
}
