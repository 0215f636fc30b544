import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { load } from 'js-yaml';
import { cases } from '../../test/support/cases.ts';
import { canonicalJson, quote } from './quote.ts';

interface QuoteRow {
  readonly name: string;
  readonly text: string;
  readonly quoted: string;
}

const table = JSON.parse(readFileSync(path.join(import.meta.dirname, 'testdata/quote.json'), 'utf8')) as {
  readonly rows: readonly QuoteRow[];
};

cases('quotes as the table', Object.fromEntries(table.rows.map((row) => [row.name, row])), ({ text, quoted }) => {
  assert.equal(quote(text), quoted);
  assert.equal(JSON.parse(quoted), text);
  assert.deepEqual(load(`k: ${quoted}`), { k: text });
  assert.equal(canonicalJson({ k: text }), `{"k":${quoted}}`);
});

cases(
  'quote rejects',
  {
    NUL: 'a\u0000b',
    'a lone high surrogate': 'a\ud800',
    'a lone low surrogate': '\udc00a',
    'surrogates in the wrong order': '\udc00\ud800',
  },
  (text) =>
    assert.throws(() => quote(text), new RangeError('a string for a manifest contains NUL or a lone surrogate')),
);

/** Any text that Go can represent; characters with a meaning in YAML are overrepresented. */
const anyText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 4 }),
      fc.constantFrom(
        '"',
        '\\',
        '\n',
        '\r',
        '\t',
        '---',
        '...',
        ': ',
        ' #',
        '- ',
        '{{',
        '}}',
        '\u0085',
        '\u2028',
        '🦄',
      ),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''))
  .filter((text) => text.isWellFormed() && !text.includes('\0'));

test('property: quoting preserves any text as a value and as a key, without characters that a YAML parser treats as a line break', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const quoted = quote(text);
      assert.match(quoted, /^"[\x20-\x7e\u{10000}-\u{10ffff}]*"$/u);
      assert.equal(JSON.parse(quoted), text);
      assert.deepEqual(load(`- ${quoted}\n- x`), [text, 'x']);
      assert.deepEqual(Object.entries(load(canonicalJson({ [text]: text })) as object), [[text, text]]);
    }),
    { numRuns: 500 },
  );
});

test('canonicalJson ignores the order of keys and omits undefined members', () => {
  const one = { b: [1, { d: null, c: true }], a: 'x', gone: undefined };
  const other = { a: 'x', b: [1, { c: true, d: null }] };
  assert.equal(canonicalJson(one), '{"a":"x","b":[1,{"c":true,"d":null}]}');
  assert.equal(canonicalJson(one), canonicalJson(other));
});

test('canonicalJson retains a key named __proto__', () => {
  const value: unknown = JSON.parse('{"b":1,"__proto__":{"a":1}}');
  assert.equal(canonicalJson(value), '{"__proto__":{"a":1},"b":1}');
});

test('property: canonicalJson preserves any JSON value', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4, stringUnit: 'grapheme' }), (value) => {
      const text = canonicalJson({ value });
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify({ value })));
      assert.equal(canonicalJson(JSON.parse(text)), text);
    }),
  );
});

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
}

cases(
  'canonicalJson rejects',
  {
    'not-a-number': [{ a: Number.NaN }, new TypeError('a number cannot be written as JSON')],
    'an infinite number': [[Number.NEGATIVE_INFINITY], new TypeError('a number cannot be written as JSON')],
    'a big integer': [{ a: 1n }, new TypeError('a bigint cannot be written as JSON')],
    'a function': [{ a: () => 1 }, new TypeError('a function cannot be written as JSON')],
    'a string with a lone surrogate': [
      { a: 'x\ud800' },
      new RangeError('a key or a string of an object contains a lone surrogate'),
    ],
    'a key with a lone surrogate': [
      { 'x\udfff': 1 },
      new RangeError('a key or a string of an object contains a lone surrogate'),
    ],
    'excessive nesting': [nested(201), new RangeError('an object is nested deeper than 200 levels')],
  } satisfies Record<string, readonly [unknown, Error]>,
  ([value, error]) => assert.throws(() => canonicalJson(value), error),
);

test('canonicalJson accepts nesting up to the limit', () => assert.equal(canonicalJson(nested(200)).length, 401));
