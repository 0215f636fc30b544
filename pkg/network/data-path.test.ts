import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DataPathValue, dataPathChanges, formatDataPathValue } from './data-path.ts';

test('returns added, removed and changed values only', () => {
  const values = (given: Readonly<Record<string, string | undefined>>): readonly DataPathValue[] =>
    Object.entries(given).map(([place, value]) => ({ about: 'MTU', place, value }));
  const found = dataPathChanges(
    values({ same: '1', other: '1', gone: '1', unset: undefined }),
    values({ same: '1', other: '2', come: '1' }),
  );
  assert.deepEqual(found, [
    { about: 'MTU', place: 'other', before: '1', after: '2' },
    { about: 'MTU', place: 'gone', before: '1', after: undefined },
    { about: 'MTU', place: 'come', before: undefined, after: '1' },
  ]);
});

test('formats a value independent of the order of its keys', () => {
  assert.equal(formatDataPathValue({ b: 1, a: [true] }), formatDataPathValue({ a: [true], b: 1 }));
  assert.deepEqual(['1', 1, false, null, undefined].map(formatDataPathValue), [
    '1',
    '1',
    'false',
    undefined,
    undefined,
  ]);
});
