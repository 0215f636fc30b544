/** Plain JSON as an API server sends it; nothing in the core holds anything else. */
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

/** Any Kubernetes object; the fields beside metadata are the kind's own. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [key: string]: unknown;
}

/**
 * `Kind namespace/name`, the way every message of this project names an object. Names that no API server would take are quoted: offline
 * commands print what a file claims, and a terminal obeys control characters.
 */
export function describeObject(object: { readonly kind: string; readonly metadata: ObjectMeta }): string {
  const { namespace, name } = object.metadata;
  return `${object.kind} ${namespace === undefined ? '' : `${plain(namespace)}/`}${plain(name)}`;
}

function plain(name: unknown): string {
  if (typeof name !== 'string') return `(${typeof name})`;
  return /^[A-Za-z0-9.:_-]{0,253}$/.test(name) ? name : quoted(name);
}

/** A text as messages show it: a JSON string in printable ASCII, cut to at most `longest` characters. */
export function quoted(text: string, longest = 80): string {
  const cut = text.length > longest ? `${text.slice(0, longest)}...` : text;
  return JSON.stringify(cut).replace(
    /[^\x20-\x7e]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** True for what JSON calls an object: no array, no null. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value when it is such an object, else an empty one: to look into what others have written. */
export function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}
