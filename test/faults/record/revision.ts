import { isRecord } from '../../../pkg/gardener/objects.ts';

/** Where an object is stored: resource by its plural. */
export interface StoredKey {
  readonly resource: string;
  /** Empty for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
}

export type StoredObject = Readonly<Record<string, unknown>>;

/** One change of one object, as etcd has it. */
export interface Revision extends StoredKey {
  readonly revision: number;
  /** Monotonic milliseconds at which the recorder received it. */
  readonly at: number;
  /** Undefined: deleted. */
  readonly object: StoredObject | undefined;
  readonly previous: StoredObject | undefined;
  /** The process that wrote it; undefined for the test itself and for everything that does not pass a proxy. */
  readonly writer: string | undefined;
}

export function keyText({ resource, namespace, name }: StoredKey): string {
  return `${resource} ${namespace}/${name}`;
}

/** The value at a path of fields; undefined where something on the way is no object. */
export function at(object: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((value, field) => (isRecord(value) ? value[field] : undefined), object);
}

export function textAt(object: unknown, ...path: readonly string[]): string | undefined {
  const value = at(object, ...path);
  return typeof value === 'string' ? value : undefined;
}

/** Where kube-apiserver stores objects, by the path below /registry. */
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

/** Takes a key of etcd apart; undefined for objects of other kinds. */
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
