import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { labelPrefixes } from './label-prefixes.ts';

test('the text is, byte for byte, the one that running shoots have: the ConfigMap is immutable', () => {
  // SHA-256 of what the Go extension writes.
  const digest = createHash('sha256').update(labelPrefixes()).digest('hex');
  assert.equal(digest, 'e7323d2e91d27f4fa3daa1e1d015515b61b0bc2167c4db0bd8ace8d9aee02356');
});

test('it is JSON with prefixes that make no identity', () => {
  const { version, 'valid-prefixes': prefixes } = JSON.parse(labelPrefixes());
  assert.equal(version, 1);
  assert.equal(prefixes.length, 13);
  for (const one of prefixes) assert.deepEqual([one.source, one.invert], ['any', true]);
});
