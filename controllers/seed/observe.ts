import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { readManifests } from '../../pkg/managedresource/read.ts';
import type { NetworkPlugin, ObjectName, Observed } from '../../pkg/network/plugin.ts';
import { resourceOfKind, resources } from './resources.ts';

/** The seed as a run finds it; read live, nothing is cached. */
export interface Seed {
  readonly cluster: KubeObject | undefined;
  /** What exists of the plugin's ManagedResources, by name. */
  readonly managedResources: ReadonlyMap<string, KubeObject>;
  /** What exists of the plugin's monitoring, by `Kind name`. */
  readonly monitoring: ReadonlyMap<string, KubeObject>;
}

/** Secrets by name; undefined for one that was looked for and is not there. */
export type StoredSecrets = ReadonlyMap<string, KubeObject | undefined>;

export interface ObserveInput {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly plugin: NetworkPlugin;
  /** The names to look for, out of `plugin.seedObjectNames`. */
  readonly names: readonly ObjectName[];
  /**
   * Nothing of ours can be there, as far as the Network tells: it is not looked for, and creating it shows if that was wrong. A third of the
   * requests of a new Network are saved so.
   */
  readonly fresh?: boolean;
}

/** Reads Cluster, ManagedResources and monitoring side by side. */
export async function observeSeed({ client, namespace, plugin, names, fresh = false }: ObserveInput): Promise<Seed> {
  const readCluster = client.find({ resource: resources.clusters, name: namespace });
  if (fresh) return { cluster: await readCluster, managedResources: new Map(), monitoring: new Map() };
  const [cluster, managedResources, monitoring] = await Promise.all([
    readCluster,
    Promise.all(
      managedResourcesOf(plugin).map((name) => client.find({ resource: resources.managedResources, namespace, name })),
    ),
    Promise.all(names.map(({ kind, name }) => client.find({ resource: resourceOfKind(kind), namespace, name }))),
  ]);
  return {
    cluster,
    managedResources: new Map(present(managedResources).map((one) => [one.metadata.name, one])),
    monitoring: new Map(present(monitoring).map((one) => [idOf({ kind: one.kind, name: one.metadata.name }), one])),
  };
}

/** Names of a plugin's ManagedResources, the one that holds the CNI first. */
function managedResourcesOf({ managedResource, shootWebhook }: NetworkPlugin): readonly string[] {
  return shootWebhook === undefined ? [managedResource] : [managedResource, shootWebhook.managedResource];
}

/** `Kind name`: what identifies a monitoring object within one namespace. */
export function idOf(name: { readonly kind: string; readonly name: string }): string {
  return `${name.kind} ${name.name}`;
}

/** Names of the Secrets that a ManagedResource refers to. */
export function secretNamesOf(managedResource: KubeObject | undefined): readonly string[] {
  const spec = managedResource !== undefined && isRecord(managedResource['spec']) ? managedResource['spec'] : {};
  const refs = Array.isArray(spec['secretRefs']) ? spec['secretRefs'] : [];
  return refs.flatMap((ref: unknown) =>
    isRecord(ref) && typeof ref['name'] === 'string' && ref['name'] !== '' ? [ref['name']] : [],
  );
}

/** Reads Secrets side by side. */
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

/**
 * The objects that the shoot has been given so far, from the Secrets of its ManagedResource. Missing or unreadable ones make it unknown: a
 * plan that depends on it must then keep everything as it is (verdict calico B11).
 */
export function presentObjects(
  managedResource: KubeObject | undefined,
  secrets: StoredSecrets,
): Observed<readonly KubeObject[]> {
  if (managedResource === undefined) return { known: true, value: [] };
  const { name } = managedResource.metadata;
  const names = secretNamesOf(managedResource);
  const missing = names.filter((one) => secrets.get(one) === undefined);
  if (missing.length > 0)
    return { known: false, reason: `Secret ${missing.join(', ')} of ManagedResource ${name} is gone` };
  try {
    return { known: true, value: readManifests(present(names.map((one) => secrets.get(one)))) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { known: false, reason: `Secret of ManagedResource ${name}: ${reason}` };
  }
}

function present<T>(values: readonly (T | undefined)[]): readonly T[] {
  return values.filter((one) => one !== undefined);
}
