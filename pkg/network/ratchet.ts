import { sameJson } from '../gardener/merge-patch.ts';
import { isRecord, type KubeObject } from '../gardener/objects.ts';
import type { Diagnostic } from './diagnostics.ts';

export interface StoredFindings {
  readonly shoot: KubeObject;
  readonly findings: readonly Diagnostic[];
}

/**
 * Whether a finding about a Shoot is about something that was stored so before: the same finding about the same value. Entries of lists may
 * have moved. The values themselves are compared because messages show only the beginning of long texts and nothing of lists.
 */
export function isStored(input: {
  readonly finding: Diagnostic;
  readonly shoot: KubeObject;
  readonly before: StoredFindings;
}): boolean {
  const { finding, shoot, before } = input;
  const value = valueAt(shoot, finding.path);
  return before.findings.some(
    (one) => identity(one) === identity(finding) && sameJson(valueAt(before.shoot, one.path), value),
  );
}

function identity({ code, path, message }: Diagnostic): string {
  return JSON.stringify([code, path.replace(/\[\d+\]/g, '[]'), message]);
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
