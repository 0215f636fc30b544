import { isRecord, type KubeObject } from '../gardener/objects.ts';
import { parseQuantity } from '../gardener/quantity.ts';

/**
 * Normalizes an object so that equivalent objects are equal: removes members that an API server drops or defaults, writes quantities in
 * canonical form, and splits the rules of a role into single permissions. Unknown members are retained, since a superfluous difference is
 * better than a missed one. Input and output are plain JSON; null members count as absent.
 */
export function normalizeObject(object: KubeObject): Readonly<Record<string, unknown>> {
  const { status: _, ...rest } = object;
  const plain = cleaned(rest, []);
  if (!isRecord(plain)) return {};
  return isRole(object) && Array.isArray(plain['rules']) ? { ...plain, rules: permissions(plain['rules']) } : plain;
}

type Path = readonly string[];

function cleaned(value: unknown, path: Path): unknown {
  if (Array.isArray(value)) return value.map((one) => cleaned(one, path));
  if (isRecord(value)) {
    const entries = Object.entries(value)
      .filter(
        ([key, inner]) => inner !== null && inner !== undefined && !isDropped({ key, value: inner, parent: path }),
      )
      .map(([key, inner]) => [key, cleaned(inner, [...path, key])] as const);
    return Object.fromEntries(entries.filter(([key, inner]) => !isEmptyMap(key, inner)));
  }
  return isQuantity(path) ? (parseQuantity(value as string | number)?.canonical ?? value) : value;
}

/** Maps of the API whose values are quantities. */
const quantities: ReadonlySet<string> = new Set(['requests', 'limits', 'minAllowed', 'maxAllowed', 'capacity']);

function isQuantity(path: Path): boolean {
  return quantities.has(path.at(-2) ?? '') && path[0] === 'spec';
}

/** Maps and lists that Go omits when empty; most other empty ones, such as emptyDir, have a meaning. */
const omittedWhenEmpty: ReadonlySet<string> = new Set(['labels', 'annotations', 'env', 'volumeMounts', 'volumes']);

function isEmptyMap(key: string, value: unknown): boolean {
  return omittedWhenEmpty.has(key) && typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** Members with the API's default value; `*` stands for any parent. */
const defaults: readonly (readonly [parent: string, key: string, value: unknown])[] = [
  ['ports', 'protocol', 'TCP'],
  ['volumeMounts', 'readOnly', false],
  ['env', 'value', ''],
  ['fieldRef', 'apiVersion', 'v1'],
  ['httpGet', 'scheme', 'HTTP'],
  ['httpGet', 'path', '/'],
  ['hostPath', 'type', ''],
  ['*', 'terminationMessagePath', '/dev/termination-log'],
  ['*', 'terminationMessagePolicy', 'File'],
  ['*', 'creationTimestamp', ''],
  ['*', 'hostNetwork', false],
  ['*', 'hostPID', false],
  ['*', 'hostIPC', false],
  ['*', 'dnsPolicy', 'ClusterFirst'],
  ['*', 'schedulerName', 'default-scheduler'],
  ['*', 'sessionAffinity', 'None'],
];
const probes: Readonly<Record<string, unknown>> = {
  periodSeconds: 10,
  timeoutSeconds: 1,
  successThreshold: 1,
  failureThreshold: 3,
  initialDelaySeconds: 0,
};

function isDropped({ key, value, parent }: { readonly key: string; readonly value: unknown; readonly parent: Path }) {
  const last = parent.at(-1) ?? '';
  if (parent[0] === 'data' || parent[0] === 'stringData' || parent[0] === 'binaryData') return false;
  if (last.endsWith('Probe') && Object.hasOwn(probes, key)) return probes[key] === value;
  return defaults.some((one) => one[1] === key && (one[0] === '*' || one[0] === last) && one[2] === value);
}

function isRole({ kind }: KubeObject): boolean {
  return kind === 'ClusterRole' || kind === 'Role';
}

/** Returns every single permission that the rules grant, sorted, since their grouping has no meaning. */
function permissions(rules: readonly unknown[]): readonly string[] {
  const single = rules.flatMap((rule) => {
    if (!isRecord(rule)) return [];
    const targets = [
      ...texts(rule['nonResourceURLs']),
      ...texts(rule['apiGroups']).flatMap((group) =>
        texts(rule['resources']).flatMap((resource) => {
          const names = texts(rule['resourceNames']);
          const place = group === '' ? resource : `${group}/${resource}`;
          return names.length === 0 ? [place] : names.map((name) => `${place} ${name}`);
        }),
      ),
    ];
    return targets.flatMap((target) => texts(rule['verbs']).map((verb) => `${verb} ${target}`));
  });
  return [...new Set(single)].sort();
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
