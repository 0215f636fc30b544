import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dump, load } from 'js-yaml';
import { omitCloudProfile } from './omit.ts';

const cluster = {
  apiVersion: 'extensions.gardener.cloud/v1alpha1',
  kind: 'Cluster',
  metadata: { name: 'shoot--dev--web', labels: { text: '"spec": {"cloudProfile": {' } },
  spec: {
    cloudProfile: { spec: { machineTypes: Array.from({ length: 2_000 }, (_, index) => ({ name: `m${index}\n"}` })) } },
    seed: { metadata: { name: 'seed' } },
    shoot: { spec: { cloudProfile: { kind: 'CloudProfile', name: 'local' } } },
  },
};
const without = { ...cluster, spec: { ...cluster.spec, cloudProfile: null } };

const forms: Readonly<Record<string, string>> = {
  YAML: dump(cluster),
  'YAML with CRLF': dump(cluster).replaceAll('\n', '\r\n'),
  'an item of a List in YAML': dump(cluster).replaceAll(/^/gm, '    '),
  'YAML in another order': dump({ ...cluster, spec: Object.assign({ seed: {} }, cluster.spec) }),
  JSON: JSON.stringify(cluster),
  'JSON over several lines': JSON.stringify(cluster, undefined, 4),
  'JSON in another order': JSON.stringify(Object.assign({ spec: {} }, cluster)),
};

for (const [name, text] of Object.entries(forms)) {
  test(`omits the CloudProfile of a Cluster, and retains the positions of everything else: ${name}`, () => {
    const omitted = omitCloudProfile(text);
    assert.deepEqual(load(omitted), without);
    assert.equal(omitted.split('\n').length, text.split('\n').length);
    const last = (one: string): string => one.slice(one.lastIndexOf('\n', one.length - 2) + 1);
    assert.equal(last(omitted).indexOf('local'), last(text).indexOf('local'));
  });
}

for (const [name, text] of Object.entries({
  'a short Cluster': dump({ ...cluster, spec: { cloudProfile: { a: 1 } } }),
  'another kind': dump({ ...cluster, kind: 'Shoot' }),
  'a Cluster without CloudProfile': dump({
    ...cluster,
    spec: { ...without.spec, cloudProfile: {}, other: 'x'.repeat(40_000) },
  }),
  'a CloudProfile in braces': `kind: Cluster\nspec:\n  cloudProfile: {a: 1}\n  b: ${'x'.repeat(40_000)}\n`,
}))
  test(`retains ${name}`, () => assert.equal(omitCloudProfile(text), text));
