/** Where in a definition the notation stands: the CRD and the path of the field, for messages. */
export interface Place {
  readonly crd: string;
  /** As in `spec.egress[].ports -> AdminPort.portNumber`, where an arrow leads into a shared type; empty for the root. */
  readonly path: string;
}

/** The notation of a CRD cannot be read. Names the CRD, the path and the offending text, and says what is allowed there. */
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
  if (isMapping(value)) return `a mapping with ${Object.keys(value).join(', ') || 'nothing in it'}`;
  if (value === undefined) return 'nothing';
  return value === null || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : `a ${typeof value}`;
}
