import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cases } from '../../../test/support/cases.ts';
import {
  apiVersionOf,
  compareResourceVersions,
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
    'all namespaces': { input: { resource: secrets }, expect: '/api/v1/secrets' },
    'one namespace': { input: { resource: secrets, namespace: 'n' }, expect: '/api/v1/namespaces/n/secrets' },
    object: {
      input: { resource: secrets, namespace: 'n', name: 's' },
      expect: '/api/v1/namespaces/n/secrets/s',
    },
    'cluster-scoped object with subresource': {
      input: { resource: clusters, name: 'c', subresource: 'status' },
      expect: '/apis/extensions.gardener.cloud/v1alpha1/clusters/c/status',
    },
    'names that are not names': {
      input: { resource: clusters, name: 'a/b?c#d %' },
      expect: '/apis/extensions.gardener.cloud/v1alpha1/clusters/a%2Fb%3Fc%23d%20%25',
    },
  },
  ({ input, expect }) => assert.equal(resourcePath(input), expect),
);

cases<{ readonly input: PathInput; readonly expect: RegExp }>(
  {
    'a namespace where none belongs': {
      input: { resource: clusters, namespace: 'n', name: 'c' },
      expect: /^Error: clusters\.extensions\.gardener\.cloud is cluster-scoped: namespace "n" cannot be given$/,
    },
    'an object without its namespace': { input: { resource: secrets, name: 's' }, expect: /"s" needs a namespace/ },
    'an empty name would be the collection': { input: { resource: clusters, name: '' }, expect: /"" is not a name/ },
    'a step up': { input: { resource: secrets, namespace: '..', name: 's' }, expect: /"\.\." is not a name/ },
  },
  ({ input, expect }) => assert.throws(() => resourcePath(input), expect),
);

test('a path has as many parts as it was given, whatever the names are', () => {
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

test('names of resources and keys of objects', () => {
  assert.deepEqual([resourceName(secrets), resourceName(clusters)], ['secrets', 'clusters.extensions.gardener.cloud']);
  assert.deepEqual([apiVersionOf(secrets), apiVersionOf(clusters)], ['v1', 'extensions.gardener.cloud/v1alpha1']);
  for (const key of [{ namespace: 'n', name: 'a' }, { name: 'a' }]) assert.deepEqual(parseKey(keyOf(key)), key);
});

test('resourceVersions compare as integers of 64 bits', () => {
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
