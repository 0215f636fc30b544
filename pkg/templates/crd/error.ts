/** A place in a definition, for messages: the CRD and the path of the field. */
export interface Place {
  readonly crd: string;
  /** As in `spec.egress[].ports -> AdminPort.portNumber`, where an arrow leads into a shared type; empty for the root. */
  readonly path: string;
}

/** A violation of the CRD notation. The message names the CRD, the path, the offending value and what is allowed in its place. */
export class CrdNotationError extends Error {
  readonly crd: string;
  readonly path: string;

  constructor(place: Place, text: unknown, why: string) {
    const path = place.path === '' ? 'fields' : place.path;
    super(`CRD ${place.crd}: ${path}: ${show(text)}: ${why}`);
    this.name = 'CrdNotationError';
    this.crd = place.crd;
    this.path = path;
  }
}

/** True for a YAML mapping. */
export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return 'a list';
  if (isMapping(value)) return `a mapping with ${Object.keys(value).join(', ') || 'no keys'}`;
  if (value === undefined) return 'nothing';
  return value === null || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : `a ${typeof value}`;
}
