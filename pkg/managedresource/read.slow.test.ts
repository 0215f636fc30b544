/** Limits of what is read from Secrets, at the largest sizes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brotliCompressSync } from 'node:zlib';
import type { KubeObject } from '../gardener/objects.ts';
import { decodeValue, readManifests } from './read.ts';

const base64 = (text: string | Uint8Array) => Buffer.from(text).toString('base64');
const secret = (members: Readonly<Record<string, unknown>>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 's' },
  ...members,
});

test('rejects a compression bomb before it exhausts the memory, and accepts the largest real content', () => {
  const mebibyte = 1024 * 1024;
  const packed = (size: number) => brotliCompressSync(Buffer.alloc(size, 0x20));
  assert.ok(packed(17 * mebibyte).length < 1000, 'the bomb is small on the wire');
  assert.throws(() => decodeValue('a.br', packed(17 * mebibyte)), /data key a\.br cannot be decompressed/);
  assert.equal(decodeValue('a.br', packed(16 * mebibyte)).length, 16 * mebibyte);
});

test('the keys of all Secrets of a reading share one limit of bytes and of values', () => {
  const mebibyte = 1024 * 1024;
  const limit = /^Error: data key [a-z0-9]+\.br (exceeds the limits of what is read|cannot be decompressed)$/;
  const bomb = base64(brotliCompressSync(Buffer.alloc(9 * mebibyte, 0x20)));
  const numbered = (count: number, value: string) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}.br`, value]));
  assert.deepEqual(readManifests([secret({ data: { 'a.br': bomb } })]), []);
  assert.throws(() => readManifests([secret({ data: { 'a.br': bomb, 'b.br': bomb } })]), limit);
  assert.throws(() => readManifests([secret({ data: { 'a.br': bomb } }), secret({ data: { 'b.br': bomb } })]), limit);
  assert.throws(() => readManifests([secret({ data: numbered(400, bomb) })]), limit);
  const values = (count: number) =>
    base64(brotliCompressSync(`{"kind":"A","metadata":{},"x":[${'{},'.repeat(count)}0]}`));
  assert.equal(readManifests([secret({ data: { 'a.br': values(90_000) } })]).length, 1);
  assert.throws(() => readManifests([secret({ data: { 'a.br': values(110_000) } })]), limit);
  assert.throws(() => readManifests([secret({ data: numbered(3, values(40_000)) })]), limit);
});
