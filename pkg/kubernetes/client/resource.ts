/** Group, version and plural of a kind; the group of core/v1 is ''. */
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
  /** If omitted for a namespaced resource: all namespaces. */
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

/**
 * Returns the URL path of a collection or an object, with percent-encoded segments. Throws for a namespace of a
 * cluster-scoped resource, for a namespaced object without its namespace, and for names that are not a path segment.
 */
export function resourcePath(input: PathInput): string {
  const { resource, namespace, name, subresource } = input;
  if (namespace !== undefined && !resource.namespaced) {
    throw new Error(`${resourceName(resource)} is cluster-scoped: namespace "${namespace}" is not allowed`);
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
  return `/${parts.map((part) => encodeSegment(part, resource)).join('/')}`;
}

/** What a path addresses. */
export interface PathTarget {
  readonly group: string;
  readonly namespace: string | undefined;
  readonly plural: string;
  /** Undefined for a collection. */
  readonly name: string | undefined;
}

/** The inverse of resourcePath; undefined for other paths. */
export function parseResourcePath(path: string): PathTarget | undefined {
  const [root, ...parts] = path.split('/').slice(1).map(decodeURIComponent);
  if (root !== 'api' && root !== 'apis') return undefined;
  const group = root === 'apis' ? parts.shift() : '';
  const [, ...rest] = parts;
  const isNamespaced = rest[0] === 'namespaces' && rest.length > 2;
  const [plural, name] = isNamespaced ? rest.slice(2) : rest;
  if (group === undefined || plural === undefined) return undefined;
  return { group, namespace: isNamespaced ? rest[1] : undefined, plural, name };
}

/** Returns `networks.extensions.gardener.cloud`, `secrets`: the name for messages and metrics. */
export function resourceName(resource: Resource): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
}

/** Returns the apiVersion of objects of this resource: `extensions.gardener.cloud/v1alpha1`, `v1`. */
export function apiVersionOf(resource: Resource): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** Returns `namespace/name`, or `name`: the key of stores and queues. */
export function keyOf(key: ObjectKey): string {
  return key.namespace === undefined ? key.name : `${key.namespace}/${key.name}`;
}

/** The inverse of keyOf; names never contain a slash. */
export function parseKey(key: string): ObjectKey {
  const slash = key.indexOf('/');
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/**
 * Returns whether a value is a resourceVersion of an API server: a decimal integer of up to 64 bits without leading zeros. Others cannot be
 * compared, so a position that is one could neither be confirmed nor refuted.
 */
export function isResourceVersion(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 20 && integer.test(value);
}

/** Compares two resourceVersions as integers. Returns undefined if either is not a decimal integer without leading zeros. */
export function compareResourceVersions(a: string, b: string): number | undefined {
  if (!integer.test(a) || !integer.test(b)) return undefined;
  if (a.length !== b.length) return a.length - b.length;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

const integer = /^(0|[1-9]\d*)$/;

function encodeSegment(part: string, resource: Resource): string {
  if (part === '' || part === '.' || part === '..') {
    throw new Error(`${resourceName(resource)}: "${part}" is not a valid path segment`);
  }
  return encodeURIComponent(part);
}
