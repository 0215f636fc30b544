import { jsonKey, sameJson } from '../gardener/merge-patch.ts';
import { isRecord, type KubeObject } from '../gardener/objects.ts';
import type { Diagnostic } from './diagnostics.ts';
import { hasMoreValues } from './size.ts';

export interface ShootFindings {
  readonly shoot: KubeObject;
  readonly findings: readonly Diagnostic[];
}

/**
 * Returns the findings about a Shoot that exist for the old Shoot as well: the same finding about an equal value, for ratcheting validation.
 * Entries of lists may have moved. Values are compared because messages contain only the beginning of long strings, and no lists. Runs in time
 * proportional to the findings and their values.
 */
export function preexistingErrors(shoot: ShootFindings, oldShoot: ShootFindings): ReadonlySet<Diagnostic> {
  const numberOf = numbering();
  const identity = ({ code, path, message }: Diagnostic, object: KubeObject): string =>
    JSON.stringify([code, path.replace(/\[\d+\]/g, '[]'), message, numberOf(valueAt(object, path))]);
  const existing = new Set(oldShoot.findings.map((one) => identity(one, oldShoot.shoot)));
  return new Set(shoot.findings.filter((one) => existing.has(identity(one, shoot.shoot))));
}

/** Values with more members are compared directly, since their key would have megabytes. They are few: a large configuration has one finding. */
const maxKeyedValues = 4_000;

/** Returns a function that numbers values, with equal numbers for equal JSON. Each object is read once, since a thousand findings may have the same large value. */
function numbering(): (value: unknown) => number {
  const byKey = new Map<string, number>();
  const byObject = new Map<unknown, number>();
  const large: unknown[] = [];
  const numberByKey = (value: unknown): number => {
    const key = jsonKey(value);
    const number = byKey.get(key) ?? byKey.size;
    byKey.set(key, number);
    return number;
  };
  const numberOfLarge = (value: unknown): number => {
    const index = large.findIndex((one) => sameJson(one, value));
    return -1 - (index < 0 ? large.push(value) - 1 : index);
  };
  return (value) => {
    if (typeof value !== 'object') return numberByKey(value);
    const number =
      byObject.get(value) ?? (hasMoreValues(value, maxKeyedValues) ? numberOfLarge(value) : numberByKey(value));
    byObject.set(value, number);
    return number;
  };
}

/** Returns the value at a field path in Kubernetes notation; undefined if there is none, or if the path is truncated. */
function valueAt(object: KubeObject, path: string): unknown {
  const steps = path.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([A-Za-z0-9_-]+)/g);
  return Array.from(steps).reduce<unknown>((value, [, index, quoted, name]) => {
    if (index !== undefined) return Array.isArray(value) ? value[Number(index)] : undefined;
    const key = quoted === undefined ? name : (JSON.parse(quoted) as string);
    return isRecord(value) && key !== undefined && Object.hasOwn(value, key) ? value[key] : undefined;
  }, object);
}
