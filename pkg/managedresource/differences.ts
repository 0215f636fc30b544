import { isRecord } from '../gardener/objects.ts';
import { child } from '../network/field.ts';
import { canonicalJson } from '../templates/quote.ts';

/**
 * One path at which two values differ. List elements with names are identified by name, `containers[calico-node].env[IP].value`, others by
 * their index in the list that contains them. `reordered`: the same elements in another order; both sides are the elements.
 * `rewritten`: different strings with the same JSON object.
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
  /** Path of the values; empty for whole objects. */
  readonly path?: string;
}

/**
 * Returns the differences between two plain JSON values, leaf by leaf; empty exactly when they are equal, regardless of the order of keys.
 * Strings that both contain a JSON object, such as CNI configurations, are compared field by field.
 */
export function differences({ before, after, path = '' }: Sides): readonly Difference[] {
  if (isSame(before, after)) return [];
  if (isRecord(before) && isRecord(after)) return compareRecords({ before, after, path });
  if (Array.isArray(before) && Array.isArray(after)) return compareLists({ before, after, path });
  if (typeof before === 'string' && typeof after === 'string') {
    const inner = compareJson({ before, after, path });
    if (inner !== undefined) return inner.length > 0 ? inner : [{ path, kind: 'rewritten', before, after }];
  }
  return [{ path, kind: 'changed', before, after }];
}

type Plain = Readonly<Record<string, unknown>>;

/** Plain JSON has no NaN; -0 and 0 are the same number in it, which Object.is would deny. */
function isSame(left: unknown, right: unknown): boolean {
  return left === right || (isObject(left) && isObject(right) && canonicalJson(left) === canonicalJson(right));
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function compareRecords({ before, after, path }: RecordSides): readonly Difference[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.flatMap((key) =>
    compareMember({
      path: child(path, key),
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
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly had: boolean;
  readonly has: boolean;
}

function compareMember({ path, before, after, had, has }: Member): readonly Difference[] {
  if (!had) return [{ path, kind: 'added', after }];
  if (!has) return [{ path, kind: 'removed', before }];
  return differences({ before, after, path });
}

function compareLists(lists: ListSides): readonly Difference[] {
  const key = identifyingKey(lists);
  return key === undefined ? comparePlainLists(lists) : compareKeyedLists(lists, key);
}

/** Keys that identify list elements in Kubernetes. Mounts are identified by path, since one volume may be mounted twice. */
const identifyingKeys = ['mountPath', 'name', 'containerName', 'id'] as const;

/** Returns the key with a unique value in every element of both lists. */
function identifyingKey({ before, after }: ListSides): string | undefined {
  return identifyingKeys.find((key) => [before, after].every((list) => identifies(key, list)));
}

function identifies(name: string, list: readonly unknown[]): boolean {
  const found = list.map((one) => (isRecord(one) ? one[name] : undefined));
  return found.every((one) => typeof one === 'string') && new Set(found).size === list.length;
}

function compareKeyedLists({ before, after, path }: ListSides, name: string): readonly Difference[] {
  const [left, right] = [byName(before, name), byName(after, name)];
  const both = [...left.keys()].filter((key) => right.has(key));
  const ordered = [...right.keys()].filter((key) => left.has(key));
  const moved: readonly Difference[] = isSame(both, ordered)
    ? []
    : [{ path, kind: 'reordered', before: both, after: ordered }];
  const keys = [...left.keys(), ...[...right.keys()].filter((key) => !left.has(key))].sort();
  const inside = keys.flatMap((key) =>
    compareMember({
      path: `${path}[${key}]`,
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

/** Compares lists without keys: a mere reordering, else element by element if they are equally long, else as removals and additions. */
function comparePlainLists({ before, after, path }: ListSides): readonly Difference[] {
  const removed = missingIn(after, before);
  const added = missingIn(before, after);
  if (removed.length === 0 && added.length === 0) return [{ path, kind: 'reordered', before, after }];
  if (before.length === after.length)
    return before.flatMap((one, index) => differences({ before: one, after: after[index], path: `${path}[${index}]` }));
  return [
    ...removed.map(([index, value]): Difference => ({ path: `${path}[${index}]`, kind: 'removed', before: value })),
    ...added.map(([index, value]): Difference => ({ path: `${path}[${index}]`, kind: 'added', after: value })),
  ];
}

/** Returns the elements of `list` that `other` does not contain as many times, with their indices. */
function missingIn(other: readonly unknown[], list: readonly unknown[]): readonly (readonly [number, unknown])[] {
  const remaining = new Map<string, number>();
  for (const one of other) remaining.set(lookupKey(one), (remaining.get(lookupKey(one)) ?? 0) + 1);
  return list.flatMap((one, index) => {
    const times = remaining.get(lookupKey(one)) ?? 0;
    remaining.set(lookupKey(one), times - 1);
    return times > 0 ? [] : [[index, one] as const];
  });
}

function lookupKey(value: unknown): string {
  return value === undefined ? '' : canonicalJson(value);
}

/** Returns undefined unless both strings contain a JSON object. */
function compareJson(texts: TextSides): readonly Difference[] | undefined {
  const [before, after] = [parseJsonObject(texts.before), parseJsonObject(texts.after)];
  return before === undefined || after === undefined ? undefined : differences({ before, after, path: texts.path });
}

interface TextSides {
  readonly before: string;
  readonly after: string;
  readonly path: string;
}

/** Parses a JSON object; placeholders that a script replaces at run time, such as __CNI_MTU__, may be unquoted. */
function parseJsonObject(text: string): Plain | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text.replace(/(?<!")__[A-Z0-9_]+__(?!")/g, (token) => JSON.stringify(token)));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
