import { gardenerFields } from './fields.generated.ts';

/**
 * The fields of Gardener's API as facts, by which offline commands recognize misspelled and misplaced fields. The admission does not use them,
 * since the API server of the garden decodes Shoots itself and may have fields of a later version.
 */

/** The version of Gardener with these fields, such as `v1.148.0`. */
export const gardenerVersion: string = gardenerFields.version;

/** Kinds whose fields are known. */
export type GardenerKind = 'Shoot' | 'Network' | 'Cluster';

/**
 * A type in the notation of fields.generated.ts: `string`, `boolean`, `int32`, `int64`, `number`, `quantity` (a string or a number), `intOrString`,
 * `any`, or the name of a struct; with the prefix `[]` a list, with `{}` an object with keys of any name.
 */
export type FieldType = string;

/** Returns the fields of a struct and their types; undefined if the type is none. */
export function structFields(type: FieldType): ReadonlyMap<string, FieldType> | undefined {
  const known = parsed.get(type);
  if (known !== undefined) return known;
  const source = sources.get(type);
  if (source === undefined) return undefined;
  const fields = new Map(source === '' ? [] : source.split(', ').map(readField));
  parsed.set(type, fields);
  return fields;
}

/** Returns the type of the items of a list; undefined if the type is no list. */
export function itemType(type: FieldType): FieldType | undefined {
  return type.startsWith('[]') ? type.slice(2) : undefined;
}

/** Returns the type of the values of an object with keys of any name; undefined if the type is none. */
export function valueType(type: FieldType): FieldType | undefined {
  return type.startsWith('{}') ? type.slice(2) : undefined;
}

const sources: ReadonlyMap<string, string> = new Map(Object.entries(gardenerFields.structs));

/** Structs are parsed on first use. */
const parsed = new Map<string, ReadonlyMap<string, FieldType>>();

function readField(text: string): readonly [name: string, type: FieldType] {
  const [name = '', type = 'any'] = text.split(' ');
  return [name, type];
}
