import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { labelPrefixes } from './label-prefixes.ts';

test('the file is equal to that of running shoots, whose ConfigMap is immutable', () => {
  // SHA-256 of the file of the Go extension.
  const digest = createHash('sha256').update(labelPrefixes()).digest('hex');
  assert.equal(digest, 'e7323d2e91d27f4fa3daa1e1d015515b61b0bc2167c4db0bd8ace8d9aee02356');
});

test('the file is JSON with excluded prefixes', () => {
  const { version, 'valid-prefixes': prefixes } = JSON.parse(labelPrefixes());
  assert.equal(version, 1);
  assert.equal(prefixes.length, 13);
  for (const one of prefixes) assert.deepEqual([one.source, one.invert], ['any', true]);
});
