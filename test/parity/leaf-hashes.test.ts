import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cases } from '../support/cases.ts';
import {
  type CaseHashes,
  type LeafHashes,
  leafHash,
  type ObjectHashes,
  parseHashes,
  printHashes,
} from './leaf-hashes.ts';

const example: CaseHashes = new Map<string, ObjectHashes>([
  [
    '01-default',
    new Map<string, LeafHashes>([
      [
        'DaemonSet kube-system/node',
        leaves({ 'metadata.name': 'aaaaaaaa', 'spec.replicas': '11111111', 'spec.x.y': 'bbbbbbbb' }),
      ],
      ['Deployment kube-system/typha', leaves({ kind: 'cccccccc' })],
    ]),
  ],
  [
    '02-overlay',
    new Map<string, LeafHashes>([
      [
        'DaemonSet kube-system/node',
        leaves({ 'metadata.name': 'aaaaaaaa', 'spec.replicas': '22222222', 'spec.x.y': 'bbbbbbbb' }),
      ],
      ['Deployment kube-system/typha', leaves({ kind: 'cccccccc' })],
    ]),
  ],
  [
    '03-typha-off',
    new Map<string, LeafHashes>([
      ['DaemonSet kube-system/node', leaves({ 'metadata.name': 'aaaaaaaa', 'spec.x': 'dddddddd', 'a b%': 'eeeeeeee' })],
    ]),
  ],
]);

const text = `# for example
cases 01-default 02-overlay 03-typha-off
DaemonSet kube-system/node
 a%20b%25 eeeeeeee@03
 metadata.name aaaaaaaa
 spec
  replicas 11111111 22222222@02 -@03
  x dddddddd@03
   y bbbbbbbb -@03
Deployment kube-system/typha @01..02
 kind cccccccc
`;

test('prints equal leaves of all cases once', () => assert.equal(printHashes(example, 'for example'), text));

test('reads what it prints', () => assert.deepEqual(parseHashes(text), example));

test('reads what it prints, whatever cases, objects and leaves there are', () => {
  const hash = fc.constantFrom('00000000', '11111111', '22222222');
  const key = fc.oneof(
    fc.constantFrom('a', 'b', 'spec', '#order', '/x', 'a b', '%', '@', '0', '10'),
    fc.string({ minLength: 1 }),
  );
  const path = fc
    .array(
      key.map((one) => one.replaceAll('.', '_')),
      { minLength: 1, maxLength: 4 },
    )
    .map((keys) => keys.join('.'));
  const object = fc.array(fc.tuple(path, hash), { minLength: 1, maxLength: 6 }).map((entries) => new Map(entries));
  const name = fc.constantFrom('Pod a', 'Pod b', 'Node c/d');
  const objects = fc.array(fc.tuple(name, object), { maxLength: 3 }).map((entries) => new Map(entries));
  fc.assert(
    fc.property(fc.array(objects, { minLength: 1, maxLength: 5 }), (all) => {
      const numbered = new Map(all.map((one, index) => [`${index}-case`, one]));
      assert.deepEqual(parseHashes(printHashes(numbered, 'any')), numbered);
    }),
  );
});

test('a hash is the beginning of the SHA-256 of the JSON', () => assert.equal(leafHash('"true"'), '18d10c7d'));

cases<readonly [text: string, message: RegExp]>(
  {
    'refuses a file without cases': ['Pod a\n kind 11111111\n', /expected the names of the cases, got Pod a/],
    'refuses an unknown case': ['cases 01-a\nPod a @02\n', /no case 02/],
    'refuses an object that is listed twice': ['cases 01-a\nPod a\nPod a\n', /Pod a is listed twice/],
    'refuses cases with the same number': ['cases 01-a 01-b\n', /same number/],
  },
  ([given, message]) => assert.throws(() => parseHashes(given), message),
);

function leaves(hashes: Readonly<Record<string, string>>): LeafHashes {
  return new Map(Object.entries(hashes));
}
