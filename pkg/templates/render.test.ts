import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from '../../test/support/cases.ts';
import { fromPlain } from './render.ts';

test('fromPlain retains the order of keys in the object, but not in its text', () => {
  const object = { kind: 'Service', apiVersion: 'v1', metadata: { namespace: 'b', name: 'a' } };
  const rendered = fromPlain(object);
  assert.equal(JSON.stringify(rendered.object), JSON.stringify(object));
  assert.equal(rendered.json, '{"apiVersion":"v1","kind":"Service","metadata":{"name":"a","namespace":"b"}}');
});

const rejection = new TypeError('a manifest must be an object with apiVersion, kind and metadata.name');
cases(
  'fromPlain rejects',
  {
    undefined,
    null: null,
    'a string': 'kind: Service',
    'a list': [{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' } }],
    'no apiVersion': { kind: 'Service', metadata: { name: 'a' } },
    'a numeric kind': { apiVersion: 'v1', kind: 1, metadata: { name: 'a' } },
    'no metadata': { apiVersion: 'v1', kind: 'Service' },
    'metadata null': { apiVersion: 'v1', kind: 'Service', metadata: null },
    'no name': { apiVersion: 'v1', kind: 'Service', metadata: {} },
    'a numeric name': { apiVersion: 'v1', kind: 'Service', metadata: { name: 1 } },
  },
  (value) => assert.throws(() => fromPlain(value), rejection),
);
