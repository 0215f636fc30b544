import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isGoTrue, parseGoBoolean } from './go-boolean.ts';

test('reads exactly the texts that strconv.ParseBool accepts', () => {
  for (const text of ['1', 't', 'T', 'true', 'TRUE', 'True']) assert.equal(parseGoBoolean(text), true, text);
  for (const text of ['0', 'f', 'F', 'false', 'FALSE', 'False']) assert.equal(parseGoBoolean(text), false, text);
  for (const value of ['tRUE', 'yes', 'on', '', ' true', 'true ', '01', 'constructor', true, 1, null, undefined, ['1']])
    assert.equal(parseGoBoolean(value), undefined, JSON.stringify(value));
});

test('isGoTrue takes only a text that Go reads as true', () => {
  assert.deepEqual(['1', 'True', '0', 'yes', true, undefined].map(isGoTrue), [true, true, false, false, false, false]);
});
