import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cases } from '../../test/support/cases.ts';
import { describeName, describeObject, isRecord, quoted } from './objects.ts';

cases<{ readonly name: string; readonly namespace?: string; readonly expected: string }>(
  'describeObject prints kind, namespace and name',
  {
    'a namespaced object': {
      name: 'foo',
      namespace: 'shoot--core--foo',
      expected: 'Network shoot--core--foo/foo',
    },
    'a cluster-scoped object': { name: 'foo', expected: 'Network foo' },
    'a role with colons': { name: 'system:calico-node', expected: 'Network system:calico-node' },
    'a name that would clear the terminal': { name: '\u001b[2J\u009b', expected: 'Network "\\u001b[2J\\u009b"' },
    'a namespace that would start a line': { name: 'a', namespace: 'x\ny', expected: 'Network "x\\ny"/a' },
    'an empty name': { name: '', namespace: '', expected: 'Network /' },
    'a name beyond the limit': { name: 'a'.repeat(254), expected: `Network "${'a'.repeat(80)}..."` },
  },
  ({ name, namespace, expected }) => {
    const metadata = namespace === undefined ? { name } : { name, namespace };
    assert.equal(describeObject({ kind: 'Network', metadata }), expected);
  },
);

test('describeObject prints the type of a name that is not a string', () => {
  const metadata: { readonly name: string } = JSON.parse('{"name": {"toString": 1}, "namespace": 7}');
  assert.equal(describeObject({ kind: 'Network', metadata }), 'Network (number)/(object)');
});

test('describeName quotes a name with a line break, and cuts a long one', () => {
  assert.deepEqual(['external', 'a\nb', 'a'.repeat(300)].map(describeName), [
    'external',
    '"a\\nb"',
    `"${'a'.repeat(80)}..."`,
  ]);
});

const codeUnit = fc.nat(0xffff).map((code) => String.fromCharCode(code));

test('property: quoted returns one line of printable ASCII that parses as the start of the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: codeUnit, maxLength: 200 }), fc.nat(100), (text, maxLength) => {
      const shown = quoted(text, maxLength);
      assert.match(shown, /^"[\x20-\x7e]*"$/);
      assert.equal(JSON.parse(shown), text.length > maxLength ? `${text.slice(0, maxLength)}...` : text);
    }),
  );
});

test('isRecord is true for JSON objects only', () => {
  const values: readonly unknown[] = [{}, Object.create(null), { a: 1 }, null, undefined, [], 'x', 1, true];
  assert.deepEqual(values.map(isRecord), [true, true, true, false, false, false, false, false, false]);
});
