import { canonicalJson } from './quote.ts';

/** An object of a manifest, and the text by which it is stored, hashed and compared. */
export interface RenderedObject {
  /** Canonical JSON: sorted keys, printable ASCII. */
  readonly json: string;
  /** With keys in the order of the template. Parsed on each access: hundreds of renderings are cached as text and rarely inspected. */
  readonly object: PlainObject;
}

export interface PlainObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

/** Converts plain data, which must be a Kubernetes object; throws if apiVersion, kind or metadata.name is missing. */
export function fromPlain(value: unknown): RenderedObject {
  const object = plainObject(value);
  const ordered = JSON.stringify(object);
  return {
    json: canonicalJson(object),
    get object() {
      return JSON.parse(ordered) as PlainObject;
    },
  };
}

/** Returns the value if it is a Kubernetes object; throws otherwise, like `fromPlain`. */
export function plainObject(value: unknown): PlainObject {
  if (isPlainObject(value)) return value;
  throw new TypeError('a manifest must be an object with apiVersion, kind and metadata.name');
}

function isPlainObject(value: unknown): value is PlainObject {
  if (typeof value !== 'object' || value === null) return false;
  const { apiVersion, kind, metadata } = value as Partial<PlainObject>;
  return (
    typeof apiVersion === 'string' &&
    typeof kind === 'string' &&
    typeof metadata === 'object' &&
    metadata !== null &&
    typeof metadata.name === 'string'
  );
}
