import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cases } from '../../../test/support/cases.ts';
import { CrdNotationError } from './error.ts';
import { parseType } from './type.ts';

const place = { crd: 'widgets.example.org', path: 'spec.size' };
const expected = (text: string): unknown => {
  const type = parseType(text, place);
  return 'schema' in type ? type.schema : type;
};

const schemas: Readonly<Record<string, readonly [string, unknown]>> = {
  'a string': ['string', { type: 'string' }],
  'a whole number': ['int', { type: 'integer' }],
  'a whole number of 32 bits': ['int32', { type: 'integer', format: 'int32' }],
  'a whole number of 64 bits': ['int64', { type: 'integer', format: 'int64' }],
  'a number': ['number', { type: 'number' }],
  'a boolean': ['bool', { type: 'boolean' }],
  'a time': ['date-time', { type: 'string', format: 'date-time' }],
  'a port by number or name': [
    'int-or-string',
    { anyOf: [{ type: 'integer' }, { type: 'string' }], 'x-kubernetes-int-or-string': true },
  ],
  'an object without fields': ['object', { type: 'object' }],
  'a shared type': ['Peer', { shared: 'Peer' }],
  'a list of words': ['enum Always|Never', { type: 'string', enum: ['Always', 'Never'] }],
  'one word': ['enum On', { type: 'string', enum: ['On'] }],
  'words in both of two lists': [
    'enum A|B & B|C',
    { type: 'string', allOf: [{ enum: ['A', 'B'] }, { enum: ['B', 'C'] }] },
  ],
  'words in any case': ['anycase Off|Info', { type: 'string', pattern: '^(?i)(Off|Info)?$' }],
  'a range of values': ['int -1..10', { type: 'integer', minimum: -1, maximum: 10 }],
  'a minimum': ['int32 1..', { type: 'integer', format: 'int32', minimum: 1 }],
  'a maximum': ['number ..-5', { type: 'number', maximum: -5 }],
  'a single value': ['int 7', { type: 'integer', minimum: 7, maximum: 7 }],
  'a range of lengths': ['string 1..43', { type: 'string', minLength: 1, maxLength: 43 }],
  'a length': ['string 4', { type: 'string', minLength: 4, maxLength: 4 }],
  'null allowed': ['date-time nullable', { type: 'string', format: 'date-time', nullable: true }],
  'a bare default': ['string = TCP', { type: 'string', default: 'TCP' }],
  'an empty default': ['string = ""', { type: 'string', default: '' }],
  'a default with a space and a quote': ['string = "a \\"b\\" /c/"', { type: 'string', default: 'a "b" /c/' }],
  'a number as the default of a string': ['string = 5', { type: 'string', default: '5' }],
  'a default number': ['int64 = 0', { type: 'integer', format: 'int64', default: 0 }],
  'a default boolean': ['bool = false', { type: 'boolean', default: false }],
  'a default word': ['enum A|B = B', { type: 'string', enum: ['A', 'B'], default: 'B' }],
  'a pattern': ['string /^a$/', { type: 'string', pattern: '^a$' }],
  'a pattern with slashes and spaces': ['string /^a /b/ nullable$/', { type: 'string', pattern: '^a /b/ nullable$' }],
  'a pattern for numbers or names': [
    'int-or-string /^.*/',
    { anyOf: [{ type: 'integer' }, { type: 'string' }], 'x-kubernetes-int-or-string': true, pattern: '^.*' },
  ],
  everything: [
    'string 1..9 nullable = a /^a+$/',
    { type: 'string', minLength: 1, maxLength: 9, nullable: true, default: 'a', pattern: '^a+$' },
  ],
};
cases('parses', schemas, ([text, schema]) => assert.deepEqual(expected(text), schema));

const known =
  'string, int, int32, int64, number, bool, date-time, int-or-string, object, enum A|B, anycase A|B, and shared types, which start with a capital letter';
const order =
  'a type may be followed, in this order, by 1..10, nullable, = default and /pattern/, each after one space';
const messages: Readonly<Record<string, readonly [string, string]>> = {
  'a misspelt type': ['strng', `unknown type; known are ${known}`],
  'no type': ['', `unknown type; known are ${known}`],
  'a space before the type': [' int', `unknown type; known are ${known}`],
  'an inherited property': ['constructor', `unknown type; known are ${known}`],
  'modifiers in the wrong order': ['string nullable 1..5', `unexpected " 1..5"; ${order}`],
  'a misspelt modifier': ['int optional', `unexpected " optional"; ${order}`],
  'two spaces': ['int  1..5', `unexpected "  1..5"; ${order}`],
  'a trailing space': ['int ', `unexpected " "; ${order}`],
  'a default without a value': ['int =', `unexpected " ="; ${order}`],
  'a default with an unclosed quote': ['string = "a', `unexpected " = \\"a"; ${order}`],
  'an unclosed pattern': ['string /^a', `unexpected " /^a"; ${order}`],
  'an empty pattern': ['string //', `unexpected " //"; ${order}`],
  'a modifier of a shared type': ['Peer nullable', `unknown type; known are ${known}`],
  'an empty range': ['int 5..1', '5..1 is not a valid range of this type'],
  'a negative length': ['string -1..5', '-1..5 is not a valid range of this type'],
  'a range beyond exact numbers': ['int ..9007199254740993', '..9007199254740993 is not a valid range of this type'],
  'a range of a boolean': ['bool 0..1', 'this type accepts no range'],
  'a range of words': ['enum A|B 1..2', 'this type accepts no range'],
  'a string as the default of a number': ['int = one', 'one is not a valid default of this type'],
  'a fraction as the default of an integer': ['int32 = 1.5', '1.5 is not a valid default of this type'],
  'a number as the default of a boolean': ['bool = 1', '1 is not a valid default of this type'],
  'a default outside of the list': ['enum A|B = C', 'C is not a valid default of this type'],
  'a default in only one of two lists': ['enum A|B & B|C = A', 'A is not a valid default of this type'],
  'a default with a bad escape': ['string = "\\q"', '"\\q" is not a valid default of this type'],
  'a default of a time': ['date-time = now', 'this type accepts no default'],
  'a pattern of a number': ['int /1/', 'this type accepts no pattern'],
  'a second pattern': ['anycase A|B /a/', 'this type accepts no pattern'],
  'no words': ['enum', 'expected words separated by | after enum'],
  'an empty word': ['enum A||B', 'expected words separated by | after enum'],
  'a word with a space': ['enum A |B', `unexpected " |B"; ${order}`],
  'a word with a character that is special in patterns': [
    'anycase A.|B',
    'expected words separated by | after anycase',
  ],
  'a duplicate word': ['enum A|B|A', 'duplicate word after enum'],
  'two lists in any case': ['anycase A & B', 'anycase accepts one list of words'],
};
cases('rejects', messages, ([text, why]) =>
  assert.throws(() => parseType(text, place), {
    name: 'CrdNotationError',
    crd: 'widgets.example.org',
    path: 'spec.size',
    message: `CRD widgets.example.org: spec.size: ${JSON.stringify(text)}: ${why}`,
  }),
);

test('property: a type expression combines the keywords of its parts', () => {
  const whole = fc.integer({ min: -1000, max: 1000 });
  const ranges = fc.tuple(whole, fc.nat(500)).chain(([minimum, width]) => {
    const maximum = minimum + width;
    const forms: readonly (readonly [string, object])[] = [
      ['', {}],
      [` ${minimum}..${maximum}`, { minimum, maximum }],
      [` ${minimum}..`, { minimum }],
      [` ..${maximum}`, { maximum }],
      [` ${minimum}`, { minimum, maximum: minimum }],
    ];
    return fc.constantFrom(...forms);
  });
  const nullables = fc.constantFrom<readonly [string, object]>(['', {}], [' nullable', { nullable: true }]);
  const presets = fc.oneof(
    fc.constant(['', {}] as const),
    whole.map((value) => [` = ${value}`, { default: value }] as const),
  );
  fc.assert(
    fc.property(fc.tuple(ranges, nullables, presets), (parts) => {
      const text = `int${parts.map(([written]) => written).join('')}`;
      assert.deepEqual(expected(text), Object.assign({ type: 'integer' }, ...parts.map(([, keywords]) => keywords)));
    }),
  );
});

test('property: patterns and default strings are preserved verbatim', () => {
  const pattern = fc.string({ minLength: 1, unit: 'binary' });
  fc.assert(
    fc.property(pattern, fc.string({ unit: 'binary' }), (written, preset) => {
      const text = `string = ${JSON.stringify(preset)} /${written}/`;
      assert.deepEqual(expected(text), { type: 'string', default: preset, pattern: written });
    }),
  );
});

test('property: parsing ends with a type or a CrdNotationError for any text', () => {
  const tokens = 'enum anycase int string nullable .. 1 . / | & = " \\'.split(' ');
  const token = fc.constantFrom(' ', ...tokens);
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(token, { maxLength: 12 }).map((all) => all.join('')),
  );
  fc.assert(
    fc.property(text, (given) => {
      try {
        parseType(given, place);
      } catch (error) {
        assert.ok(error instanceof CrdNotationError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});
