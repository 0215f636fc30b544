/** Discovery paths, which kubectl and @kubernetes/client-node use. */
import type { JsonObject } from './objects.ts';
import { apiVersion, type Resource } from './resources.ts';

/** Returns the response for a discovery path, or undefined for other paths. */
export function discover(path: string, resources: readonly Resource[]): JsonObject | undefined {
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
  if (path === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups(resources) };
  const [, root, first, second, ...rest] = path.split('/');
  if (rest.length > 0) return undefined;
  if (root === 'api' && second === undefined) return resourceList(resources, '', first);
  if (root === 'apis' && first !== undefined && second !== undefined) return resourceList(resources, first, second);
  return undefined;
}

function groups(resources: readonly Resource[]): readonly JsonObject[] {
  const names = [...new Set(resources.map((resource) => resource.group))].filter((group) => group !== '');
  return names.map((name) => {
    const versions = [...new Set(resources.filter((entry) => entry.group === name).map((entry) => entry.version))].map(
      (version) => ({ groupVersion: `${name}/${version}`, version }),
    );
    return { name, versions, preferredVersion: versions[0] };
  });
}

function resourceList(
  resources: readonly Resource[],
  group: string,
  version: string | undefined,
): JsonObject | undefined {
  const served = resources.filter((resource) => resource.group === group && resource.version === version);
  const [first] = served;
  if (first === undefined) return undefined;
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: apiVersion(first),
    resources: served.flatMap((resource) => [
      entry(resource, resource.plural, allVerbs),
      ...resource.subresources.map((name) => entry(resource, `${resource.plural}/${name}`, ['get', 'patch', 'update'])),
    ]),
  };
}

const allVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

function entry(resource: Resource, name: string, verbs: readonly string[]): JsonObject {
  const singularName = resource.kind.toLowerCase();
  return { name, singularName, namespaced: resource.namespaced, kind: resource.kind, verbs };
}
