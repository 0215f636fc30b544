import { itemType, structFields, valueType } from '../../gardener/api/fields.ts';
import { isRecord, recordOf } from '../../gardener/objects.ts';

/** A proposal at the cursor. */
export interface Completion {
  readonly label: string;
  /** The text to insert for the typed word. */
  readonly insert: string;
  /** The type or the allowed values, in a few words. */
  readonly detail: string;
  readonly info: string;
}

/** The schema of the providerConfig of a CNI, as JSON Schema, by network type. */
export type ConfigSchemas = Readonly<Record<string, unknown>>;

/** The cursor in a text: the keys of the object around it, the typed part of a word, and the key if the cursor is at its value. */
export interface Cursor {
  readonly keys: readonly string[];
  readonly word: string;
  readonly valueOf: string | undefined;
  readonly kind: string | undefined;
  readonly apiVersion: string | undefined;
  /** The network type that the document names. */
  readonly type: string | undefined;
}

/**
 * Reads the place of a cursor from the indentation of the lines above it, since a text that is being typed is not valid YAML. Lists count as the
 * object that they are in.
 */
export function readCursor(text: string, offset: number): Cursor {
  const before = text.slice(0, offset);
  const start = Math.max(before.lastIndexOf('\n---'), text.startsWith('---') ? 0 : -1) + 1;
  const lines = before.slice(start).split('\n');
  const current = lines.at(-1) ?? '';
  const [, value] = /^\s*(?:- +)?([\w.-]+): +\S*$/.exec(current) ?? [];
  const word = /[\w./:-]*$/.exec(current)?.[0] ?? '';
  const next = text.indexOf('\n---', offset);
  const document = text.slice(start, next < 0 ? undefined : next);
  const find = (pattern: RegExp): string | undefined => pattern.exec(document)?.[1];
  return {
    keys: parents(lines),
    word,
    valueOf: value,
    kind: find(/^kind: *"?(\w+)/m),
    apiVersion: find(/^apiVersion: *"?([\w./-]+)/m),
    type: find(/^ +type: *"?(calico|cilium)\b/m) ?? find(/apiVersion: *"?(\w+)\.networking\.extensions/),
  };
}

function parents(lines: readonly string[]): readonly string[] {
  const current = lines.at(-1) ?? '';
  let indent = contentColumn(current);
  const keys: string[] = [];
  for (const line of lines.slice(0, -1).toReversed()) {
    const [, blanks = '', dash = '', key] = /^(\s*)(- +)?([\w.-]+):/.exec(line) ?? [];
    if (key === undefined) continue;
    const column = blanks.length + dash.length;
    if (column >= indent) continue;
    if (/^\s*(?:- +)?[\w.-]+:\s*(?:#.*)?$/.test(line)) keys.unshift(key);
    indent = dash === '' ? column : blanks.length;
    if (dash !== '') indent = blanks.length + 1;
  }
  return keys;
}

function contentColumn(line: string): number {
  return (/^\s*(?:- +)?/.exec(line)?.[0] ?? '').length;
}

/** Returns what fits at a cursor: fields of the object, or values of the field. Fields of Gardener's API come from its types, options from the schema. */
export function completions(cursor: Cursor, schemas: ConfigSchemas): readonly Completion[] {
  const place = resolve(cursor.valueOf === undefined ? cursor.keys : [...cursor.keys, cursor.valueOf], cursor, schemas);
  if (place === undefined) return [];
  return cursor.valueOf === undefined ? fieldsOf(place) : valuesOf(place);
}

/** Returns the explanation of a field for a hover; undefined if it is not known. */
export function describeField(cursor: Cursor, field: string, schemas: ConfigSchemas): Completion | undefined {
  const parent = resolve(cursor.keys, cursor, schemas);
  return parent === undefined ? undefined : fieldsOf(parent).find(({ label }) => label === field);
}

type Resolved = { readonly schema: unknown } | { readonly type: string };

const configPath = ['spec', 'networking', 'providerConfig'] as const;

function resolve(keys: readonly string[], cursor: Cursor, schemas: ConfigSchemas): Resolved | undefined {
  const { kind, type } = cursor;
  const schema = type === undefined ? undefined : schemas[type];
  if (kind === 'NetworkConfig') return schemaAt(schema, keys);
  const at = kind === 'Network' ? ['spec', 'providerConfig'] : kind === 'Cluster' ? undefined : configPath;
  if (at !== undefined && at.every((key, index) => keys[index] === key)) return schemaAt(schema, keys.slice(at.length));
  return keys.reduce<Resolved | undefined>(
    (place, key) => (place !== undefined && 'type' in place ? typeAt(place.type, key) : undefined),
    { type: kind === 'Network' || kind === 'Cluster' ? kind : 'Shoot' },
  );
}

function typeAt(type: string, key: string): Resolved | undefined {
  const struct = itemType(type) ?? type;
  const found = structFields(struct)?.get(key) ?? valueType(struct);
  return found === undefined ? undefined : { type: found };
}

function schemaAt(schema: unknown, keys: readonly string[]): Resolved | undefined {
  const found = keys.reduce<unknown>((one, key) => properties(one)[key], schema);
  return found === undefined ? undefined : { schema: found };
}

/** Returns the properties of a schema of an object, which may also be null, or be the item of a list. */
function properties(schema: unknown): Readonly<Record<string, unknown>> {
  const { properties: own, anyOf, items } = recordOf(schema);
  if (isRecord(own)) return own;
  if (Array.isArray(anyOf)) return Object.assign({}, ...anyOf.map(properties)) as Record<string, unknown>;
  return isRecord(items) ? properties(items) : {};
}

function fieldsOf(place: Resolved): readonly Completion[] {
  if ('schema' in place)
    return Object.entries(properties(place.schema)).map(([label, inner]) => ({
      label,
      insert: Object.keys(properties(inner)).length > 0 ? `${label}:` : `${label}: `,
      detail: typeName(inner),
      info: textOf(recordOf(inner)['description']),
    }));
  const fields = structFields(itemType(place.type) ?? place.type) ?? new Map<string, string>();
  return [...fields].map(([label, type]) => ({
    label,
    insert: structFields(itemType(type) ?? type) === undefined ? `${label}: ` : `${label}:`,
    detail: label === 'providerConfig' ? 'NetworkConfig of the CNI' : type,
    info: '',
  }));
}

function valuesOf(place: Resolved): readonly Completion[] {
  const words = 'schema' in place ? allowed(place.schema) : place.type === 'boolean' ? ['true', 'false'] : [];
  return words.map((label) => ({ label, insert: label, detail: '', info: '' }));
}

/** Returns the allowed values of a schema that lists them. */
function allowed(schema: unknown): readonly string[] {
  const { enum: values, anyOf, type, const: only } = recordOf(schema);
  if (only !== undefined) return [textOf(only)];
  if (Array.isArray(values)) return values.filter((one) => one !== null && one !== '').map(String);
  if (Array.isArray(anyOf)) return anyOf.flatMap(allowed);
  return [type].flat().includes('boolean') ? ['true', 'false'] : [];
}

function typeName(schema: unknown): string {
  const values = allowed(schema);
  if (values.length > 0) return values.join(' | ');
  const { type, anyOf } = recordOf(schema);
  const types = [type, ...(Array.isArray(anyOf) ? anyOf.map((one) => recordOf(one)['type']) : [])].flat();
  return types.filter((one) => typeof one === 'string' && one !== 'null').join(' | ');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
