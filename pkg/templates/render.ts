import { canonicalJson } from './quote.ts';

/** An object of a manifest and the one text by which it is stored, hashed and compared. */
export interface RenderedObject {
  /** Canonical JSON: sorted keys, printable ASCII. */
  readonly json: string;
  /** In the order of the template. Parsed anew each time: renderings are kept by the hundred, as text, and hardly ever looked into. */
  readonly object: PlainObject;
}

export interface PlainObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

/** Takes plain data that must be a Kubernetes object; throws when apiVersion, kind or metadata.name is missing. */
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

/** The value itself, when it is a Kubernetes object; throws otherwise, like `fromPlain`. */
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
