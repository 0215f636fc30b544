import type { KubeObject } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import type { NetworkPlugin, ObjectName } from '../../pkg/network/plugin.ts';
import { resourceOfKind, resources } from '../resources.ts';

/** What a run finds in the seed. It reads from the API server, without a cache. */
export interface Seed {
  readonly cluster: KubeObject | undefined;
  /** The existing ones of the plugin, by name. */
  readonly managedResources: ReadonlyMap<string, KubeObject>;
  /** The existing monitoring objects of the plugin, by `objectId`. */
  readonly monitoring: ReadonlyMap<string, KubeObject>;
}

/** Secrets by name; undefined for one that does not exist. */
export type StoredSecrets = ReadonlyMap<string, KubeObject | undefined>;

export interface ObserveInput {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly plugin: NetworkPlugin;
  /** Monitoring objects to read. */
  readonly names: readonly ObjectName[];
  /**
   * The Network shows no sign of an earlier run, so only the Cluster is read. If objects exist nevertheless, creating them fails with
   * AlreadyExists. This saves a third of the requests for a new Network.
   */
  readonly isNew?: boolean;
}

/** Reads Cluster, ManagedResources and monitoring objects in parallel. */
export async function observeSeed({ client, namespace, plugin, names, isNew = false }: ObserveInput): Promise<Seed> {
  const readCluster = client.find({ resource: resources.clusters, name: namespace });
  if (isNew) return { cluster: await readCluster, managedResources: new Map(), monitoring: new Map() };
  const [cluster, managedResources, monitoring] = await Promise.all([
    readCluster,
    Promise.all(
      managedResourceNames(plugin).map((name) =>
        client.find({ resource: resources.managedResources, namespace, name }),
      ),
    ),
    Promise.all(names.map(({ kind, name }) => client.find({ resource: resourceOfKind(kind), namespace, name }))),
  ]);
  return {
    cluster,
    managedResources: new Map(existing(managedResources).map((one) => [one.metadata.name, one])),
    monitoring: new Map(
      existing(monitoring).map((one) => [objectId({ kind: one.kind, name: one.metadata.name }), one]),
    ),
  };
}

/** The first one holds the CNI. */
function managedResourceNames({ managedResource, shootWebhook }: NetworkPlugin): readonly string[] {
  return shootWebhook === undefined ? [managedResource] : [managedResource, shootWebhook.managedResource];
}

/** `Kind name`, which identifies a monitoring object in a namespace. */
export function objectId(name: { readonly kind: string; readonly name: string }): string {
  return `${name.kind} ${name.name}`;
}

/** Reads Secrets in parallel. */
export async function readSecrets(
  { client, namespace }: Pick<ObserveInput, 'client' | 'namespace'>,
  names: readonly string[],
): Promise<StoredSecrets> {
  const read = names.map(async (name) => {
    const secret = await client.find({ resource: resources.secrets, namespace, name });
    return [name, secret] as const;
  });
  return new Map(await Promise.all(read));
}

function existing<T>(values: readonly (T | undefined)[]): readonly T[] {
  return values.filter((one) => one !== undefined);
}
