import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cases } from '../../test/support/cases.ts';
import { child, didYouMean, field, show } from './field.ts';

cases<{ readonly value: unknown; readonly shown: string }>(
  {
    'formats a string as JSON': { value: 'say "hi"\n', shown: '"say \\"hi\\"\\n"' },
    'escapes control sequences of terminals and YAML': {
      value: '\u0000\u001b\u0085\u009b\u2028\u2029\ufeff\ud800é🦄',
      shown: '"\\u0000\\u001b\\u0085\\u009b\\u2028\\u2029\\ufeff\\ud800\\u00e9\\ud83e\\udd84"',
    },
    'truncates a long string': { value: 'x'.repeat(81), shown: `"${'x'.repeat(80)}..."` },
    'does not truncate a string of the maximum length': { value: 'x'.repeat(80), shown: `"${'x'.repeat(80)}"` },
    'truncates between the halves of a surrogate pair': {
      value: `${'x'.repeat(79)}🦄`,
      shown: `"${'x'.repeat(79)}\\ud83e..."`,
    },
    'formats a number': { value: -1.5, shown: '-1.5' },
    'formats NaN': { value: NaN, shown: 'NaN' },
    'formats infinity, which exists in YAML': { value: -Infinity, shown: '-Infinity' },
    'formats a boolean': { value: false, shown: 'false' },
    'formats null': { value: null, shown: 'null' },
    'formats undefined as null': { value: undefined, shown: 'null' },
    'omits the content of a list': { value: ['secret'], shown: '[...]' },
    'omits the content of an object': { value: { secret: 1 }, shown: '{...}' },
    'formats a value that JSON lacks by its type': { value: 5n, shown: 'bigint' },
    'formats a symbol by its type': { value: Symbol('x'), shown: 'symbol' },
  },
  ({ value, shown }) => assert.equal(show(value), shown),
);

test('messages have the form of the API server', () => {
  assert.equal(field.required('a CIDR'), 'Required value: a CIDR');
  assert.equal(field.invalid('x', 'must be y'), 'Invalid value: "x": must be y');
  assert.equal(field.unsupported('x', ['a', 'b']), 'Unsupported value: "x": supported values: "a", "b"');
  assert.equal(field.duplicate('x'), 'Duplicate value: "x"');
  assert.equal(field.forbidden('no'), 'Forbidden: no');
  assert.equal(field.tooLong('9 characters'), 'Too long: 9 characters');
  assert.equal(field.tooMany(2), 'Too many: must have at most 2 items');
});

cases<{ readonly parent: string; readonly key: string | number; readonly path: string }>(
  {
    'appends a field': { parent: 'spec', key: 'podCIDR', path: 'spec.podCIDR' },
    'returns a field of the root': { parent: '', key: 'spec', path: 'spec' },
    'appends an index': { parent: 'spec.ipFamilies', key: 1, path: 'spec.ipFamilies[1]' },
    'quotes a label with dots': { parent: 'labels', key: 'a.b/c', path: 'labels["a.b/c"]' },
    'quotes an empty key': { parent: 'a', key: '', path: 'a[""]' },
    'escapes a hostile key': { parent: 'a', key: 'x]\n\u0085: ', path: 'a["x]\\n\\u0085: "]' },
    'appends a key of the prototype': { parent: 'a', key: '__proto__', path: 'a.__proto__' },
    'truncates a long key': { parent: 'a', key: 'x'.repeat(101), path: `a["${'x'.repeat(80)}..."]` },
  },
  ({ parent, key, path }) => assert.equal(child(parent, key), path),
);

cases<{ readonly word: string; readonly candidates: readonly string[]; readonly guess: string | undefined }>(
  {
    'suggests a word in another case': { word: 'VETHmtu', candidates: ['vethMTU', 'backend'], guess: 'vethMTU' },
    'suggests a word with two swapped letters': { word: 'bakcend', candidates: ['backend', 'ipam'], guess: 'backend' },
    'suggests a word with an additional letter': { word: 'typhaa', candidates: ['typha'], guess: 'typha' },
    'suggests a short word with two swapped letters': { word: 'nmae', candidates: ['name'], guess: 'name' },
    'suggests a short word with one wrong letter only': { word: 'ab', candidates: ['xy', 'ax'], guess: 'ax' },
    'suggests nothing if no candidate is close': { word: 'overlay', candidates: ['typha', 'multus'], guess: undefined },
    'suggests nothing without candidates': { word: 'x', candidates: [], guess: undefined },
    'suggests the first of equally close candidates in alphabetical order': {
      word: 'ipvx',
      candidates: ['ipv6', 'ipv4'],
      guess: 'ipv4',
    },
    'suggests nothing for words longer than the limit of messages': {
      word: 'x'.repeat(81),
      candidates: ['x'.repeat(81)],
      guess: undefined,
    },
    'suggests nothing for a hostile word': { word: '\u0000\ud800🦄', candidates: ['typha'], guess: undefined },
  },
  ({ word, candidates, guess }) => assert.equal(didYouMean(word, candidates), guess),
);

const codeUnit = fc.nat(0xffff).map((code) => String.fromCharCode(code));
const anyText = fc.string({ unit: codeUnit, maxLength: 200 });

test('property: formatted values and paths are one line of printable ASCII with bounded length', () => {
  fc.assert(
    fc.property(fc.oneof(anyText, fc.anything()), anyText, (value, key) => {
      for (const text of [show(value), child('spec', key), field.unsupported(value, [key])])
        assert.match(text, /^[\x20-\x7e]{0,1200}$/);
    }),
  );
});

test('property: a suggestion is a candidate, and a candidate without one letter is suggested', () => {
  const word = fc.stringMatching(/^[a-z]{4,12}$/);
  fc.assert(
    fc.property(word, fc.array(word), fc.nat(11), (meant, others, index) => {
      const misspelled = meant.slice(0, index % meant.length) + meant.slice((index % meant.length) + 1);
      const guess = didYouMean(misspelled, [meant, ...others]);
      assert.ok(guess !== undefined && [meant, ...others].includes(guess));
      assert.equal(didYouMean(meant, [...others, meant]), meant);
      assert.notEqual(didYouMean(`${meant[1]}${meant[0]}${meant.slice(2)}`, [meant]), undefined);
    }),
  );
});
