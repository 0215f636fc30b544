import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from '../../test/support/cases.ts';
import { deriveNetwork } from './shoot-network.ts';

const metadata = { name: 'foo', namespace: 'garden-core' };
const v4 = '100.64.0.0/12';
const v6 = '2001:db8:1::/48';
const [services4, services6] = ['100.104.0.0/13', '2001:db8:2::/112'];

test('derives the Network that gardenlet would create, and its Cluster', () => {
  const providerConfig = { kind: 'NetworkConfig' };
  const shoot = {
    metadata,
    spec: { networking: { type: 'calico', providerConfig, pods: v4, services: services4, ipFamilies: ['IPv4'] } },
    status: { technicalID: 'shoot--core--foo-1' },
  };
  assert.deepEqual(deriveNetwork(shoot), {
    network: {
      apiVersion: 'extensions.gardener.cloud/v1alpha1',
      kind: 'Network',
      metadata: {
        name: 'foo',
        namespace: 'shoot--core--foo-1',
        generation: 1,
        annotations: { 'gardener.cloud/operation': 'reconcile' },
      },
      spec: { type: 'calico', providerConfig, podCIDR: v4, serviceCIDR: services4, ipFamilies: ['IPv4'] },
    },
    cluster: {
      apiVersion: 'extensions.gardener.cloud/v1alpha1',
      kind: 'Cluster',
      metadata: { name: 'shoot--core--foo-1' },
      spec: { shoot },
    },
  });
});

test('without a technical ID the namespace is derived from the project, or from the namespace of the Shoot', () => {
  const namespaceFor = (shoot: Readonly<Record<string, unknown>>) => deriveNetwork(shoot).network.metadata.namespace;
  assert.equal(namespaceFor({ metadata }), 'shoot--core--foo');
  assert.equal(namespaceFor({ metadata, status: { technicalID: '' } }), 'shoot--core--foo');
  assert.equal(namespaceFor({ metadata, status: 'text' }), 'shoot--core--foo');
  assert.equal(namespaceFor({ metadata: { name: 'foo', namespace: 'team' } }), 'shoot--team--foo');
});

test('omits ranges that the Shoot does not have, and defaults the families to IPv4', () => {
  assert.deepEqual(deriveNetwork({ metadata }).network.spec, { type: '', ipFamilies: ['IPv4'] });
});

test('places the Network of a self-hosted shoot in kube-system', () => {
  const spec = { provider: { workers: [{ name: 'a' }, { name: 'b', controlPlane: {} }] } };
  const { network, cluster } = deriveNetwork({ metadata, spec, status: { technicalID: 'shoot--core--foo' } });
  assert.equal(network.metadata.namespace, 'kube-system');
  assert.deepEqual(cluster['metadata'], { name: 'kube-system' });
});

interface Ranges {
  readonly families?: readonly string[];
  readonly spec?: string;
  readonly status?: readonly string[];
  readonly range: string | undefined;
}

cases<Ranges>(
  'chooses the range of gardenlet',
  {
    'IPv4 from the spec': { families: ['IPv4'], spec: v4, range: v4 },
    'IPv4 without a list of families': { spec: v4, range: v4 },
    'IPv6 from the status, where the spec may be empty': { families: ['IPv6'], status: [v6], range: v6 },
    'IPv4 first': { families: ['IPv4', 'IPv6'], spec: v4, status: [v4, v6], range: v4 },
    'IPv4 first, listed last in the status': { families: ['IPv4', 'IPv6'], spec: v4, status: [v6, v4], range: v4 },
    'IPv4 first, the status has only the new range': {
      families: ['IPv4', 'IPv6'],
      spec: v4,
      status: [v6],
      range: v4,
    },
    'IPv6 first takes the second range, which is IPv4': { families: ['IPv6', 'IPv4'], status: [v6, v4], range: v4 },
    'IPv6 first, listed last in the status': { families: ['IPv6', 'IPv4'], spec: v4, status: [v4, v6], range: v4 },
    'IPv6 first, only one range is known': { families: ['IPv6', 'IPv4'], status: [v6], range: v6 },
    'IPv6 first, the spec has one range and the status none': { families: ['IPv6', 'IPv4'], spec: v6, range: v6 },
    'the range of the spec precedes further ranges of its family': {
      families: ['IPv4'],
      spec: v4,
      status: ['10.1.0.0/16', v4],
      range: v4,
    },
    'a range of another family is retained for validation': { families: ['IPv6'], spec: v4, range: v4 },
    'an unparsable range is retained for validation': {
      families: ['IPv4'],
      spec: v4,
      status: ['10.0.0.0/33'],
      range: '10.0.0.0/33',
    },
    'no range': { families: ['IPv6'], range: undefined },
  },
  ({ families, spec, status, range }) => {
    const shoot = {
      metadata,
      spec: { networking: { pods: spec, services: spec, ipFamilies: families } },
      status: { networking: { pods: status, services: status } },
    };
    const { podCIDR, serviceCIDR } = deriveNetwork(shoot).network.spec;
    assert.deepEqual([podCIDR, serviceCIDR], [range, range]);
  },
);

test('chooses the ranges of pods and services independently', () => {
  const networking = { ipFamilies: ['IPv6', 'IPv4'] };
  const status = { networking: { pods: [v6], services: [services6, services4] } };
  const { spec } = deriveNetwork({ metadata, spec: { networking }, status }).network;
  assert.deepEqual([spec.podCIDR, spec.serviceCIDR], [v6, services4]);
});
