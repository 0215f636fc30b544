/** The resources of the in-memory API server and their paths. */
import { isObject, type JsonObject, objectAt, stringAt } from './objects.ts';

/** One resource in one version, with the properties in which real ones differ. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly subresources: readonly string[];
  /** True if defined by a CustomResourceDefinition: list items have a kind, and every change of content increments the generation. */
  readonly custom: boolean;
  /** True if PUT without a resourceVersion overwrites. */
  readonly unconditionalUpdate: boolean;
  /** True if PUT of a missing object creates it. */
  readonly createOnUpdate: boolean;
}

/** Built-in resources that a Gardener network extension reads or writes. */
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

/** Returns the resources of a CustomResourceDefinition, one for each served version. */
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

/** Returns `networks.extensions.gardener.cloud`, or `secrets` for the core group. Objects are stored under this name. */
export function qualifiedName(resource: Resource): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
}

/** Returns the value of apiVersion. */
export function apiVersion(resource: Resource): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** A parsed path below /api or /apis, of a known or unknown resource. */
export interface ResourcePath {
  readonly group: string;
  readonly version: string;
  readonly namespace?: string;
  readonly plural: string;
  readonly name?: string;
  readonly subresource?: string;
}

/** Parses a path such as /apis/GROUP/VERSION/namespaces/NAMESPACE/PLURAL/NAME/SUBRESOURCE; undefined for other paths. */
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
  // namespaces/x/status refers to the namespace itself, namespaces/x/secrets to its objects.
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
