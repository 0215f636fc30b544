/** Where an API server keeps a kind of object; group is '' for core/v1. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

export interface ObjectKey {
  readonly namespace?: string | undefined;
  readonly name: string;
}

export interface PathInput {
  readonly resource: Resource;
  /** Without one, a namespaced resource means all namespaces. */
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

/**
 * The URL path of a collection or an object, each part percent-encoded.
 * Throws for a namespace on a cluster-scoped resource, an object without its namespace, and names that a server would
 * take as a step in the path.
 */
export function resourcePath(input: PathInput): string {
  const { resource, namespace, name, subresource } = input;
  if (namespace !== undefined && !resource.namespaced) {
    throw new Error(`${resourceName(resource)} is cluster-scoped: namespace "${namespace}" cannot be given`);
  }
  if (name !== undefined && namespace === undefined && resource.namespaced) {
    throw new Error(`${resourceName(resource)} is namespaced: "${name}" needs a namespace`);
  }
  const root = resource.group === '' ? ['api'] : ['apis', resource.group];
  const parts = [...root, resource.version];
  if (namespace !== undefined) parts.push('namespaces', namespace);
  parts.push(resource.plural);
  if (name !== undefined) parts.push(name);
  if (subresource !== undefined) parts.push(subresource);
  return `/${parts.map((part) => encodePart(part, resource)).join('/')}`;
}

/** `networks.extensions.gardener.cloud`, `secrets`: the name for messages and metrics. */
export function resourceName(resource: Resource): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
}

/** `extensions.gardener.cloud/v1alpha1`, `v1`: the apiVersion of objects of this resource. */
export function apiVersionOf(resource: Resource): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** `namespace/name`, or `name`: the key of stores and queues. */
export function keyOf(key: ObjectKey): string {
  return key.namespace === undefined ? key.name : `${key.namespace}/${key.name}`;
}

/** The other way round; a name never contains a slash. */
export function parseKey(key: string): ObjectKey {
  const slash = key.indexOf('/');
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/**
 * Compares two resourceVersions as the integers that they are (decimal, up to 64 bits, without leading zeros);
 * undefined when one of them is not such a number and no order can be told.
 */
export function compareResourceVersions(a: string, b: string): number | undefined {
  if (!integer.test(a) || !integer.test(b)) return undefined;
  if (a.length !== b.length) return a.length - b.length;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

const integer = /^(0|[1-9]\d*)$/;

function encodePart(part: string, resource: Resource): string {
  if (part === '' || part === '.' || part === '..') {
    throw new Error(`${resourceName(resource)}: "${part}" is not a name that can stand in a path`);
  }
  return encodeURIComponent(part);
}
