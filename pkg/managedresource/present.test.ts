import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { brotliCompressSync } from 'node:zlib';
import { cases } from '../../test/support/cases.ts';
import type { KubeObject } from '../gardener/objects.ts';
import type { Lookup } from '../network/plugin.ts';
import { readPresentObjects, referencedSecrets } from './present.ts';

const configMap: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } };

function managedResource(spec: unknown): KubeObject {
  return { apiVersion: 'resources.gardener.cloud/v1alpha1', kind: 'ManagedResource', metadata: { name: 'mr' }, spec };
}

function secret(name: string, data: Readonly<Record<string, Buffer>>): KubeObject {
  const encoded = Object.entries(data).map(([key, value]) => [key, value.toString('base64')]);
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name }, data: Object.fromEntries(encoded) };
}

const twoRefs = managedResource({ secretRefs: [{ name: 'a' }, { name: 'b' }] });
const json = Buffer.from(JSON.stringify(configMap));
const a = secret('a', { 'a.yaml': json });
const b = secret('b', { 'b.yaml.br': brotliCompressSync(json) });

interface Row {
  readonly managedResource: KubeObject | undefined;
  readonly secrets?: readonly KubeObject[];
  readonly present: Lookup<readonly KubeObject[]>;
}

suite('objects of a ManagedResource', () => {
  cases<Row>(
    {
      'are none without a ManagedResource': { managedResource: undefined, present: { available: true, value: [] } },
      'are none without a reference': { managedResource: managedResource({}), present: { available: true, value: [] } },
      'come from all Secrets, in the order of the references': {
        managedResource: twoRefs,
        secrets: [b, a],
        present: { available: true, value: [configMap, configMap] },
      },
      'are unknown when a Secret is missing': {
        managedResource: twoRefs,
        secrets: [a],
        present: { available: false, reason: 'Secret b of ManagedResource mr is missing' },
      },
      'are unknown when all Secrets are missing': {
        managedResource: twoRefs,
        present: { available: false, reason: 'Secret a, b of ManagedResource mr is missing' },
      },
      'are unknown when a Secret is unreadable': {
        managedResource: twoRefs,
        secrets: [a, secret('b', { 'b.yaml.br': Buffer.from('no brotli') })],
        present: {
          available: false,
          reason: 'Secret of ManagedResource mr: data key b.yaml.br cannot be decompressed',
        },
      },
    },
    ({ secrets = [], present, ...given }) => {
      const byName = new Map(secrets.map((one) => [one.metadata.name, one]));
      assert.deepEqual(readPresentObjects({ ...given, secrets: byName }), present);
    },
  );
});

suite('references to Secrets', () => {
  cases<{ readonly spec: unknown; readonly names: readonly string[] }>(
    {
      'are read in order': { spec: { secretRefs: [{ name: 'b' }, { name: 'a' }] }, names: ['b', 'a'] },
      'without a name are dropped': {
        spec: { secretRefs: [{ name: 'a' }, { name: '' }, {}, 'x', null] },
        names: ['a'],
      },
      'are none in garbage': { spec: { secretRefs: 'x' }, names: [] },
      'are none without a spec': { spec: undefined, names: [] },
    },
    ({ spec, names }) => assert.deepEqual(referencedSecrets(managedResource(spec)), names),
  );
});
