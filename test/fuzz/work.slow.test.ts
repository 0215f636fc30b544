/**
 * The work for a review grows in proportion to its size. It is counted in executed source code, by V8, so that it is the same on every machine;
 * a comparison of each with each shows at once.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after } from 'node:test';
import { cases } from '../support/cases.ts';
import { startCoverage } from './engine/coverage.ts';
import { fuzzRoot } from './engine/store.ts';

// Before the first import of the product, or its blocks have no counters.
const recorder = startCoverage({ root: path.join(fuzzRoot, '../..'), folders: ['pkg', 'controllers'] });
const { reviewTarget } = await import('./targets/review.ts');
after(() => recorder.stop());

type Make = (count: number) => object;

function repeat<T>(count: number, make: (index: number) => T): readonly T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function record(count: number, make: (index: number) => readonly [string, unknown]): object {
  return Object.fromEntries(repeat(count, make));
}

const shoot = (networking: object, rest: object = {}, type = 'calico'): object => ({
  apiVersion: 'core.gardener.cloud/v1beta1',
  kind: 'Shoot',
  metadata: { name: 'a', namespace: 'garden-a' },
  spec: {
    provider: { workers: [{ name: 'a' }] },
    kubernetes: { version: '1.34.2' },
    networking: { type, pods: '100.64.0.0/12', services: '100.104.0.0/13', ...networking },
  },
  ...rest,
});

const labels = { 'k8s-app': 'node-local-dns' };
const dns = (kind: 'ConfigMap' | 'DaemonSet', rest: object): object => ({
  apiVersion: kind === 'ConfigMap' ? 'v1' : 'apps/v1',
  kind,
  metadata: { name: 'node-local-dns-a', namespace: 'kube-system', labels },
  ...rest,
});
const pod = (spec: object): object => dns('DaemonSet', { spec: { template: { spec } } });

cases<Make>(
  {
    'lines of a Corefile': (count) => dns('ConfigMap', { data: { Corefile: 'bind 10.0.0.1\n'.repeat(count) } }),
    'words of a line': (count) => dns('ConfigMap', { data: { Corefile: `bind${' 10.0.0.1'.repeat(count)}` } }),
    'blanks of a line': (count) => dns('ConfigMap', { data: { Corefile: `bind${' '.repeat(10 * count)}x` } }),
    containers: (count) => pod({ containers: repeat(count, () => ({ name: 'node-cache' })) }),
    arguments: (count) => pod({ containers: [{ name: 'node-cache', args: repeat(count, (index) => `-a${index}`) }] }),
    'unknown fields of providerConfig': (count) =>
      shoot({ providerConfig: record(count, (index) => [`k${index}`, 1]) }),
    'values of providerConfig': (count) =>
      shoot({ providerConfig: { devices: repeat(count, (index) => `eth${index}`) } }, {}, 'cilium'),
    families: (count) => shoot({ ipFamilies: repeat(count, (index) => `IPv${index}`) }),
    'observed ranges of pods': (count) =>
      shoot({}, { status: { networking: { pods: repeat(count, (index) => `10.${index % 256}.0.0/24`) } } }),
    'observed ranges of nodes': (count) =>
      shoot(
        { nodes: '10.0.0.0/8' },
        { status: { networking: { nodes: repeat(count, (index) => `10.${index % 256}.0.0/24`) } } },
        'cilium',
      ),
    'advertised addresses': (count) =>
      shoot(
        {},
        { status: { advertisedAddresses: repeat(count, (index) => ({ name: `n${index}`, url: 'https://a.b' })) } },
        'cilium',
      ),
    workers: (count) =>
      shoot({}, { spec: { provider: { workers: repeat(count, (index) => ({ name: `w${index}` })) } } }),
    labels: (count) => ({
      ...dns('ConfigMap', {}),
      metadata: { name: 'a', labels: record(count, (index) => [`k${index}`, 'v']) },
    }),
  },
  async (make) => {
    const [few, many] = [await workFor(make(500)), await workFor(make(2_000))];
    assert.ok(few > 10_000, `${few} is no measure`);
    assert.ok(many < 6 * few, `${few} for one size, ${many} for four times of it`);
  },
);

async function workFor(object: object): Promise<number> {
  const { metadata } = object as { readonly metadata: { readonly namespace?: string } };
  const request = { uid: 'u', operation: 'CREATE', namespace: metadata.namespace, name: 'a', object };
  const bytes = Buffer.from(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request }));
  recorder.take();
  await reviewTarget.check(bytes);
  return recorder.take().work;
}
