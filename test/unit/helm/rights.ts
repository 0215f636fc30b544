import { isRecord, type KubeObject } from '../../../pkg/gardener/objects.ts';

/** A permission in a role. */
export interface Right {
  /** `cluster` for all namespaces, `namespace` for that of the Role. */
  readonly scope: 'cluster' | 'namespace';
  readonly group: string;
  readonly resource: string;
  readonly verb: string;
  /** Undefined for objects of all names. */
  readonly name: string | undefined;
}

/** Returns the permissions of all roles among the objects, with one verb on one resource each. */
export function listRights(objects: readonly KubeObject[]): readonly Right[] {
  return objects.flatMap((object) => {
    if (object.kind !== 'ClusterRole' && object.kind !== 'Role') return [];
    const scope = object.kind === 'ClusterRole' ? 'cluster' : 'namespace';
    const rules = Array.isArray(object['rules']) ? object['rules'].filter(isRecord) : [];
    return rules.flatMap((rule) => expanded(rule).map((right) => ({ scope, ...right }) as const));
  });
}

function expanded(rule: Readonly<Record<string, unknown>>): readonly Omit<Right, 'scope'>[] {
  const list = (field: string): readonly string[] => (Array.isArray(rule[field]) ? rule[field].map(String) : []);
  const names = list('resourceNames').length === 0 ? [undefined] : list('resourceNames');
  return list('apiGroups').flatMap((group) =>
    list('resources').flatMap((resource) =>
      list('verbs').flatMap((verb) => names.map((name) => ({ group, resource, verb, name }))),
    ),
  );
}
