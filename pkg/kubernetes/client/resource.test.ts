import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cases } from '../../../test/support/cases.ts';
import {
  apiVersionOf,
  compareResourceVersions,
  isResourceVersion,
  keyOf,
  type PathInput,
  parseKey,
  resourceName,
  resourcePath,
} from './resource.ts';

const secrets = { group: '', version: 'v1', plural: 'secrets', namespaced: true };
const clusters = { group: 'extensions.gardener.cloud', version: 'v1alpha1', plural: 'clusters', namespaced: false };

cases<{ readonly input: PathInput; readonly expect: string }>(
  {
    'path of all namespaces': { input: { resource: secrets }, expect: '/api/v1/secrets' },
    'path of one namespace': { input: { resource: secrets, namespace: 'n' }, expect: '/api/v1/namespaces/n/secrets' },
    object: {
      input: { resource: secrets, namespace: 'n', name: 's' },
      expect: '/api/v1/namespaces/n/secrets/s',
    },
    'path of a subresource of a cluster-scoped object': {
      input: { resource: clusters, name: 'c', subresource: 'status' },
      expect: '/apis/extensions.gardener.cloud/v1alpha1/clusters/c/status',
    },
    'path with percent-encoded names': {
      input: { resource: clusters, name: 'a/b?c#d %' },
      expect: '/apis/extensions.gardener.cloud/v1alpha1/clusters/a%2Fb%3Fc%23d%20%25',
    },
  },
  ({ input, expect }) => assert.equal(resourcePath(input), expect),
);

cases<{ readonly input: PathInput; readonly expect: RegExp }>(
  {
    'rejects a namespace for a cluster-scoped resource': {
      input: { resource: clusters, namespace: 'n', name: 'c' },
      expect: /^Error: clusters\.extensions\.gardener\.cloud is cluster-scoped: namespace "n" is not allowed$/,
    },
    'rejects a namespaced object without its namespace': {
      input: { resource: secrets, name: 's' },
      expect: /"s" needs a namespace/,
    },
    'rejects an empty name, which would address the collection': {
      input: { resource: clusters, name: '' },
      expect: /"" is not a valid path segment/,
    },
    'rejects a parent directory as a name': {
      input: { resource: secrets, namespace: '..', name: 's' },
      expect: /"\.\." is not a valid path segment/,
    },
  },
  ({ input, expect }) => assert.throws(() => resourcePath(input), expect),
);

test('names never change the number of segments of a path', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (namespace, name) => {
      fc.pre(![namespace, name].some((part) => part === '.' || part === '..'));
      const path = resourcePath({ resource: secrets, namespace, name });
      assert.equal(path.split('/').length, 7);
      assert.equal(new URL(path, 'https://server').pathname, path);
      assert.equal(decodeURIComponent(path.split('/')[4] ?? ''), namespace);
    }),
  );
});

test('resourceName, apiVersionOf, keyOf and parseKey', () => {
  assert.deepEqual([resourceName(secrets), resourceName(clusters)], ['secrets', 'clusters.extensions.gardener.cloud']);
  assert.deepEqual([apiVersionOf(secrets), apiVersionOf(clusters)], ['v1', 'extensions.gardener.cloud/v1alpha1']);
  for (const key of [{ namespace: 'n', name: 'a' }, { name: 'a' }]) assert.deepEqual(parseKey(keyOf(key)), key);
});

test('only a decimal of up to 20 digits without leading zeros is a resourceVersion', () => {
  const values = [
    '0',
    '7',
    '18446744073709551615',
    '',
    '-',
    '-1',
    '01',
    '0111',
    '1e3',
    ' 1',
    '1\n',
    '1'.repeat(21),
    7,
    null,
  ];
  assert.deepEqual(values.filter(isResourceVersion), ['0', '7', '18446744073709551615']);
});

test('compareResourceVersions compares 64-bit integers', () => {
  const sign = (a: string, b: string) => Math.sign(compareResourceVersions(a, b) ?? Number.NaN);
  fc.assert(
    fc.property(fc.bigInt(0n, 2n ** 64n - 1n), fc.bigInt(0n, 2n ** 64n - 1n), (a, b) => {
      assert.equal(sign(String(a), String(b)), a === b ? 0 : a < b ? -1 : 1);
    }),
  );
  for (const [a, b] of [
    ['', '1'],
    ['01', '1'],
    ['1', 'abc'],
    ['-1', '1'],
  ] as const) {
    assert.equal(compareResourceVersions(a, b), undefined);
  }
});
