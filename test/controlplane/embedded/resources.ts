/** The kinds of objects that the API server in memory serves, and how their paths are read. */
import { isObject, type JsonObject, objectAt, stringAt } from './objects.ts';

/** One resource in one version, with the switches that real ones differ in. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly subresources: readonly string[];
  /** Defined by a CustomResourceDefinition: list items say their kind, every change of content is a generation. */
  readonly custom: boolean;
  /** Whether PUT without a resourceVersion overwrites. */
  readonly unconditionalUpdate: boolean;
  /** Whether PUT of a missing object creates it. */
  readonly createOnUpdate: boolean;
}

/** Built-in resources: only what a Gardener network extension reads or writes. */
export const builtIns: readonly Resource[] = [
  builtIn({ plural: 'namespaces', kind: 'Namespace', namespaced: false, subresources: ['status', 'finalize'] }),
  builtIn({ plural: 'nodes', kind: 'Node', namespaced: false, subresources: ['status'] }),
  builtIn({ plural: 'secrets', kind: 'Secret' }),
  builtIn({ plural: 'configmaps', kind: 'ConfigMap' }),
  builtIn({ plural: 'events', kind: 'Event', createOnUpdate: true }),
  builtIn({
    group: 'coordination.k8s.io',
    plural: 'leases',
    kind: 'Lease',
    unconditionalUpdate: false,
    createOnUpdate: true,
  }),
  builtIn({
    group: 'apiextensions.k8s.io',
    plural: 'customresourcedefinitions',
    kind: 'CustomResourceDefinition',
    namespaced: false,
    subresources: ['status'],
    unconditionalUpdate: false,
  }),
];

/** The resources that a CustomResourceDefinition makes: one for each served version. */
export function customResources(definition: JsonObject): readonly Resource[] {
  const spec = objectAt(definition, 'spec');
  const names = objectAt(spec, 'names');
  const versions = Array.isArray(spec['versions']) ? spec['versions'].filter(isObject) : [];
  return versions
    .filter((version) => version['served'] === true)
    .map((version) => ({
      group: stringAt(spec, 'group') ?? '',
      version: stringAt(version, 'name') ?? '',
      plural: stringAt(names, 'plural') ?? '',
      kind: stringAt(names, 'kind') ?? '',
      namespaced: spec['scope'] === 'Namespaced',
      subresources: isObject(objectAt(version, 'subresources')['status']) ? ['status'] : [],
      custom: true,
      unconditionalUpdate: false,
      createOnUpdate: false,
    }));
}

/** `networks.extensions.gardener.cloud`, or `secrets` for the core group. Objects are stored under this name. */
export function qualifiedName(resource: Resource): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
}

/** The value of apiVersion. */
export function apiVersion(resource: Resource): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** A path below /api or /apis taken apart, before it is known whether such a resource is served. */
export interface ResourcePath {
  readonly group: string;
  readonly version: string;
  readonly namespace?: string;
  readonly plural: string;
  readonly name?: string;
  readonly subresource?: string;
}

/** Reads a path such as /apis/GROUP/VERSION/namespaces/NAMESPACE/PLURAL/NAME/SUBRESOURCE; undefined for other paths. */
export function parsePath(path: string): ResourcePath | undefined {
  const [root, ...rest] = path.split('/').filter((part) => part !== '');
  if (root !== 'api' && root !== 'apis') return undefined;
  const [group, version, ...parts] = (root === 'api' ? ['', ...rest] : rest).map(decodeURIComponent);
  if (group === undefined || version === undefined || parts.length === 0) return undefined;
  return { group, version, ...splitResource(parts) };
}

type ResourceParts = Omit<ResourcePath, 'group' | 'version'>;

function splitResource(parts: readonly string[]): ResourceParts {
  const [first = '', second, third] = parts;
  // namespaces/x/status is about the namespace itself, namespaces/x/secrets about what is in it.
  const own = third === 'status' || third === 'finalize';
  if (first !== 'namespaces' || second === undefined || third === undefined || own) return named(parts);
  return { namespace: second, ...named(parts.slice(2)) };
}

function named(parts: readonly string[]): ResourceParts {
  const [plural = '', name, subresource] = parts;
  return {
    plural,
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
  };
}

function builtIn(resource: Partial<Resource> & Pick<Resource, 'plural' | 'kind'>): Resource {
  return {
    group: '',
    version: 'v1',
    namespaced: true,
    subresources: [],
    custom: false,
    unconditionalUpdate: true,
    createOnUpdate: false,
    ...resource,
  };
}
