/**
 * The form in which rendered and recorded objects are compared. Differences without an effect disappear: the order of named lists, the grouping
 * of RBAC rules, the notation of quantities, defaults that are spelled out. So do texts that each extension words by itself: scripts,
 * descriptions, checksums. README.md lists all of them.
 */
import { load } from 'js-yaml';
import { sameJson } from '../../pkg/gardener/merge-patch.ts';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import { parseQuantity } from '../../pkg/gardener/quantity.ts';
import { canonicalJson } from '../../pkg/templates/quote.ts';

/** JSON of each leaf by its path, the keys joined by dots. An empty list or object is a leaf. */
export type Leaves = ReadonlyMap<string, string>;

type Path = readonly string[];
type Plain = Readonly<Record<string, unknown>>;

/** The leaves of an object in canonical form. */
export function canonicalLeaves(object: KubeObject): Leaves {
  return leavesOf(canonical(object, []));
}

/** The leaves of any JSON value as it is. */
export function leavesOf(value: unknown): Leaves {
  const leaves = new Map<string, string>();
  const visit = (node: unknown, path: string): void => {
    const members = typeof node === 'object' && node !== null ? Object.entries(node) : [];
    if (members.length === 0) leaves.set(path, JSON.stringify(node));
    for (const [key, member] of members) visit(member, path === '' ? key : `${path}.${key}`);
  };
  visit(value, '');
  return leaves;
}

/** The stand-in for a script, in recordings and in the canonical form. */
export const scriptStandIn = '<script>';

/** Whether an element of `command` or `args` is a script: several lines, or what follows `-c`. */
export function isScript(list: readonly unknown[], index: number): boolean {
  const element = list[index];
  if (typeof element !== 'string') return false;
  const flag = index > 0 ? list[index - 1] : undefined;
  return (
    element === scriptStandIn || element.trim().includes('\n') || (typeof flag === 'string' && /^-\w*c$/.test(flag))
  );
}

function canonical(value: unknown, path: Path): unknown {
  if (Array.isArray(value)) return canonicalList(value, path);
  if (isRecord(value)) return canonicalRecord(value, path);
  if (typeof value === 'string' && holdsDocument(value, path)) return canonical(parseText(value), [...path, '$']);
  const holder = path.at(-2) ?? '';
  return ['requests', 'limits', 'minAllowed', 'maxAllowed'].includes(holder) ? quantity(value) : value;
}

/** Values of ConfigMaps, and variables of several lines. */
function holdsDocument(text: string, path: Path): boolean {
  return (path[0] === 'data' && path.length === 2) || (path.at(-1) === 'value' && text.includes('\n'));
}

/**
 * A text that begins like JSON is parsed as JSON; tokens such as __CNI_MTU__ without quotes, which containers replace, are allowed. A text with a
 * line `key: …` is parsed as YAML. Everything else stays a text, without blanks at the ends of lines.
 */
function parseText(text: string): unknown {
  const trimmed = text.replace(/[ \t]+$/gm, '').trim();
  if (/^[[{]/.test(trimmed)) {
    const quotedTokens = trimmed.replace(/(?<!")__(\w+)__(?!")/g, '"<bare $1>"');
    return attempt((): unknown => JSON.parse(quotedTokens)) ?? trimmed;
  }
  const yaml = /^[\w.-]+:(\s|$)/m.test(trimmed) ? attempt(() => load(trimmed)) : undefined;
  return yaml === undefined ? trimmed : { '#yaml': yaml };
}

/** The list or object that a parser returns; undefined for scalars and for what it rejects. */
function attempt(parse: () => unknown): object | undefined {
  try {
    const value = parse();
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function quantity(value: unknown): unknown {
  const parsed = typeof value === 'string' || typeof value === 'number' ? parseQuantity(value) : undefined;
  return parsed === undefined ? value : `quantity ${parsed.canonical}`;
}

/** Lists whose elements have unique names, and whose order matters only for containers. */
const namedLists = new Set([
  'env',
  'volumes',
  'containers',
  'initContainers',
  'ports',
  'imagePullSecrets',
  'containerPolicies',
]);

function canonicalList(list: readonly unknown[], path: Path): unknown {
  const key = path.at(-1) ?? '';
  const isCommand = key === 'command' || key === 'args';
  const items = list.map((item, index) =>
    isCommand && isScript(list, index) ? scriptStandIn : canonical(item, [...path, String(index)]),
  );
  if (namedLists.has(key) && items.every((item) => isRecord(item) && item['name']))
    return byName(key, items as Plain[]);
  if (path.at(-2) === 'capabilities') return items.map(String).sort();
  return listForms[key]?.(items) ?? items;
}

/** Forms of lists by the key that holds them; undefined where the elements are not of the expected kind. */
const listForms: Readonly<Record<string, (items: readonly unknown[]) => unknown>> = {
  volumeMounts: (items) => Object.fromEntries(items.filter(isRecord).map((mount) => [mountKey(mount), mount])),
  tolerations: (items) => items.map(canonicalJson).sort(),
  subjects: (items) => items.map(canonicalJson).sort(),
  rules: (items) =>
    items.some((item) => isRecord(item) && item['verbs']) ? rights(items.filter(isRecord)) : undefined,
};

function byName(key: string, items: readonly Plain[]): Plain {
  const named = Object.fromEntries(
    items.map((item) => [item['protocol'] === 'UDP' ? `${String(item['name'])}/udp` : String(item['name']), item]),
  );
  if (!key.endsWith('ontainers')) return named;
  return { '#order': items.map((item) => item['name']).join(' '), ...named };
}

function mountKey({ mountPath, subPath }: Plain): string {
  return typeof subPath === 'string' && subPath !== '' ? `${String(mountPath)}#${subPath}` : String(mountPath);
}

/** Each right of RBAC rules by itself, as `group/resource:verb` or `group/resource/name:verb`. */
function rights(rules: readonly Plain[]): Plain {
  const keys = rules.flatMap((rule) =>
    targets(rule).flatMap((target) => texts(rule['verbs']).map((verb) => `${target}:${verb}`)),
  );
  return Object.fromEntries(keys.map((key) => [key, true]));
}

function targets(rule: Plain): readonly string[] {
  if (rule['nonResourceURLs'] !== undefined) return texts(rule['nonResourceURLs']);
  const groups = rule['apiGroups'] === undefined ? [''] : texts(rule['apiGroups']);
  const names = texts(rule['resourceNames']).map((name) => `/${name}`);
  return groups.flatMap((group) =>
    texts(rule['resources']).flatMap((resource) =>
      (names.length === 0 ? [''] : names).map((name) => `${group}/${resource}${name}`),
    ),
  );
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function canonicalRecord(record: Plain, path: Path): Plain {
  const members = Object.entries(record).flatMap(([key, value]) => {
    const form = isDropped({ key, value, path }) ? undefined : canonicalMember({ key, value, path });
    return form === undefined ? [] : [[key, form] as const];
  });
  return Object.fromEntries(members);
}

interface Member {
  readonly key: string;
  readonly value: unknown;
  /** Of the object that holds it. */
  readonly path: Path;
}

/** Defaults that are spelled out, descriptions in schemas, and what an API server writes. */
function isDropped({ key, value, path }: Member): boolean {
  if (value === null || value === undefined) return true;
  if (key === 'creationTimestamp' || (key === 'status' && path.length === 0)) return true;
  if (key === 'description') return path.includes('openAPIV3Schema') && typeof value === 'string';
  return defaults.some(([name, usual]) => name === key && sameJson(value, usual));
}

const defaults: readonly (readonly [key: string, value: unknown])[] = [
  ['readOnly', false],
  ['protocol', 'TCP'],
];

function canonicalMember({ key, value, path }: Member): unknown {
  if (key === 'gardener.cloud/description' || key === 'nginx.conf') return '<text>';
  if (key === 'caBundle') return value ? '<ca>' : '<empty>';
  if (path.at(-1) === 'clientConfig' && key === 'url')
    return String(value).replace(/\.extension-[^:./]+(?=[:.])/, '.<namespace>');
  if (path.at(-1) === 'annotations' && key.startsWith('checksum/'))
    return /^([0-9a-f]{8,}|<checksum>)$/.test(String(value)) ? '<checksum>' : value;
  return canonical(value, [...path, key]);
}
