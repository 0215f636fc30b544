import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { sharedLibraries } from './base.ts';

test('the libraries of a program are those that its loader names', { skip: process.platform !== 'linux' }, () => {
  const libraries = sharedLibraries(process.execPath);
  assert.ok(libraries.some((file) => /\/libc\.(so|musl)/.test(file)));
  for (const file of libraries) assert.ok(existsSync(file), file);
});
