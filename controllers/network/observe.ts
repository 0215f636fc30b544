import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client.ts';
import { readManifests } from '../../pkg/managedresource/read.ts';
import type { NetworkPlugin, ObjectName, Observed } from '../../pkg/network/plugin.ts';
import { resourceOfKind, resources } from './resources.ts';

/** The seed as a run finds it; read live, nothing is cached. */
export interface Seed {
  readonly cluster: KubeObject | undefined;
  readonly managedResource: KubeObject | undefined;
  /** What exists of the plugin's monitoring, by `Kind name`. */
  readonly monitoring: ReadonlyMap<string, KubeObject>;
}

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

/** Reads Cluster, ManagedResource and monitoring side by side. */
export async function observeSeed({ client, namespace, plugin, names, fresh = false }: ObserveInput): Promise<Seed> {
  if (fresh) {
    const only = await client.find({ resource: resources.clusters, name: namespace });
    return { cluster: only, managedResource: undefined, monitoring: new Map() };
  }
  const [cluster, managedResource, ...monitoring] = await Promise.all([
    client.find({ resource: resources.clusters, name: namespace }),
    client.find({ resource: resources.managedResources, namespace, name: plugin.managedResource }),
    ...names.map((one) => client.find({ resource: resourceOfKind(one.kind), namespace, name: one.name })),
  ]);
  const found = monitoring.flatMap((object, index) => {
    const name = names[index];
    return object === undefined || name === undefined ? [] : [[idOf(name), object] as const];
  });
  return { cluster, managedResource, monitoring: new Map(found) };
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

/**
 * The objects that the shoot has been given so far. Missing or unreadable Secrets make it unknown: a plan that depends on it must then
 * keep everything as it is (verdict calico B11).
 */
export async function presentObjects(
  input: Pick<ObserveInput, 'client' | 'namespace'>,
  managedResource: KubeObject | undefined,
): Promise<Observed<readonly KubeObject[]>> {
  if (managedResource === undefined) return { known: true, value: [] };
  const names = secretNamesOf(managedResource);
  const secrets = await Promise.all(
    names.map((name) => input.client.find({ resource: resources.secrets, namespace: input.namespace, name })),
  );
  const missing = names.filter((_, index) => secrets[index] === undefined);
  if (missing.length > 0)
    return {
      known: false,
      reason: `Secret ${missing.join(', ')} of ManagedResource ${managedResource.metadata.name} is gone`,
    };
  try {
    return { known: true, value: readManifests(secrets.filter((one) => one !== undefined)) };
  } catch (error) {
    return {
      known: false,
      reason: `Secret of ManagedResource ${managedResource.metadata.name}: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}
