import { isRecord, type KubeObject } from '../../../pkg/gardener/objects.ts';

/** One thing that roles allow. */
export interface Right {
  /** `cluster` for what holds everywhere, `namespace` for what holds in the namespace of its Role. */
  readonly scope: 'cluster' | 'namespace';
  readonly group: string;
  readonly resource: string;
  readonly verb: string;
  /** Undefined: objects of all names. */
  readonly name: string | undefined;
}

/** The rights of all roles among the objects, one by one. */
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
