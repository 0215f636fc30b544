import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brotliCompressSync, constants } from 'node:zlib';
import * as fc from 'fast-check';
import { cases } from '../../test/support/cases.ts';
import type { KubeObject } from '../gardener/objects.ts';
import { decodeValue, readManifests } from './read.ts';

/** Output of Helm: comments, empty documents, separators of all kinds, and strings that contain separators. */
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
  'reads',
  {
    'one plain YAML stream, as in the Go extension': {
      secrets: [secret({ data: { 'config.yaml': base64(helmOutput) } })],
      objects: fromHelm,
    },
    'a YAML stream with CRLF line ends': {
      secrets: [secret({ data: { 'config.yaml': base64(helmOutput.replaceAll('\n', '\r\n')) } })],
      objects: fromHelm,
    },
    'a compressed YAML stream': {
      secrets: [secret({ data: { 'config.yaml.br': base64(brotliCompressSync(helmOutput)) } })],
      objects: fromHelm,
    },
    'compressed JSON documents, as in this extension': {
      secrets: [secret({ data: { 'config.yaml.br': base64(brotliCompressSync(json('a', 'b'))) } })],
      objects: [object('a'), object('b')],
    },
    'JSON without a final line break': {
      secrets: [secret({ data: { a: base64(JSON.stringify(object('a'))) } })],
      objects: [object('a')],
    },
    'YAML that starts like JSON': {
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
    'stringData, as in files written by hand': {
      secrets: [secret({ stringData: { 'config.yaml': helmOutput } })],
      objects: fromHelm,
    },
    'stringData with the same key as data': {
      secrets: [secret({ data: { a: base64(json('old')), b: base64(json('b')) }, stringData: { a: json('new') } })],
      objects: [object('new'), object('b')],
    },
    'duplicate keys, of which the last one wins, as in the resource manager': {
      secrets: [secret({ stringData: { a: 'kind: A\nmetadata: {name: x}\nmetadata: {name: a}\n' } })],
      objects: [object('a')],
    },
    'documents that are not objects, which are skipped': {
      secrets: [
        secret({ stringData: { a: '[1]\n---\ntext\n---\n7\n---\nnull\n---\nkind: A\n---\nkind: 7\nmetadata: {}\n' } }),
      ],
      objects: [],
    },
    'empty values': { secrets: [secret({ data: { a: '', b: base64('---\n'), c: base64('\n\n# x\n') } })], objects: [] },
    'no data': { secrets: [secret({})], objects: [] },
    'null data, as sent by API servers': { secrets: [secret({ data: null, stringData: null })], objects: [] },
    'data that is a list': { secrets: [secret({ data: ['x'] })], objects: [] },
    'no Secrets': { secrets: [], objects: [] },
  },
  ({ secrets, objects }) => assert.deepEqual(readManifests(secrets), objects),
);

cases<{ readonly data: Readonly<Record<string, unknown>>; readonly error: RegExp }>(
  'rejects',
  {
    'plain data under a .br key': {
      data: { 'a.yaml.br': base64('plain') },
      error: /^data key a\.yaml\.br cannot be decompressed$/,
    },
    'truncated brotli': {
      data: { 'a.br': base64(brotliCompressSync(helmOutput).subarray(0, 40)) },
      error: /^data key a\.br cannot be decompressed$/,
    },
    'invalid YAML': { data: { a: base64('a: [') }, error: /^data key a cannot be read as YAML$/ },
    'brotli under a key without .br': {
      data: { a: base64(brotliCompressSync(helmOutput)) },
      error: /^data key a cannot be read as YAML$/,
    },
    'an alias bomb': {
      data: { a: base64(`a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n`) },
      error: /^data key a cannot be read as YAML$/,
    },
    'excessive nesting': { data: { a: base64('['.repeat(100_000)) }, error: /^data key a cannot be read as YAML$/ },
  },
  ({ data, error }) =>
    assert.throws(
      () => readManifests([secret({ data })]),
      (thrown) => thrown instanceof Error && error.test(thrown.message),
    ),
);

const mebibyte = 1024 * 1024;
/** Decompresses to blanks. */
const bomb = (mebibytes: number): Buffer =>
  brotliCompressSync(Buffer.alloc(mebibytes * mebibyte, ' '), { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
const tooMuch = /^Error: data key [a-z.]+ (exceeds the limits of what is read|cannot be decompressed)$/;

cases<{ readonly secrets: readonly KubeObject[] }>(
  'rejects what would exhaust the memory',
  {
    'a value of 17 MiB, decompressed': { secrets: [secret({ data: { 'a.br': base64(bomb(17)) } })] },
    'values of 9 MiB, decompressed, under two keys': {
      secrets: [secret({ data: { 'a.br': base64(bomb(9)), 'b.br': base64(bomb(9)) } })],
    },
    'values of 9 MiB, decompressed, in two Secrets': {
      secrets: [secret({ data: { 'a.br': base64(bomb(9)) } }), secret({ data: { 'b.br': base64(bomb(9)) } })],
    },
    'plain values of 9 MiB under two keys': {
      secrets: [secret({ stringData: { a: ' '.repeat(9 * mebibyte), b: ' '.repeat(9 * mebibyte) } })],
    },
    '150,000 values under each of two keys': {
      secrets: [secret({ stringData: { a: `[${'0,'.repeat(150_000)}0]`, b: `[${'0,'.repeat(150_000)}0]` } })],
    },
  },
  ({ secrets }) => assert.throws(() => readManifests(secrets), tooMuch),
);

test('a value that decompresses to more than 16 MiB is not decompressed to its end', () => {
  assert.throws(
    () => decodeValue('a.br', bomb(64)),
    (thrown) => thrown instanceof Error && thrown.cause instanceof RangeError,
  );
});

test('excessively nested JSON is parsed or rejected without overflowing the stack', () => {
  const deep = `{"kind":"A","metadata":{},"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
  assert.equal(readManifests([secret({ stringData: { a: deep } })]).length, 1);
});

test('property: restores streams of JSON documents under any key, compressed or not', () => {
  const names = fc.array(fc.string({ maxLength: 10 }), { maxLength: 4 });
  fc.assert(
    fc.property(names, fc.constantFrom('a', 'config.yaml', 'a.br', 'data.yaml.br'), (given, key) => {
      const text = json(...given);
      const value = key.endsWith('.br') ? brotliCompressSync(text) : text;
      assert.deepEqual(readManifests([secret({ data: { [key]: base64(value) } })]), given.map(object));
    }),
  );
});

test('property: any Secret yields objects or an error that names the key', () => {
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
