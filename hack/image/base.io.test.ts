import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { sharedLibraries } from './base.ts';

test('sharedLibraries returns the libraries that the loader lists', { skip: process.platform !== 'linux' }, () => {
  const libraries = sharedLibraries(process.execPath);
  assert.ok(libraries.some((file) => /\/libc\.(so|musl)/.test(file)));
  for (const file of libraries) assert.ok(existsSync(file), file);
});
