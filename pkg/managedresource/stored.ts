import { isRecord, type KubeObject } from '../gardener/objects.ts';
import { parseQuantity } from '../gardener/quantity.ts';

/**
 * An object in the form in which two of them can be compared for what they mean to an API server: members that it drops or fills in are
 * left out, quantities written alike, the rules of a role taken apart into single rights. What it does not know stays as it is, so that
 * a difference is rather shown once too often than missed. Plain JSON in, plain JSON out; null members count as absent.
 */
export function asStored(object: KubeObject): Readonly<Record<string, unknown>> {
  const { status: _, ...rest } = object;
  const plain = cleaned(rest, []);
  if (!isRecord(plain)) return {};
  return isRole(object) && Array.isArray(plain['rules']) ? { ...plain, rules: rights(plain['rules']) } : plain;
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

/** Lists of the API that have quantities for members. */
const quantities: ReadonlySet<string> = new Set(['requests', 'limits', 'minAllowed', 'maxAllowed', 'capacity']);

function isQuantity(path: Path): boolean {
  return quantities.has(path.at(-2) ?? '') && path[0] === 'spec';
}

/** Maps and lists that Go leaves out of the stored form when they are empty; most other empty ones mean something, such as emptyDir. */
const omittedWhenEmpty: ReadonlySet<string> = new Set(['labels', 'annotations', 'env', 'volumeMounts', 'volumes']);

function isEmptyMap(key: string, value: unknown): boolean {
  return omittedWhenEmpty.has(key) && typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** Members that say what holds without them: `parent` `*` is any place. */
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
  if (last.endsWith('Probe') && key in probes) return probes[key] === value;
  return defaults.some((one) => one[1] === key && (one[0] === '*' || one[0] === last) && one[2] === value);
}

function isRole({ kind }: KubeObject): boolean {
  return kind === 'ClusterRole' || kind === 'Role';
}

/** Every single right that the rules give, sorted: how they are grouped does not matter to anybody. */
function rights(rules: readonly unknown[]): readonly string[] {
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
