import { CrdNotationError, type Place } from './error.ts';
import { parseCount, parseRange } from './range.ts';
import type { Schema } from './schema.ts';

/**
 * Parses a type expression: a base, then, in this order and each at most once, `1..10`, `nullable`, `= default`, `/pattern/`.
 * Returns the schema, or the name of a shared type. Throws CrdNotationError.
 */
export function parseType(text: string, place: Place): { readonly shared: string } | { readonly schema: Schema } {
  if (typeName.test(text)) return { shared: text };
  const bare = bases.get(text);
  if (bare !== undefined) return { schema: bare().schema };
  let rest = text;
  const take = (form: RegExp): string | undefined => {
    const found = form.exec(rest);
    rest = rest.slice(found?.[0].length ?? 0);
    return found?.[1];
  };
  const fail = (why: string): never => {
    throw new CrdNotationError(place, text, why);
  };

  const word = take(/^(\S+)/) ?? '';
  const base = wordBases.has(word) ? wordBase(word, take(/^ (\S+(?: & \S+)*)/), fail) : bases.get(word)?.();
  if (base === undefined)
    return fail(`unknown type; known are ${known}, and shared types, which start with a capital letter`);
  const read = (modifier: string, reader: Reader | undefined, given: string | undefined): Schema => {
    if (given === undefined) return {};
    if (reader === undefined) return fail(`this type accepts no ${modifier}`);
    return reader(given) ?? fail(`${given} is not a valid ${modifier} of this type`);
  };
  const schema = {
    ...base.schema,
    ...read('range', base.range, take(/^ (-?\d+(?:\.\.(?:-?\d+)?)?|\.\.-?\d+)(?= |$)/)),
    ...(take(/^ (nullable)(?= |$)/) !== undefined && { nullable: true }),
    ...read('default', base.preset, take(/^ = ("(?:[^"\\]|\\.)*"|[^\s"/]\S*)(?= |$)/)),
    // Last and up to the end, so that a slash inside needs no escaping.
    ...read('pattern', base.pattern, take(/^ \/(.+)\/$/s)),
  };
  return rest === '' ? { schema } : fail(`unexpected ${JSON.stringify(rest)}; ${order}`);
}

/** Shared types start with a capital letter, which distinguishes them from bases. */
export const typeName = /^[A-Z][A-Za-z0-9]*$/;

type Fail = (why: string) => never;

/** Converts a modifier to keywords of the schema; undefined if it does not fit the type. */
type Reader = (text: string) => Schema | undefined;

/** A base type; a modifier without a reader is not accepted. */
interface Base {
  readonly schema: Schema;
  readonly range?: Reader;
  readonly preset?: Reader;
  readonly pattern?: Reader;
}

/** Functions, so that no two nodes of a CRD share an object. */
const bases: ReadonlyMap<string, () => Base> = new Map<string, () => Base>([
  ['string', () => ({ schema: { type: 'string' }, range: lengths, preset: textPreset, pattern })],
  ['int', () => integer()],
  ['int32', () => integer('int32')],
  ['int64', () => integer('int64')],
  ['number', () => ({ schema: { type: 'number' }, range: values, preset: jsonPreset(Number.isFinite) })],
  ['bool', () => ({ schema: { type: 'boolean' }, preset: jsonPreset((value) => typeof value === 'boolean') })],
  ['date-time', () => ({ schema: { type: 'string', format: 'date-time' } })],
  ['int-or-string', () => ({ schema: intOrString(), pattern })],
  ['object', () => ({ schema: { type: 'object' } })],
]);

const wordBases = new Set(['enum', 'anycase']);
const known = [...bases.keys(), 'enum A|B', 'anycase A|B'].join(', ');
const order =
  'a type may be followed, in this order, by 1..10, nullable, = default and /pattern/, each after one space';

function integer(format?: string): Base {
  const schema = { type: 'integer', ...(format !== undefined && { format }) };
  return { schema, range: values, preset: jsonPreset(Number.isSafeInteger) };
}

function intOrString(): Schema {
  return { anyOf: [{ type: 'integer' }, { type: 'string' }], 'x-kubernetes-int-or-string': true };
}

/** `enum A|B` is one of the words, `enum A|B & B|C` a word in each of the lists, `anycase A|B` a word in any case, or empty. */
function wordBase(word: string, text = '', fail: Fail): Base {
  const lists = text.split(' & ').map((list) => list.split('|'));
  for (const list of lists) {
    if (!list.every((item) => /^[A-Za-z0-9][\w-]*$/.test(item))) fail(`expected words separated by | after ${word}`);
    if (new Set(list).size < list.length) fail(`duplicate word after ${word}`);
  }
  if (word === 'anycase') {
    if (lists.length > 1) fail('anycase accepts one list of words');
    return { schema: { type: 'string', pattern: `^(?i)(${text})?$` } };
  }
  const schema = lists.length > 1 ? { allOf: lists.map((list) => ({ enum: list })) } : { enum: lists[0] };
  const allowed = (value: string): boolean => lists.every((list) => list.includes(value));
  return {
    schema: { type: 'string', ...schema },
    preset: (given) => (allowed(given) ? { default: given } : undefined),
  };
}

function lengths(text: string): Schema | undefined {
  return parseCount(text, ['minLength', 'maxLength']);
}

function values(text: string): Schema | undefined {
  return parseRange(text, ['minimum', 'maximum']);
}

function pattern(text: string): Schema {
  return { pattern: text };
}

/** A default is bare or, if it is empty or contains spaces, quoted. */
function textPreset(text: string): Schema | undefined {
  if (!text.startsWith('"')) return { default: text };
  return jsonPreset((value) => typeof value === 'string')(text);
}

function jsonPreset(condition: (value: unknown) => boolean): Reader {
  return (text) => {
    const value = json(text);
    return condition(value) ? { default: value } : undefined;
  };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
