import { CrdNotationError, isMapping, type Place } from './error.ts';
import { expandFacts } from './facts.ts';
import { parseCount } from './range.ts';
import type { Schema } from './schema.ts';
import { parseType } from './type.ts';

/** What surrounds a node of the notation. */
export interface Scope extends Place {
  readonly types: ReadonlyMap<string, unknown>;
  /** Shared types that are being expanded; one that contains itself has no schema. */
  readonly inside: readonly string[];
  readonly depth: number;
}

/** Expands what stands after the name of a field: a type expression, or a mapping of fields. Throws CrdNotationError. */
export function expandNode(node: unknown, outer: Scope): Schema {
  const scope = { ...outer, depth: outer.depth + 1 };
  if (scope.depth > deepest) throw new CrdNotationError(scope, node, `nested deeper than ${deepest} levels`);
  if (isMapping(node)) return expandMapping(node, scope);
  if (typeof node !== 'string') throw new CrdNotationError(scope, node, 'expected a type or a mapping of fields');
  const type = parseType(node, scope);
  return 'schema' in type ? type.schema : expandShared(type.shared, scope);
}

/** Far beyond any CRD, and far below what the call stack holds. */
const deepest = 64;

function expandShared(name: string, scope: Scope): Schema {
  if (!scope.types.has(name)) {
    const there = [...scope.types.keys()].join(', ') || 'none';
    throw new CrdNotationError(scope, name, `no such shared type; there are ${there}`);
  }
  const inside = [...scope.inside, name];
  if (scope.inside.includes(name)) throw new CrdNotationError(scope, name, `contains itself: ${inside.join(' -> ')}`);
  const path = scope.path === '' ? name : `${scope.path} -> ${name}`;
  return expandNode(scope.types.get(name), { ...scope, path, inside });
}

/** Keys that begin with $ are facts about the whole, the others are its fields. */
function expandMapping(node: Readonly<Record<string, unknown>>, scope: Scope): Schema {
  const entries = Object.entries(node);
  const fields = entries.filter(([key]) => !key.startsWith('$')).map((entry) => expandField(entry, scope));
  const { $is, ...facts } = Object.fromEntries(entries.filter(([key]) => key.startsWith('$')));
  const addition = { fields, facts: expandFacts(facts, scope), scope };
  const twice = fields.find(({ name }, index) => fields.findIndex((field) => field.name === name) < index);
  if (twice !== undefined) throw new CrdNotationError(scope, twice.name, 'the field is there twice');
  if ($is !== undefined) return extended(expandNode($is, scope), addition);
  if (fields.length === 0) throw new CrdNotationError(scope, node, 'no fields; write object for an object without any');
  return withFields({ type: 'object', ...addition.facts }, fields);
}

interface Field {
  readonly name: string;
  readonly required: boolean;
  readonly schema: Schema;
}

function expandField([key, node]: readonly [string, unknown], scope: Scope): Field {
  const found = /^([A-Za-z][\w-]*)(?:(\{\})|\[([^\]]*)\])?(!)?$/.exec(key);
  if (found === null) {
    const forms = 'name, name[], name[1..5 set], name{}, each with ! at its end when required';
    throw new CrdNotationError(scope, key, `cannot be the name of a field; the forms are ${forms}`);
  }
  const [, name = '', map, list, required] = found;
  const brackets = map ?? (list === undefined ? '' : '[]');
  const inner = { ...scope, path: `${scope.path}${scope.path === '' ? '' : '.'}${name}${brackets}` };
  const element = expandNode(node, inner);
  const field = { name, required: required !== undefined };
  if (map !== undefined) return { ...field, schema: { type: 'object', additionalProperties: element } };
  if (list === undefined) return { ...field, schema: element };
  return { ...field, schema: { type: 'array', items: element, ...listFacts(list, inner) } };
}

/** Reads what stands between the brackets of a list: a count, then `set`, `atomic` or `by key,key`. */
function listFacts(text: string, place: Place): Schema {
  const [first = '', ...others] = text.split(' ');
  const count = parseCount(first, ['minItems', 'maxItems']);
  const kind = count === undefined ? text : others.join(' ');
  const keys = /^by ([\w-]+(?:,[\w-]+)*)$/.exec(kind)?.[1]?.split(',');
  if (keys !== undefined) return { ...count, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys };
  if (kind === 'set' || kind === 'atomic') return { ...count, 'x-kubernetes-list-type': kind };
  if (kind === '') return { ...count };
  const forms = 'a count like 1..5, then one of set, atomic and by key,key';
  throw new CrdNotationError(place, text, `between the brackets may stand ${forms}, with one blank between them`);
}

interface Addition {
  readonly fields: readonly Field[];
  readonly facts: Schema;
  readonly scope: Scope;
}

/** `$is`: another type and more. Nothing of it can be changed, so that a shared type means the same wherever it is used. */
function extended(base: Schema, { fields, facts, scope }: Addition): Schema {
  const objectOnly = Object.keys(facts).find((fact) => fact !== 'x-kubernetes-validations') ?? fields[0]?.name;
  if (objectOnly !== undefined && base.properties === undefined) {
    throw new CrdNotationError(scope, objectOnly, 'the type under $is has no fields, so it takes $rules only');
  }
  const field = fields.find(({ name }) => Object.hasOwn(base.properties ?? {}, name))?.name;
  const again = field ?? Object.keys(facts).find((fact) => fact in base);
  if (again !== undefined) throw new CrdNotationError(scope, again, 'is said by the type under $is already');
  return withFields({ ...base, ...facts }, fields);
}

/** Required fields are sorted, as in CRDs that are generated from Go types. */
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
