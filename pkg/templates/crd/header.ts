import { CrdNotationError, isMapping } from './error.ts';
import type { Schema } from './schema.ts';

type Texts = Readonly<Record<string, string>>;

/** The header of a definition: everything except its types and fields. */
export interface CrdHeader {
  readonly name: string;
  readonly group: string;
  readonly names: Schema;
  readonly scope: string;
  readonly version: string;
  readonly labels: Texts | undefined;
  readonly annotations: Texts | undefined;
  readonly preserveUnknownFields: boolean | undefined;
  readonly columns: readonly Texts[] | undefined;
  readonly status: boolean;
}

/** Reads the header of a definition. Throws CrdNotationError. */
export function readHeader(definition: Readonly<Record<string, unknown>>): CrdHeader {
  const crd = crdName(definition);
  const unknown = Object.keys(definition).find((key) => !keys.includes(key));
  if (unknown !== undefined) {
    throw new CrdNotationError({ crd, path: 'definition' }, unknown, `unknown key; the keys are ${keys.join(', ')}`);
  }

  const at = (key: string): Entry => ({ crd, path: key, value: definition[key] });
  const name = matching(at('crd'), /^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+$/, 'expected plural.group');
  const plural = name.slice(0, name.indexOf('.'));
  const kind = matching(at('kind'), /^[A-Z][A-Za-z0-9]*$/, 'expected a kind like IPPool');
  const listKind = optional(at('listKind'), only(false)) ?? `${kind}List`;
  const shortNames = optional(at('shortNames'), lowerCaseNames);
  return {
    name,
    group: name.slice(plural.length + 1),
    names: {
      kind,
      ...(listKind !== false && { listKind }),
      plural,
      ...(shortNames !== undefined && { shortNames }),
      singular: optional(at('singular'), lowerCaseName) ?? kind.toLowerCase(),
    },
    scope: matching(at('scope'), /^(Cluster|Namespaced)$/, 'expected Cluster or Namespaced'),
    version: matching(at('version'), /^v[1-9]\d*((alpha|beta)[1-9]\d*)?$/, 'expected a version like v1 or v1alpha1'),
    labels: optional(at('labels'), texts),
    annotations: optional(at('annotations'), texts),
    preserveUnknownFields: optional(at('preserveUnknownFields'), only(false)),
    columns: optional(at('columns'), columns),
    status: optional(at('status'), only(true)) ?? false,
  };
}

/** Returns the name of a definition for messages, also if it has none. */
export function crdName(definition: unknown): string {
  return isMapping(definition) && typeof definition['crd'] === 'string' ? definition['crd'] : '(without a name)';
}

const namingKeys = ['crd', 'kind', 'singular', 'listKind', 'shortNames', 'labels', 'annotations'];
const keys = [...namingKeys, 'scope', 'version', 'preserveUnknownFields', 'columns', 'status', 'types', 'fields'];

interface Entry {
  readonly crd: string;
  readonly path: string;
  readonly value: unknown;
}

function optional<Value>(entry: Entry, read: (entry: Entry) => Value): Value | undefined {
  return entry.value === undefined ? undefined : read(entry);
}

function matching(entry: Entry, form: RegExp, expected: string): string {
  const value = readString(entry, expected);
  if (!form.test(value)) throw new CrdNotationError(entry, value, expected);
  return value;
}

function readString(entry: Entry, expected: string): string {
  if (typeof entry.value !== 'string') throw new CrdNotationError(entry, entry.value, expected);
  return entry.value;
}

function lowerCaseName(entry: Entry): string {
  return matching(entry, /^[a-z][a-z0-9-]*$/, 'expected a name in lower case');
}

function lowerCaseNames(entry: Entry): readonly string[] {
  if (!Array.isArray(entry.value)) throw new CrdNotationError(entry, entry.value, 'expected a list of names');
  return entry.value.map((value: unknown, index) =>
    lowerCaseName({ ...entry, path: `${entry.path}[${index}]`, value }),
  );
}

function only<Value>(value: Value): (entry: Entry) => Value {
  return (entry) => {
    if (entry.value !== value) throw new CrdNotationError(entry, entry.value, `must be ${String(value)}`);
    return value;
  };
}

function texts(entry: Entry): Texts {
  if (!isMapping(entry.value)) throw new CrdNotationError(entry, entry.value, 'expected a mapping of strings');
  return Object.fromEntries(
    Object.entries(entry.value).map(([key, value]): readonly [string, string] => [
      key,
      readString({ ...entry, path: `${entry.path}.${key}`, value }, 'expected a string'),
    ]),
  );
}

function columns(entry: Entry): readonly Texts[] {
  return Object.entries(texts(entry)).map(([name, value]) => {
    const [, type, jsonPath] = /^(string|integer|number|boolean|date) (\.\S.*)$/.exec(value) ?? [];
    if (type !== undefined && jsonPath !== undefined) return { name, type, jsonPath };
    const place = { crd: entry.crd, path: `${entry.path}.${name}` };
    throw new CrdNotationError(place, value, 'expected a type and a path, like date .metadata.creationTimestamp');
  });
}
