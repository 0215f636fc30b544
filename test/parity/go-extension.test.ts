import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from '../support/cases.ts';
import { patched } from './go-extension.ts';

cases<readonly [value: unknown, patch: unknown, result: unknown]>(
  {
    'merges objects, and null removes a member': [
      { a: 1, b: { c: 2, d: 3 } },
      { a: null, b: { c: 4 } },
      { b: { c: 4, d: 3 } },
    ],
    'replaces a list by a list': [{ a: [1, 2] }, { a: [3] }, { a: [3] }],
    'changes and removes elements of a list by their names': [
      [{ name: 'a', value: 1 }, { name: 'b' }, { name: 'c' }],
      { a: { value: 2 }, b: null },
      [{ name: 'a', value: 2 }, { name: 'c' }],
    ],
    'puts a new element first': [[{ name: 'a' }], { b: { value: 1 } }, [{ name: 'b', value: 1 }, { name: 'a' }]],
    'edits a text': [{ a: 'one two' }, { a: { $replace: { two: 'three' } } }, { a: 'one three' }],
    'removes elements of a list of texts': [{ a: ['-x', '-y'] }, { a: { $without: ['-y'] } }, { a: ['-x'] }],
  },
  ([value, patch, result]) => assert.deepEqual(patched(value, patch), result),
);

test('refuses an edit that finds nothing', () => {
  assert.throws(() => patched('one', { $replace: { two: 'three' } }), /no two to replace/);
  assert.throws(() => patched(['-x'], { $without: ['-y'] }), /-y.* is not in/);
});
