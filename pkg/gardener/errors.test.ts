import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorMessage } from './errors.ts';

test('returns the message of an Error and the text of anything else', () => {
  assert.equal(errorMessage(new TypeError('no')), 'no');
  assert.equal(errorMessage(new AggregateError([new Error('a')], 'several')), 'several');
  assert.equal(errorMessage('text'), 'text');
  assert.equal(errorMessage(undefined), 'undefined');
  assert.equal(errorMessage({ message: 'not an Error' }), '[object Object]');
});
