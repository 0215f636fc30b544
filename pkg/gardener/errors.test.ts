import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorMessage } from './errors.ts';

test('errorMessage returns the message of an Error and the text of anything else', () => {
  const thrown = [new TypeError('no room'), 'just text', 7, undefined, null];
  assert.deepEqual(thrown.map(errorMessage), ['no room', 'just text', '7', 'undefined', 'null']);
});
