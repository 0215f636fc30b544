import { expandAttributes } from './attributes.ts';
import { CrdNotationError, isMapping, type Place } from './error.ts';
import { parseCount } from './range.ts';
import type { Schema } from './schema.ts';
import { parseType } from './type.ts';

/** The context of a node of the notation. */
export interface Scope extends Place {
  readonly types: ReadonlyMap<string, unknown>;
  /** Shared types that are being expanded, to detect one that contains itself. */
  readonly inside: readonly string[];
  readonly depth: number;
}

/** Expands the value of a field: a type expression or a mapping of fields. Throws CrdNotationError. */
export function expandNode(node: unknown, outer: Scope): Schema {
  const scope = { ...outer, depth: outer.depth + 1 };
  if (scope.depth > maxDepth) throw new CrdNotationError(scope, node, `nested deeper than ${maxDepth} levels`);
  if (isMapping(node)) return expandMapping(node, scope);
  if (typeof node !== 'string') throw new CrdNotationError(scope, node, 'expected a type or a mapping of fields');
  const type = parseType(node, scope);
  return 'schema' in type ? type.schema : expandShared(type.shared, scope);
}

/** Far beyond any CRD, and far below the limit of the call stack. */
const maxDepth = 64;

function expandShared(name: string, scope: Scope): Schema {
  if (!scope.types.has(name)) {
    const known = [...scope.types.keys()].join(', ') || 'none';
    throw new CrdNotationError(scope, name, `unknown shared type; known are ${known}`);
  }
  const inside = [...scope.inside, name];
  if (scope.inside.includes(name)) throw new CrdNotationError(scope, name, `contains itself: ${inside.join(' -> ')}`);
  const path = scope.path === '' ? name : `${scope.path} -> ${name}`;
  return expandNode(scope.types.get(name), { ...scope, path, inside });
}

/** Keys that start with $ are attributes of the mapping, the others are its fields. */
function expandMapping(node: Readonly<Record<string, unknown>>, scope: Scope): Schema {
  const entries = Object.entries(node);
  const fields = entries.filter(([key]) => !key.startsWith('$')).map((entry) => expandField(entry, scope));
  const { $is, ...attributes } = Object.fromEntries(entries.filter(([key]) => key.startsWith('$')));
  const addition = { fields, attributes: expandAttributes(attributes, scope), scope };
  const duplicate = fields.find(({ name }, index) => fields.findIndex((field) => field.name === name) < index);
  if (duplicate !== undefined) throw new CrdNotationError(scope, duplicate.name, 'duplicate field');
  if ($is !== undefined) return extended(expandNode($is, scope), addition);
  if (fields.length === 0) throw new CrdNotationError(scope, node, 'no fields; write object for an object without any');
  return withFields({ type: 'object', ...addition.attributes }, fields);
}

interface Field {
  readonly name: string;
  readonly required: boolean;
  readonly schema: Schema;
}

function expandField([key, node]: readonly [string, unknown], scope: Scope): Field {
  const found = /^([A-Za-z][\w-]*)(?:(\{\})|\[([^\]]*)\])?(!)?$/.exec(key);
  if (found === null) {
    const forms = 'name, name[], name[1..5 set] and name{}, each followed by ! if required';
    throw new CrdNotationError(scope, key, `invalid field; the forms are ${forms}`);
  }
  const [, name = '', map, list, required] = found;
  const brackets = map ?? (list === undefined ? '' : '[]');
  const inner = { ...scope, path: `${scope.path}${scope.path === '' ? '' : '.'}${name}${brackets}` };
  const element = expandNode(node, inner);
  const field = { name, required: required !== undefined };
  if (map !== undefined) return { ...field, schema: { type: 'object', additionalProperties: element } };
  if (list === undefined) return { ...field, schema: element };
  return { ...field, schema: { type: 'array', items: element, ...listKeywords(list, inner) } };
}

/** Reads the text between the brackets of a list: a count, then `set`, `atomic` or `by key,key`. */
function listKeywords(text: string, place: Place): Schema {
  const [first = '', ...others] = text.split(' ');
  const count = parseCount(first, ['minItems', 'maxItems']);
  const kind = count === undefined ? text : others.join(' ');
  const keys = /^by ([\w-]+(?:,[\w-]+)*)$/.exec(kind)?.[1]?.split(',');
  if (keys !== undefined) return { ...count, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys };
  if (kind === 'set' || kind === 'atomic') return { ...count, 'x-kubernetes-list-type': kind };
  if (kind === '') return { ...count };
  const forms = 'a count like 1..5, then one of set, atomic and by key,key';
  throw new CrdNotationError(place, text, `expected between the brackets: ${forms}, separated by one space`);
}

interface Addition {
  readonly fields: readonly Field[];
  readonly attributes: Schema;
  readonly scope: Scope;
}

/** Extends the type under `$is`. An extension only adds, so that a shared type has the same meaning wherever it is used. */
function extended(base: Schema, { fields, attributes, scope }: Addition): Schema {
  const objectOnly = Object.keys(attributes).find((name) => name !== 'x-kubernetes-validations') ?? fields[0]?.name;
  if (objectOnly !== undefined && base.properties === undefined) {
    throw new CrdNotationError(scope, objectOnly, 'the type under $is has no fields and accepts $rules only');
  }
  const field = fields.find(({ name }) => Object.hasOwn(base.properties ?? {}, name))?.name;
  const duplicate = field ?? Object.keys(attributes).find((name) => name in base);
  if (duplicate !== undefined) throw new CrdNotationError(scope, duplicate, 'is already defined by the type under $is');
  return withFields({ ...base, ...attributes }, fields);
}

/** Sorts required fields, as CRDs generated from Go types have them. */
function withFields(base: Schema, fields: readonly Field[]): Schema {
  const required = fields.filter((field) => field.required).map(({ name }) => name);
  const all = [...(base.required ?? []), ...required].sort();
  const own = fields.map(({ name, schema }) => [name, schema] as const);
  return {
    ...base,
    ...(own.length > 0 && { properties: Object.fromEntries([...Object.entries(base.properties ?? {}), ...own]) }),
    ...(all.length > 0 && { required: all }),
  };
}
