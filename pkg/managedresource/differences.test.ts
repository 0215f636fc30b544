import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { cases } from '../../test/support/cases.ts';
import { canonicalJson } from '../templates/quote.ts';
import { type Difference, differences } from './differences.ts';

interface Row {
  readonly before: unknown;
  readonly after: unknown;
  readonly found: readonly Difference[];
}

suite('differences', () => {
  const table: Readonly<Record<string, Row>> = {
    'equal values, keys in another order': { before: { a: 1, b: [{}] }, after: { b: [{}], a: 1 }, found: [] },
    'an added, a removed and a changed member': {
      before: { spec: { gone: 1, other: 1 } },
      after: { spec: { come: null, other: '1' } },
      found: [
        { path: 'spec.come', kind: 'added', after: null },
        { path: 'spec.gone', kind: 'removed', before: 1 },
        { path: 'spec.other', kind: 'changed', before: 1, after: '1' },
      ],
    },
    'keys that are not plain names': {
      before: { annotations: { 'checksum/a.b': 'x' } },
      after: { annotations: { 'checksum/a.b': 'y' } },
      found: [{ path: 'annotations["checksum/a.b"]', kind: 'changed', before: 'x', after: 'y' }],
    },
    'keys named like inherited properties': {
      before: {},
      after: { constructor: 1 },
      found: [{ path: 'constructor', kind: 'added', after: 1 }],
    },
    'list elements identified by name': {
      before: { env: [{ name: 'A', value: '1' }, { name: 'B' }] },
      after: { env: [{ name: 'A', value: '2' }, { name: 'C' }] },
      found: [
        { path: 'env[A].value', kind: 'changed', before: '1', after: '2' },
        { path: 'env[B]', kind: 'removed', before: { name: 'B' } },
        { path: 'env[C]', kind: 'added', after: { name: 'C' } },
      ],
    },
    'named elements in another order': {
      before: [{ name: 'A' }, { name: 'B' }, { name: 'C' }],
      after: [{ name: 'C' }, { name: 'A' }],
      found: [
        { path: '', kind: 'reordered', before: ['A', 'C'], after: ['C', 'A'] },
        { path: '[B]', kind: 'removed', before: { name: 'B' } },
      ],
    },
    'a volume mounted twice, identified by path': {
      before: [
        { name: 'v', mountPath: '/a' },
        { name: 'v', mountPath: '/b' },
      ],
      after: [
        { name: 'v', mountPath: '/a' },
        { name: 'v', mountPath: '/b', readOnly: true },
      ],
      found: [{ path: '[/b].readOnly', kind: 'added', after: true }],
    },
    'ambiguous names': {
      before: [{ name: 'x', port: 1 }],
      after: [
        { name: 'x', port: 1 },
        { name: 'x', port: 2 },
      ],
      found: [{ path: '[1]', kind: 'added', after: { name: 'x', port: 2 } }],
    },
    'lists without names': {
      before: { args: ['a', 'b'], verbs: ['get', 'list'], more: ['x', 'x'] },
      after: { args: ['a', 'c'], verbs: ['list', 'get'], more: ['x'] },
      found: [
        { path: 'args[1]', kind: 'changed', before: 'b', after: 'c' },
        { path: 'more[1]', kind: 'removed', before: 'x' },
        { path: 'verbs', kind: 'reordered', before: ['get', 'list'], after: ['list', 'get'] },
      ],
    },
    'JSON in strings, with a placeholder of a script': {
      before: { conf: '{"plugins": [{"name": "p", "mtu": __CNI_MTU__}]}' },
      after: { conf: '{"plugins":[{"name":"p","mtu":1440}]}' },
      found: [{ path: 'conf.plugins[p].mtu', kind: 'changed', before: '__CNI_MTU__', after: 1440 }],
    },
    'the same JSON in another format': {
      before: { conf: '{"a": 1}' },
      after: { conf: '{"a":1}' },
      found: [{ path: 'conf', kind: 'rewritten', before: '{"a": 1}', after: '{"a":1}' }],
    },
    'nothing for -0 and 0': { before: { a: -0 }, after: { a: 0 }, found: [] },
    'a list in place of a record': {
      before: {},
      after: [],
      found: [{ path: '', kind: 'changed', before: {}, after: [] }],
    },
  };
  cases('reports', table, ({ before, after, found }) => assert.deepEqual(differences({ before, after }), found));
});

const named = fc.array(fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), value: fc.jsonValue({ maxDepth: 1 }) }), {
  maxLength: 4,
});
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc.record({
    env: named,
    args: fc.array(fc.constantFrom('x', 'y'), { maxLength: 4 }),
    conf: fc.json({ maxDepth: 1 }),
  }),
);

test('property: reports differences exactly when the canonical texts differ', () => {
  fc.assert(
    fc.property(value, value, (before, after) => {
      assert.deepEqual(differences({ before, after: JSON.parse(JSON.stringify(before)) as unknown }), []);
      assert.equal(differences({ before, after }).length === 0, canonicalJson(before) === canonicalJson(after));
    }),
    { numRuns: 500 },
  );
});

test('property: swapping the sides yields the same paths', () => {
  const turned = {
    added: 'removed',
    removed: 'added',
    changed: 'changed',
    reordered: 'reordered',
    rewritten: 'rewritten',
  };
  fc.assert(
    fc.property(value, value, (before, after) => {
      const there = differences({ before, after }).map(({ path, kind }) => `${path} ${kind}`);
      const back = differences({ before: after, after: before }).map(({ path, kind }) => `${path} ${turned[kind]}`);
      assert.deepEqual(there.sort(), back.sort());
    }),
    { numRuns: 500 },
  );
});
