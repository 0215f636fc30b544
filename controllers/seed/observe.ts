import type { KubeObject } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import type { Resource } from '../../pkg/kubernetes/client/resource.ts';
import type { NetworkPlugin, ObjectName } from '../../pkg/network/plugin.ts';
import { resourceOfKind, resources } from '../resources.ts';
import type { ContentMemo, RememberedContent } from './content-memo.ts';

/** What a run finds in the seed. It reads from the API server, without a cache. */
export interface Seed {
  readonly cluster: KubeObject | undefined;
  /** The existing ones of the plugin, by name. */
  readonly managedResources: ReadonlyMap<string, KubeObject>;
  /** The existing monitoring objects of the plugin, by `objectId`. */
  readonly monitoring: ReadonlyMap<string, KubeObject>;
  /** By `objectId`: the content of those monitoring objects that were read without it. Default: all were read with it. */
  readonly remembered?: ReadonlyMap<string, RememberedContent>;
}

/** Secrets by name; undefined for one that does not exist. */
export type StoredSecrets = ReadonlyMap<string, KubeObject | undefined>;

export interface ObserveInput {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly plugin: NetworkPlugin;
  /** Monitoring objects to read. */
  readonly names: readonly ObjectName[];
  /** `removal`: of monitoring objects only the metadata is needed. Otherwise those with remembered content are read without it. */
  readonly memo: ContentMemo | 'removal';
  /**
   * The Network shows no sign of an earlier run, so only the Cluster is read. If objects exist nevertheless, creating them fails with
   * AlreadyExists. This saves a third of the requests for a new Network.
   */
  readonly isNew?: boolean;
}

/** Reads Cluster, ManagedResources and monitoring objects in parallel. */
export async function observeSeed(input: ObserveInput): Promise<Seed> {
  const { client, namespace, plugin, names, isNew = false } = input;
  const readCluster = client.find({ resource: resources.clusters, name: namespace });
  if (isNew) return { cluster: await readCluster, managedResources: new Map(), monitoring: new Map() };
  const [cluster, managedResources, monitoring] = await Promise.all([
    readCluster,
    Promise.all(
      managedResourceNames(plugin).map((name) =>
        client.find({ resource: resources.managedResources, namespace, name }),
      ),
    ),
    Promise.all(names.map((name) => findMonitoring(input, name))),
  ]);
  return {
    cluster,
    managedResources: new Map(existing(managedResources).map((one) => [one.metadata.name, one])),
    monitoring: new Map(existing(monitoring).map(({ object }) => [idOf(object), object])),
    remembered: new Map(
      existing(monitoring).flatMap(({ object, content }) => (content ? [[idOf(object), content] as const] : [])),
    ),
  };
}

interface FoundObject {
  readonly object: KubeObject;
  /** Set if the object was read without its content. */
  readonly content?: RememberedContent;
}

async function findMonitoring(
  { client, namespace, memo }: ObserveInput,
  { kind, name }: ObjectName,
): Promise<FoundObject | undefined> {
  const target = { resource: resourceOfKind(kind), namespace, name };
  if (memo === 'removal') {
    const found = await client.find({ ...target, metadataOnly: true });
    // The API server replaced the kind.
    return found && { object: { ...found, kind } };
  }
  return findWithMemo({ client, memo, target: { ...target, kind } });
}

export interface FindWithMemo {
  readonly client: KubeClient;
  readonly memo: ContentMemo;
  readonly target: {
    readonly resource: Resource;
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
  };
}

/** Reads an object, without its content if the memo has that of the stored version. */
export async function findWithMemo({ client, memo, target }: FindWithMemo): Promise<FoundObject | undefined> {
  const { kind, ...key } = target;
  const content = memo.find(target);
  const found = await client.find({ ...key, metadataOnly: content !== undefined });
  if (found === undefined || content === undefined) return found && { object: found };
  if (content.isOf(found)) return { object: { ...found, kind }, content };
  const whole = await client.find(key);
  return whole && { object: whole };
}

function idOf({ kind, metadata: { name } }: KubeObject): string {
  return objectId({ kind, name });
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
