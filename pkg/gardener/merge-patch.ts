import { isRecord, recordOf } from './objects.ts';

/**
 * Returns the JSON merge patch (RFC 7386) that turns `from` into `to`, with explicit nulls for removed members; lists are replaced as a
 * whole. Returns undefined when both are equal. A null or undefined member counts as absent on either side, as in an API server's storage.
 */
export function createMergePatch(
  from: unknown,
  to: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> | undefined {
  const before = recordOf(from);
  const patch: Record<string, unknown> = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(to)])) {
    const change = memberPatch(own(before, name), own(to, name));
    if (change !== undefined)
      Object.defineProperty(patch, name, { value: change, enumerable: true, configurable: true, writable: true });
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/** Compares two values as JSON; the order of keys and absent members do not count. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b || (isAbsent(a) && isAbsent(b))) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => sameJson(item, b[index]));
  if (!isRecord(a) || !isRecord(b)) return false;
  return (
    Object.keys(a).every((name) => sameJson(a[name], own(b, name))) &&
    Object.keys(b).every((name) => isAbsent(b[name]) || Object.hasOwn(a, name))
  );
}

/** Returns a lookup key, equal for two values exactly when `sameJson` is true for them. */
export function jsonKey(value: unknown): string {
  if (isAbsent(value)) return 'null';
  if (Array.isArray(value)) return `[${value.map(jsonKey).join()}]`;
  if (!isRecord(value)) return JSON.stringify(value);
  const present = Object.keys(value).filter((name) => !isAbsent(value[name]));
  return `{${present
    .sort()
    .map((name) => `${JSON.stringify(name)}:${jsonKey(value[name])}`)
    .join()}}`;
}

/** Reports whether `actual` has every member of `wanted` with the same value; further members, such as API server defaults, are ignored. */
export function containsJson(actual: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(actual) &&
      actual.length === wanted.length &&
      wanted.every((item, index) => containsJson(actual[index], item))
    );
  }
  if (isRecord(wanted))
    return isRecord(actual) && Object.entries(wanted).every(([name, value]) => containsJson(own(actual, name), value));
  return sameJson(actual, wanted);
}

/** Returns the patch of one member: undefined for no change, null for removal. */
function memberPatch(from: unknown, to: unknown): unknown {
  if (isAbsent(to)) return isAbsent(from) ? undefined : null;
  if (isRecord(to)) return isRecord(from) ? createMergePatch(from, to) : to;
  return sameJson(from, to) ? undefined : to;
}

/** Returns an own member, since `constructor` and `__proto__` are valid keys of an object and must not resolve to its prototype. */
function own(record: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}
