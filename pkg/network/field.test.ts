import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cases } from '../../test/support/cases.ts';
import { child, didYouMean, field, show } from './field.ts';

cases<{ readonly value: unknown; readonly shown: string }>(
  {
    'a text is JSON': { value: 'say "hi"\n', shown: '"say \\"hi\\"\\n"' },
    'what terminals and YAML readers obey is escaped': {
      value: '\u0000\u001b\u0085\u009b\u2028\u2029\ufeff\ud800é🦄',
      shown: '"\\u0000\\u001b\\u0085\\u009b\\u2028\\u2029\\ufeff\\ud800\\u00e9\\ud83e\\udd84"',
    },
    'a long text is cut': { value: 'x'.repeat(81), shown: `"${'x'.repeat(80)}..."` },
    'a text of the longest length is not': { value: 'x'.repeat(80), shown: `"${'x'.repeat(80)}"` },
    'a pair that the cut tears apart': { value: `${'x'.repeat(79)}🦄`, shown: `"${'x'.repeat(79)}\\ud83e..."` },
    'a number': { value: -1.5, shown: '-1.5' },
    'no number': { value: NaN, shown: 'NaN' },
    'infinity, which YAML can write': { value: -Infinity, shown: '-Infinity' },
    'a boolean': { value: false, shown: 'false' },
    null: { value: null, shown: 'null' },
    undefined: { value: undefined, shown: 'null' },
    'a list is not shown': { value: ['secret'], shown: '[...]' },
    'an object is not shown': { value: { secret: 1 }, shown: '{...}' },
    'what JSON cannot hold is named': { value: 5n, shown: 'bigint' },
    'a symbol': { value: Symbol('x'), shown: 'symbol' },
  },
  ({ value, shown }) => assert.equal(show(value), shown),
);

test('messages read like those of the API server', () => {
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
    'a field': { parent: 'spec', key: 'podCIDR', path: 'spec.podCIDR' },
    'a field of the root': { parent: '', key: 'spec', path: 'spec' },
    'an index': { parent: 'spec.ipFamilies', key: 1, path: 'spec.ipFamilies[1]' },
    'a label with dots': { parent: 'labels', key: 'a.b/c', path: 'labels["a.b/c"]' },
    'an empty key': { parent: 'a', key: '', path: 'a[""]' },
    'a hostile key': { parent: 'a', key: 'x]\n\u0085: ', path: 'a["x]\\n\\u0085: "]' },
    'a key of the prototype': { parent: 'a', key: '__proto__', path: 'a.__proto__' },
    'an endless key': { parent: 'a', key: 'x'.repeat(101), path: `a["${'x'.repeat(80)}..."]` },
  },
  ({ parent, key, path }) => assert.equal(child(parent, key), path),
);

cases<{ readonly word: string; readonly candidates: readonly string[]; readonly guess: string | undefined }>(
  {
    'another case': { word: 'VETHmtu', candidates: ['vethMTU', 'backend'], guess: 'vethMTU' },
    'two letters swapped': { word: 'bakcend', candidates: ['backend', 'ipam'], guess: 'backend' },
    'a letter too many': { word: 'typhaa', candidates: ['typha'], guess: 'typha' },
    'two letters swapped in a short word': { word: 'nmae', candidates: ['name'], guess: 'name' },
    'a short word may miss one letter only': { word: 'ab', candidates: ['xy', 'ax'], guess: 'ax' },
    'nothing is close': { word: 'overlay', candidates: ['typha', 'multus'], guess: undefined },
    'no candidates': { word: 'x', candidates: [], guess: undefined },
    'of equally close ones the first in the alphabet': { word: 'ipvx', candidates: ['ipv6', 'ipv4'], guess: 'ipv4' },
    'words longer than messages show are not looked at': {
      word: 'x'.repeat(81),
      candidates: ['x'.repeat(81)],
      guess: undefined,
    },
    'a hostile word': { word: '\u0000\ud800🦄', candidates: ['typha'], guess: undefined },
  },
  ({ word, candidates, guess }) => assert.equal(didYouMean(word, candidates), guess),
);

const codeUnit = fc.nat(0xffff).map((code) => String.fromCharCode(code));
const anyText = fc.string({ unit: codeUnit, maxLength: 200 });

test('property: whatever is shown, or becomes a path, is one line of printable ASCII of bounded length', () => {
  fc.assert(
    fc.property(fc.oneof(anyText, fc.anything()), anyText, (value, key) => {
      for (const text of [show(value), child('spec', key), field.unsupported(value, [key])])
        assert.match(text, /^[\x20-\x7e]{0,1200}$/);
    }),
  );
});

test('property: a suggestion is a candidate, and one letter less is close enough', () => {
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
