import { isRecord } from '../gardener/objects.ts';
import { child } from '../network/field.ts';
import { canonicalJson } from '../templates/quote.ts';

/**
 * One place where two values differ. Elements of lists that have names are called by them, `containers[calico-node].env[IP].value`,
 * others by their index in the list that has them. `reordered`: the same elements in another order; both sides are the elements.
 * `rewritten`: texts that hold the same JSON object.
 */
export type Difference =
  | { readonly path: string; readonly kind: 'added'; readonly after: unknown }
  | { readonly path: string; readonly kind: 'removed'; readonly before: unknown }
  | {
      readonly path: string;
      readonly kind: 'changed' | 'reordered' | 'rewritten';
      readonly before: unknown;
      readonly after: unknown;
    };

export interface Sides {
  readonly before: unknown;
  readonly after: unknown;
  /** Where the values stand; empty for whole objects. */
  readonly path?: string;
}

/**
 * What leads from one plain JSON value to another, leaf by leaf; empty exactly when they are equal, whatever the order of keys. Texts that
 * both hold a JSON object, as CNI configurations do, are compared field by field.
 */
export function differences({ before, after, path = '' }: Sides): readonly Difference[] {
  if (isSame(before, after)) return [];
  if (isRecord(before) && isRecord(after)) return ofRecords({ before, after, path });
  if (Array.isArray(before) && Array.isArray(after)) return ofLists({ before, after, path });
  if (typeof before === 'string' && typeof after === 'string') {
    const inner = ofJson({ before, after, path });
    if (inner !== undefined) return inner.length > 0 ? inner : [{ path, kind: 'rewritten', before, after }];
  }
  return [{ path, kind: 'changed', before, after }];
}

type Plain = Readonly<Record<string, unknown>>;

function isSame(left: unknown, right: unknown): boolean {
  return left === right || (isObject(left) && isObject(right) && canonicalJson(left) === canonicalJson(right));
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function ofRecords({ before, after, path }: RecordSides): readonly Difference[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.flatMap((key) =>
    member({
      inner: child(path, key),
      before: before[key],
      after: after[key],
      had: Object.hasOwn(before, key),
      has: Object.hasOwn(after, key),
    }),
  );
}

interface RecordSides {
  readonly before: Plain;
  readonly after: Plain;
  readonly path: string;
}

interface ListSides {
  readonly before: readonly unknown[];
  readonly after: readonly unknown[];
  readonly path: string;
}

interface Member {
  readonly inner: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly had: boolean;
  readonly has: boolean;
}

function member({ inner, before, after, had, has }: Member): readonly Difference[] {
  if (!had) return [{ path: inner, kind: 'added', after }];
  if (!has) return [{ path: inner, kind: 'removed', before }];
  return differences({ before, after, path: inner });
}

function ofLists(lists: ListSides): readonly Difference[] {
  const key = nameOf(lists);
  return key === undefined ? ofPlainLists(lists) : ofNamedLists(lists, key);
}

/** Members that name the elements of a list in Kubernetes: of mounts it is the path, since one volume may be mounted twice. */
const names = ['mountPath', 'name', 'containerName', 'id'] as const;

/** The member by which every element of both lists can be told from its neighbours. */
function nameOf({ before, after }: ListSides): string | undefined {
  return names.find((name) => [before, after].every((list) => identifies(name, list)));
}

function identifies(name: string, list: readonly unknown[]): boolean {
  const found = list.map((one) => (isRecord(one) ? one[name] : undefined));
  return found.every((one) => typeof one === 'string') && new Set(found).size === list.length;
}

function ofNamedLists({ before, after, path }: ListSides, name: string): readonly Difference[] {
  const [left, right] = [byName(before, name), byName(after, name)];
  const both = [...left.keys()].filter((key) => right.has(key));
  const ordered = [...right.keys()].filter((key) => left.has(key));
  const moved: readonly Difference[] = isSame(both, ordered)
    ? []
    : [{ path, kind: 'reordered', before: both, after: ordered }];
  const keys = [...left.keys(), ...[...right.keys()].filter((key) => !left.has(key))].sort();
  const inside = keys.flatMap((key) =>
    member({
      inner: `${path}[${key}]`,
      before: left.get(key),
      after: right.get(key),
      had: left.has(key),
      has: right.has(key),
    }),
  );
  return [...moved, ...inside];
}

function byName(list: readonly unknown[], name: string): ReadonlyMap<string, unknown> {
  return new Map(list.map((one) => [isRecord(one) ? String(one[name]) : '', one]));
}

/** Without names: the same elements in another order, or element by element, or what was taken out and put in. */
function ofPlainLists({ before, after, path }: ListSides): readonly Difference[] {
  const gone = without(before, after);
  const come = without(after, before);
  if (gone.length === 0 && come.length === 0) return [{ path, kind: 'reordered', before, after }];
  if (before.length === after.length)
    return before.flatMap((one, index) => differences({ before: one, after: after[index], path: `${path}[${index}]` }));
  return [
    ...gone.map(([index, value]): Difference => ({ path: `${path}[${index}]`, kind: 'removed', before: value })),
    ...come.map(([index, value]): Difference => ({ path: `${path}[${index}]`, kind: 'added', after: value })),
  ];
}

/** Elements that the other list has not, or has fewer times, with their indices. */
function without(list: readonly unknown[], other: readonly unknown[]): readonly (readonly [number, unknown])[] {
  const left = new Map<string, number>();
  for (const one of other) left.set(keyOf(one), (left.get(keyOf(one)) ?? 0) + 1);
  return list.flatMap((one, index) => {
    const times = left.get(keyOf(one)) ?? 0;
    left.set(keyOf(one), times - 1);
    return times > 0 ? [] : [[index, one] as const];
  });
}

function keyOf(value: unknown): string {
  return value === undefined ? '' : canonicalJson(value);
}

/** Undefined where one of the texts is no JSON. */
function ofJson(texts: TextSides): readonly Difference[] | undefined {
  const [before, after] = [jsonOf(texts.before), jsonOf(texts.after)];
  return before === undefined || after === undefined ? undefined : differences({ before, after, path: texts.path });
}

interface TextSides {
  readonly before: string;
  readonly after: string;
  readonly path: string;
}

/** A JSON object in a text, in which a placeholder that a script fills in may stand without quotes. */
function jsonOf(text: string): Plain | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text.replace(/(?<!")__[A-Z0-9_]+__(?!")/g, (token) => JSON.stringify(token)));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
