import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isDns1123Label, isDns1123Subdomain } from './names.ts';

const invalid = ['', '-', '-a', 'a-', 'A', 'aB', 'a_b', 'a b', 'a\n', 'é', '*', 'a/b'];

test('a label has 1 to 63 lower-case letters, digits and inner hyphens', () => {
  for (const text of ['a', '0', 'a-b', 'a--b', '1-2', 'a'.repeat(63)]) assert.ok(isDns1123Label(text), text);
  for (const text of [...invalid, 'a.b', 'a'.repeat(64)])
    assert.equal(isDns1123Label(text), false, JSON.stringify(text));
});

test('a subdomain has labels of any length between dots, at most 253 characters together', () => {
  for (const text of ['a', 'a.b', '0.0', 'a-b.c-d', 'a'.repeat(253), `${'a'.repeat(251)}.b`])
    assert.ok(isDns1123Subdomain(text), text);
  for (const text of [...invalid, '.', '.a', 'a.', 'a..b', 'a-.b', 'a.-b', 'a'.repeat(254)])
    assert.equal(isDns1123Subdomain(text), false, JSON.stringify(text));
});

test('texts of a megabyte are rejected without matching them', () => {
  for (const text of ['a'.repeat(1 << 20), 'a-'.repeat(1 << 19), 'a.'.repeat(1 << 19)]) {
    assert.equal(isDns1123Label(text), false);
    assert.equal(isDns1123Subdomain(text), false);
  }
});

test('property: a label is a subdomain of one part', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...Array.from('aZ0-.')), maxLength: 70 }), (text) =>
      assert.equal(isDns1123Label(text), isDns1123Subdomain(text) && !text.includes('.') && text.length <= 63),
    ),
  );
});
