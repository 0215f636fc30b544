/** Shoots in one seed, each with its own namespace, Cluster, name and pod range, and operations on all of them. */
import { setTimeout } from 'node:timers/promises';
import { resources } from '../../controllers/resources.ts';
import { type KubeObject, recordOf } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { ApiError } from '../../pkg/kubernetes/client/errors.ts';
import { operationAnnotations } from '../integration/landscape.ts';
import { createMissing, type ExampleType, exampleObjects, seedResources, shootNamespace } from '../support/seed.ts';

export interface Fleet {
  readonly size: number;
  readonly type: ExampleType;
  /** Names of the Networks; each is in the namespace `shoot--bench--<name>`. */
  readonly names: readonly string[];
  patch(name: string, change: object): Promise<unknown>;
  /** Watches while `send` sends writes. Returns the milliseconds from each write until its Network, of any fleet, is done. */
  observeEach(names: readonly string[], input: Observation): Promise<readonly number[]>;
  /** Creates the namespaces and Clusters, as gardenlet does before it creates a Network. */
  prepare(): Promise<void>;
  /** Creates Networks with a class that no process serves, for the floor. */
  seed(): Promise<readonly KubeObject[]>;
  clear(): Promise<void>;
  /** This and the following ones resolve when the operation is complete for all Networks. Returns the milliseconds for each Network. */
  create(): Promise<readonly number[]>;
  annotate(): Promise<readonly number[]>;
  change(): Promise<readonly number[]>;
  remove(): Promise<readonly number[]>;
}

export interface Observation {
  readonly isDone: (network: KubeObject | undefined) => boolean;
  /** Has to call `write` once for each name. */
  readonly send: (write: (name: string, send: () => Promise<unknown>) => Promise<void>) => Promise<void>;
}

export interface FleetInput {
  readonly client: KubeClient;
  readonly size: number;
  /** Distinguishes fleets of one API server. */
  readonly prefix: string;
  readonly type: ExampleType;
}

/** A providerConfig of each type with another MTU. */
const otherConfig: Readonly<Record<ExampleType, object>> = { calico: { vethMTU: '1440' }, cilium: { mtu: 1440 } };

export function createFleet({ client, size, prefix, type }: FleetInput): Fleet {
  const names = Array.from({ length: size }, (_, index) => `${prefix}-${index}`);
  const { network, cluster } = exampleObjects(type);
  const namespaceFor = (name: string): string => `shoot--bench--${name}`;
  const createNetwork = (name: string, index: number): KubeObject => ({
    ...network,
    metadata: { name, namespace: namespaceFor(name), annotations: operationAnnotations() },
    spec: { ...(network['spec'] as object), podCIDR: `100.${64 + ((index >> 4) & 63)}.${(index & 15) << 4}.0/20` },
  });

  /** Sends one write per Network, ten at a time, and waits until all are done. */
  const writeAll = (
    write: (name: string, index: number) => Promise<unknown>,
    isDone: Observation['isDone'],
  ): Promise<readonly number[]> =>
    observeEach(names, {
      isDone,
      send: (measured) => inParallel(names, (name, index) => measured(name, () => write(name, index))),
    });

  /** One watch for all, since polling would distort the figures. */
  async function observeEach(targets: readonly string[], { isDone, send }: Observation): Promise<readonly number[]> {
    const started = new Map<string, number>();
    const took = new Map<string, number>();
    const watching = new AbortController();
    const done = Promise.withResolvers<void>();
    const observe = (name: string, network: KubeObject | undefined): void => {
      const start = started.get(name);
      if (start === undefined || took.has(name) || !isDone(network)) return;
      took.set(name, performance.now() - start);
      if (took.size === targets.length) done.resolve();
    };
    const { resourceVersion } = await client.listPage({ resource: resources.networks, pageSize: 1 });
    const events = follow({ client, resourceVersion, signal: watching.signal, observe });
    await send(async (name, write) => {
      started.set(name, performance.now());
      await write();
    });
    await done.promise;
    watching.abort();
    await events;
    return [...took.values()];
  }

  const patch = (name: string, change: object): Promise<unknown> =>
    client.mergePatch({ resource: resources.networks, namespace: namespaceFor(name), name, patch: change });

  return {
    size,
    type,
    names,
    patch,
    observeEach,
    async prepare() {
      await inParallel(names, async (name) => {
        await createMissing({
          client,
          resource: seedResources.namespaces,
          object: shootNamespace(namespaceFor(name), type),
        });
        await createMissing({
          client,
          resource: resources.clusters,
          object: createCluster(cluster, namespaceFor(name)),
        });
      });
    },
    seed: () =>
      Promise.all(
        names.map((name, index) =>
          client.create({ resource: resources.networks, object: withUnservedClass(createNetwork(name, index)) }),
        ),
      ),
    async clear() {
      await inParallel(names, async (name) => {
        await patch(name, { metadata: { finalizers: null } });
        await client.delete({ resource: resources.networks, namespace: namespaceFor(name), name });
      });
    },
    create: () =>
      writeAll(
        (name, index) => client.create({ resource: resources.networks, object: createNetwork(name, index) }),
        isSucceeded,
      ),
    annotate: () => writeAll((name) => patch(name, { metadata: { annotations: operationAnnotations() } }), isSucceeded),
    change: () =>
      writeAll(
        (name) =>
          patch(name, {
            metadata: { annotations: operationAnnotations() },
            spec: { providerConfig: otherConfig[type] },
          }),
        isSucceeded,
      ),
    remove: () =>
      writeAll(
        (name) => client.delete({ resource: resources.networks, namespace: namespaceFor(name), name }),
        (found) => found === undefined,
      ),
  };
}

/** Gives each shoot its own advertised API server, which cilium without kube-proxy renders. */
function createCluster(example: KubeObject, name: string): KubeObject {
  const text = JSON.stringify({ ...example, metadata: { name } });
  return JSON.parse(text.replaceAll('https://api.', `https://api.${name}.`)) as KubeObject;
}

interface FollowInput {
  readonly client: KubeClient;
  readonly resourceVersion: string;
  readonly signal: AbortSignal;
  readonly observe: (name: string, network: KubeObject | undefined) => void;
}

/**
 * Watches until the signal aborts. An API server ends the watches of custom resources when it serves their definition anew, and refuses new ones for a
 * moment, so it continues then.
 */
async function follow({ resourceVersion, signal, ...input }: FollowInput): Promise<void> {
  let position = resourceVersion;
  while (!signal.aborted) {
    try {
      position = await followOnce({ ...input, resourceVersion: position, signal });
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiError) || error.retryAfterMs === undefined) throw error;
      await setTimeout(error.retryAfterMs);
    }
  }
}

/** Returns the last resourceVersion when the API server ends the watch. */
async function followOnce({ client, observe, ...from }: FollowInput): Promise<string> {
  let position = from.resourceVersion;
  for await (const { type, object } of client.watch({ resource: resources.networks, ...from })) {
    position = object.metadata.resourceVersion ?? position;
    if (type === 'DELETED') observe(object.metadata.name, undefined);
    else if (type !== 'BOOKMARK') observe(object.metadata.name, object);
  }
  return position;
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

function withUnservedClass(network: KubeObject): KubeObject {
  return { ...network, spec: { ...(network['spec'] as object), class: 'bench' } };
}

/** Reports success as gardenlet does (docs/design/gardener.md#readiness). */
export function isSucceeded(network: KubeObject | undefined): boolean {
  if (network === undefined || network.metadata.annotations?.['gardener.cloud/operation'] !== undefined) return false;
  const status = recordOf(network['status']);
  const last = recordOf(status['lastOperation']);
  return last['state'] === 'Succeeded' && status['observedGeneration'] === network.metadata.generation;
}
