import { isRecord, recordOf } from './objects.ts';

/**
 * The JSON merge patch (RFC 7386) that turns `from` into `to`, with explicit nulls for members that go; lists are replaced whole. Undefined
 * when both are equal. A member that is null or undefined counts as absent on either side, as an API server stores it.
 */
export function mergePatchOf(
  from: unknown,
  to: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> | undefined {
  const before = recordOf(from);
  const patch: Record<string, unknown> = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(to)])) {
    const change = changeOf(own(before, name), own(to, name));
    if (change !== undefined)
      Object.defineProperty(patch, name, { value: change, enumerable: true, configurable: true, writable: true });
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/** Equal as JSON: the order of keys and absent members do not count. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b || (isAbsent(a) && isAbsent(b))) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => sameJson(item, b[index]));
  if (!isRecord(a) || !isRecord(b)) return false;
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((name) => sameJson(own(a, name), own(b, name)));
}

/** A text that two values share exactly when sameJson says that they are equal; to look values up by. */
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

/** Everything in `wanted` is in `actual` with the same value; what else is there, such as defaults of an API server, is left alone. */
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

/** The value to put into the patch; undefined for no change, null for a member that goes. */
function changeOf(from: unknown, to: unknown): unknown {
  if (isAbsent(to)) return isAbsent(from) ? undefined : null;
  if (isRecord(to)) return isRecord(from) ? mergePatchOf(from, to) : to;
  return sameJson(from, to) ? undefined : to;
}

/** A member of the object itself: `constructor` and `__proto__` are keys like any other, and absent where nobody wrote them. */
function own(record: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}
