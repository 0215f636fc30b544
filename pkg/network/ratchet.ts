import { jsonKey } from '../gardener/merge-patch.ts';
import { isRecord, type KubeObject } from '../gardener/objects.ts';
import type { Diagnostic } from './diagnostics.ts';

export interface ShootFindings {
  readonly shoot: KubeObject;
  readonly findings: readonly Diagnostic[];
}

/**
 * Those findings about a Shoot that are about something that was stored so before: the same finding about the same value. Entries of lists may
 * have moved. The values themselves are compared because messages show only the beginning of long texts and nothing of lists. Takes time in
 * proportion to the findings and the values that they are about.
 */
export function preexistingErrors(now: ShootFindings, before: ShootFindings): ReadonlySet<Diagnostic> {
  const numberOf = numbering();
  const identity = ({ code, path, message }: Diagnostic, shoot: KubeObject): string =>
    JSON.stringify([code, path.replace(/\[\d+\]/g, '[]'), message, numberOf(valueAt(shoot, path))]);
  const known = new Set(before.findings.map((one) => identity(one, before.shoot)));
  return new Set(now.findings.filter((one) => known.has(identity(one, now.shoot))));
}

/** The same number for values that are equal as JSON. Each object is read once: a thousand findings may be about the same large one. */
function numbering(): (value: unknown) => number {
  const byKey = new Map<string, number>();
  const byObject = new Map<unknown, number>();
  const numberOf = (value: unknown): number => {
    const key = jsonKey(value);
    const number = byKey.get(key) ?? byKey.size;
    byKey.set(key, number);
    return number;
  };
  return (value) => {
    if (typeof value !== 'object') return numberOf(value);
    const number = byObject.get(value) ?? numberOf(value);
    byObject.set(value, number);
    return number;
  };
}

/** The value at a field path in Kubernetes notation; undefined where there is none, or where the path was cut for its length. */
function valueAt(object: KubeObject, path: string): unknown {
  const steps = path.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([A-Za-z0-9_-]+)/g);
  return Array.from(steps).reduce<unknown>((value, [, index, quoted, name]) => {
    if (index !== undefined) return Array.isArray(value) ? value[Number(index)] : undefined;
    const key = quoted === undefined ? name : (JSON.parse(quoted) as string);
    return isRecord(value) && key !== undefined && Object.hasOwn(value, key) ? value[key] : undefined;
  }, object);
}
