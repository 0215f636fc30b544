import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brotliCompressSync } from 'node:zlib';
import * as fc from 'fast-check';
import { cases } from '../../test/support/cases.ts';
import type { KubeObject } from '../gardener/objects.ts';
import { readManifests, unpack } from './read.ts';

/** What Helm prints: comments, empty documents, separators of all kinds, and texts that hold separators. */
const helmOutput = `---
# Source: calico/templates/config.yaml
kind: ConfigMap
apiVersion: v1
metadata:
  name: calico-config
  namespace: kube-system
data:
  veth_mtu: "0"
  script: |
    echo one
    --- two
---
# nothing here

---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: calico-node, namespace: kube-system}
spec:
  replicas: 2
--- # a comment behind a separator
apiVersion: v1
kind: ServiceAccount
metadata:
  name: calico-node
`;

const fromHelm = [
  {
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: { name: 'calico-config', namespace: 'kube-system' },
    data: { veth_mtu: '0', script: 'echo one\n--- two\n' },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'calico-node', namespace: 'kube-system' },
    spec: { replicas: 2 },
  },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'calico-node' } },
];

const object = (name: string) => ({ kind: 'A', metadata: { name } });
const json = (...names: readonly string[]) => names.map((name) => `${JSON.stringify(object(name))}\n`).join('---\n');
const base64 = (text: string | Uint8Array) => Buffer.from(text).toString('base64');

function secret(members: Readonly<Record<string, unknown>>): KubeObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, ...members };
}

cases<{ readonly secrets: readonly KubeObject[]; readonly objects: readonly unknown[] }>(
  {
    'the Go extension: one plain YAML stream': {
      secrets: [secret({ data: { 'config.yaml': base64(helmOutput) } })],
      objects: fromHelm,
    },
    'the same with the line ends of Windows': {
      secrets: [secret({ data: { 'config.yaml': base64(helmOutput.replaceAll('\n', '\r\n')) } })],
      objects: fromHelm,
    },
    'the same, compressed': {
      secrets: [secret({ data: { 'config.yaml.br': base64(brotliCompressSync(helmOutput)) } })],
      objects: fromHelm,
    },
    'ours: JSON documents, compressed': {
      secrets: [secret({ data: { 'config.yaml.br': base64(brotliCompressSync(json('a', 'b'))) } })],
      objects: [object('a'), object('b')],
    },
    'JSON without an end of line': {
      secrets: [secret({ data: { a: base64(JSON.stringify(object('a'))) } })],
      objects: [object('a')],
    },
    'YAML that begins like JSON': {
      secrets: [secret({ data: { a: base64('{kind: A, metadata: {name: a}}\n') } })],
      objects: [object('a')],
    },
    'JSON and YAML in one stream': {
      secrets: [secret({ data: { a: base64(`${json('a')}---\nkind: A\nmetadata:\n  name: b\n`) } })],
      objects: [object('a'), object('b')],
    },
    'keys in ascending order, Secrets in the order of the list': {
      secrets: [
        secret({ data: { b: base64(json('b')), a: base64(json('a')), B: base64(json('B')) } }),
        secret({ data: { a: base64(json('z')) } }),
      ],
      objects: [object('B'), object('a'), object('b'), object('z')],
    },
    'stringData, as people write it in files': {
      secrets: [secret({ stringData: { 'config.yaml': helmOutput } })],
      objects: fromHelm,
    },
    'stringData wins over data of the same key': {
      secrets: [secret({ data: { a: base64(json('old')), b: base64(json('b')) }, stringData: { a: json('new') } })],
      objects: [object('new'), object('b')],
    },
    'of equal keys the last counts, as in the resource manager': {
      secrets: [secret({ stringData: { a: 'kind: A\nmetadata: {name: x}\nmetadata: {name: a}\n' } })],
      objects: [object('a')],
    },
    'what is no object is left out': {
      secrets: [
        secret({ stringData: { a: '[1]\n---\ntext\n---\n7\n---\nnull\n---\nkind: A\n---\nkind: 7\nmetadata: {}\n' } }),
      ],
      objects: [],
    },
    'empty values': { secrets: [secret({ data: { a: '', b: base64('---\n'), c: base64('\n\n# x\n') } })], objects: [] },
    'no data': { secrets: [secret({})], objects: [] },
    'data that is null, as API servers send it': { secrets: [secret({ data: null, stringData: null })], objects: [] },
    'data that is a list': { secrets: [secret({ data: ['x'] })], objects: [] },
    'no Secrets': { secrets: [], objects: [] },
  },
  ({ secrets, objects }) => assert.deepEqual(readManifests(secrets), objects),
);

cases<{ readonly data: Readonly<Record<string, unknown>>; readonly error: RegExp }>(
  {
    'no brotli under a key that says so': {
      data: { 'a.yaml.br': base64('plain') },
      error: /^data key a\.yaml\.br cannot be decompressed$/,
    },
    'brotli that ends early': {
      data: { 'a.br': base64(brotliCompressSync(helmOutput).subarray(0, 40)) },
      error: /^data key a\.br cannot be decompressed$/,
    },
    'no YAML': { data: { a: base64('a: [') }, error: /^data key a cannot be read as YAML$/ },
    'brotli under a key that does not say so': {
      data: { a: base64(brotliCompressSync(helmOutput)) },
      error: /^data key a cannot be read as YAML$/,
    },
    'a bomb of aliases': {
      data: { a: base64(`a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n`) },
      error: /^data key a cannot be read as YAML$/,
    },
    'nesting without end': { data: { a: base64('['.repeat(100_000)) }, error: /^data key a cannot be read as YAML$/ },
  },
  ({ data, error }) =>
    assert.throws(
      () => readManifests([secret({ data })]),
      (thrown) => thrown instanceof Error && error.test(thrown.message),
    ),
);

test('JSON that is nested without end is read or refused, never a crash of another kind', () => {
  const deep = `{"kind":"A","metadata":{},"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
  assert.equal(readManifests([secret({ stringData: { a: deep } })]).length, 1);
});

test('a compression bomb is refused before it fills the memory, the largest real content is not', () => {
  const mebibyte = 1024 * 1024;
  const packed = (size: number) => brotliCompressSync(Buffer.alloc(size, 0x20));
  assert.ok(packed(17 * mebibyte).length < 1000, 'the bomb is small on the wire');
  assert.throws(() => unpack('a.br', packed(17 * mebibyte)), /data key a\.br cannot be decompressed/);
  assert.equal(unpack('a.br', packed(16 * mebibyte)).length, 16 * mebibyte);
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
  assert.equal(readManifests([secret({ data: { 'a.br': values(200_000) } })]).length, 1);
  assert.throws(() => readManifests([secret({ data: { 'a.br': values(300_000) } })]), limit);
  assert.throws(() => readManifests([secret({ data: numbered(3, values(100_000)) })]), limit);
});

test('property: streams of JSON documents come back, under any key and packing', () => {
  const names = fc.array(fc.string({ maxLength: 10 }), { maxLength: 4 });
  fc.assert(
    fc.property(names, fc.constantFrom('a', 'config.yaml', 'a.br', 'data.yaml.br'), (given, key) => {
      const text = json(...given);
      const value = key.endsWith('.br') ? brotliCompressSync(text) : text;
      assert.deepEqual(readManifests([secret({ data: { [key]: base64(value) } })]), given.map(object));
    }),
  );
});

test('property: whatever a Secret holds, reading gives objects or an error that names the key', () => {
  const text = fc.oneof(fc.string(), fc.stringMatching(/^(kind: A|metadata: \{\}|---|\{|\}|- |a: &b|\n)*$/));
  fc.assert(
    fc.property(text, fc.constantFrom('a', 'a.br'), (value, key) => {
      try {
        for (const one of readManifests([secret({ data: { [key]: base64(value) } })]))
          assert.equal(typeof one.kind, 'string');
      } catch (error) {
        assert.match(
          error instanceof Error ? error.message : '',
          new RegExp(`^data key ${key.replace('.', '\\.')} cannot be`),
        );
      }
    }),
  );
});
