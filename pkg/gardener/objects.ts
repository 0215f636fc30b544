/** Plain JSON as an API server sends it, the only kind of value in the core. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
}

/** Any Kubernetes object; the fields beside metadata depend on its kind. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [key: string]: unknown;
}

/**
 * Returns `Kind namespace/name`, the form in which all messages name an object. Names that no API server accepts are quoted, since offline
 * commands print the content of arbitrary files and a terminal interprets control characters.
 */
export function describeObject(object: { readonly kind: string; readonly metadata: ObjectMeta }): string {
  const { namespace, name } = object.metadata;
  return `${object.kind} ${namespace === undefined ? '' : `${describeName(namespace)}/`}${describeName(name)}`;
}

/** Returns a name for use in messages: unchanged if it has only characters of Kubernetes names, otherwise quoted and cut. */
export function describeName(name: unknown): string {
  if (typeof name !== 'string') return `(${typeof name})`;
  return /^[A-Za-z0-9.:_-]{0,253}$/.test(name) ? name : quoted(name);
}

/** Returns a string for use in messages: a JSON string in printable ASCII, cut to `maxLength` characters. */
export function quoted(text: string, maxLength = 80): string {
  const cut = text.length > maxLength ? `${text.slice(0, maxLength)}...` : text;
  return JSON.stringify(cut).replace(
    /[^\x20-\x7e]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** True for a JSON object: neither an array nor null. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns the value if it is a JSON object, else an empty one; for reading data of unknown shape. */
export function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}
