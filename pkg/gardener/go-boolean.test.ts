import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseGoBoolean } from './go-boolean.ts';

test('accepts exactly the spellings of strconv.ParseBool', () => {
  for (const text of ['1', 't', 'T', 'true', 'TRUE', 'True']) assert.equal(parseGoBoolean(text), true, text);
  for (const text of ['0', 'f', 'F', 'false', 'FALSE', 'False']) assert.equal(parseGoBoolean(text), false, text);
  for (const text of [
    'tRUE',
    'TrUe',
    'fALSE',
    'yes',
    'no',
    'on',
    'off',
    '',
    ' true',
    'true ',
    'true\n',
    '01',
    '2',
    '"true"',
  ])
    assert.equal(parseGoBoolean(text), undefined, JSON.stringify(text));
});

test('rejects values that are no strings', () => {
  for (const value of [true, false, 1, 0, null, undefined, ['true'], {}])
    assert.equal(parseGoBoolean(value), undefined);
});
