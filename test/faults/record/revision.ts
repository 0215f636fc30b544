import { isRecord } from '../../../pkg/gardener/objects.ts';

/** Identity of a stored object; the resource is its plural. */
export interface StoredKey {
  readonly resource: string;
  /** Empty for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
}

export type StoredObject = Readonly<Record<string, unknown>>;

/** One change of one object in etcd. */
export interface Revision extends StoredKey {
  readonly revision: number;
  /** Monotonic milliseconds at which the recorder received it. */
  readonly at: number;
  /** Undefined for a deletion. */
  readonly object: StoredObject | undefined;
  readonly previous: StoredObject | undefined;
  /** Session name of the controller process that wrote it; undefined for all other writers. */
  readonly writer: string | undefined;
}

export function keyText({ resource, namespace, name }: StoredKey): string {
  return `${resource} ${namespace}/${name}`;
}

/** Returns the value at a path of fields, or undefined if a parent is not an object. */
export function at(object: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((value, field) => (isRecord(value) ? value[field] : undefined), object);
}

export function textAt(object: unknown, ...path: readonly string[]): string | undefined {
  const value = at(object, ...path);
  return typeof value === 'string' ? value : undefined;
}

/** Resources by the folder below /registry in which kube-apiserver stores them. */
const folders: Readonly<Record<string, string>> = {
  'extensions.gardener.cloud/networks': 'networks',
  'extensions.gardener.cloud/clusters': 'clusters',
  'resources.gardener.cloud/managedresources': 'managedresources',
  'monitoring.coreos.com/scrapeconfigs': 'scrapeconfigs',
  'monitoring.coreos.com/prometheusrules': 'prometheusrules',
  secrets: 'secrets',
  configmaps: 'configmaps',
  events: 'events',
  leases: 'leases',
};

/** Parses a key of etcd; returns undefined for other kinds of objects. */
export function parseKey(key: string): StoredKey | undefined {
  for (const [folder, resource] of Object.entries(folders)) {
    const prefix = `/registry/${folder}/`;
    if (!key.startsWith(prefix)) continue;
    const [first = '', second] = key.slice(prefix.length).split('/');
    return second === undefined
      ? { resource, namespace: '', name: first }
      : { resource, namespace: first, name: second };
  }
  return undefined;
}
