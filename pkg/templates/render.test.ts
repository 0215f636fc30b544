import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from '../../test/support/cases.ts';
import { fromPlain } from './render.ts';

test('an object keeps its order of keys, its text does not depend on it', () => {
  const object = { kind: 'Service', apiVersion: 'v1', metadata: { namespace: 'b', name: 'a' } };
  const rendered = fromPlain(object);
  assert.equal(JSON.stringify(rendered.object), JSON.stringify(object));
  assert.equal(rendered.json, '{"apiVersion":"v1","kind":"Service","metadata":{"name":"a","namespace":"b"}}');
});

const refused = new TypeError('a manifest must be an object with apiVersion, kind and metadata.name');
cases(
  {
    undefined,
    null: null,
    'a text': 'kind: Service',
    'a list': [{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' } }],
    'no apiVersion': { kind: 'Service', metadata: { name: 'a' } },
    'a kind that is a number': { apiVersion: 'v1', kind: 1, metadata: { name: 'a' } },
    'no metadata': { apiVersion: 'v1', kind: 'Service' },
    'metadata null': { apiVersion: 'v1', kind: 'Service', metadata: null },
    'no name': { apiVersion: 'v1', kind: 'Service', metadata: {} },
    'a name that is a number': { apiVersion: 'v1', kind: 'Service', metadata: { name: 1 } },
  },
  (value) => assert.throws(() => fromPlain(value), refused),
);
