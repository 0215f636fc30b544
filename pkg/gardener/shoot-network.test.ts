import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from '../../test/support/cases.ts';
import { networkOfShoot } from './shoot-network.ts';

const metadata = { name: 'foo', namespace: 'garden-core' };
const v4 = '100.64.0.0/12';
const v6 = '2001:db8:1::/48';
const [services4, services6] = ['100.104.0.0/13', '2001:db8:2::/112'];

test('a Network as gardenlet would write it, and its Cluster', () => {
  const providerConfig = { kind: 'NetworkConfig' };
  const shoot = {
    metadata,
    spec: { networking: { type: 'calico', providerConfig, pods: v4, services: services4, ipFamilies: ['IPv4'] } },
    status: { technicalID: 'shoot--core--foo-1' },
  };
  assert.deepEqual(networkOfShoot(shoot), {
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

test('without a technical id the namespace follows the project, without a project the namespace', () => {
  const namespaceOf = (shoot: Readonly<Record<string, unknown>>) => networkOfShoot(shoot).network.metadata.namespace;
  assert.equal(namespaceOf({ metadata }), 'shoot--core--foo');
  assert.equal(namespaceOf({ metadata, status: { technicalID: '' } }), 'shoot--core--foo');
  assert.equal(namespaceOf({ metadata, status: 'text' }), 'shoot--core--foo');
  assert.equal(namespaceOf({ metadata: { name: 'foo', namespace: 'team' } }), 'shoot--team--foo');
});

test('what the Shoot leaves out is left out, and families default to IPv4', () => {
  assert.deepEqual(networkOfShoot({ metadata }).network.spec, { type: '', ipFamilies: ['IPv4'] });
});

test('a self-hosted shoot has its Network in kube-system', () => {
  const spec = { provider: { workers: [{ name: 'a' }, { name: 'b', controlPlane: {} }] } };
  const { network, cluster } = networkOfShoot({ metadata, spec, status: { technicalID: 'shoot--core--foo' } });
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
  {
    'IPv4 from the spec': { families: ['IPv4'], spec: v4, range: v4 },
    'IPv4 without a list of families': { spec: v4, range: v4 },
    'IPv6 from the status, where the spec may be empty': { families: ['IPv6'], status: [v6], range: v6 },
    'IPv4 first': { families: ['IPv4', 'IPv6'], spec: v4, status: [v4, v6], range: v4 },
    'IPv4 first, listed last in the status': { families: ['IPv4', 'IPv6'], spec: v4, status: [v6, v4], range: v4 },
    'IPv4 first, the status knows only the new range': {
      families: ['IPv4', 'IPv6'],
      spec: v4,
      status: [v6],
      range: v4,
    },
    'IPv6 first takes the second range, which is IPv4': { families: ['IPv6', 'IPv4'], status: [v6, v4], range: v4 },
    'IPv6 first, listed last in the status': { families: ['IPv6', 'IPv4'], spec: v4, status: [v4, v6], range: v4 },
    'IPv6 first, one range known yet': { families: ['IPv6', 'IPv4'], status: [v6], range: v6 },
    'IPv6 first, the spec has one range and the status none': { families: ['IPv6', 'IPv4'], spec: v6, range: v6 },
    'further ranges of the family come after that of the spec': {
      families: ['IPv4'],
      spec: v4,
      status: ['10.1.0.0/16', v4],
      range: v4,
    },
    'a range of another family is passed on, so that validation names it': { families: ['IPv6'], spec: v4, range: v4 },
    'a range that cannot be read is passed on too': {
      families: ['IPv4'],
      spec: v4,
      status: ['10.0.0.0/33'],
      range: '10.0.0.0/33',
    },
    'no range at all': { families: ['IPv6'], range: undefined },
  },
  ({ families, spec, status, range }) => {
    const shoot = {
      metadata,
      spec: { networking: { pods: spec, services: spec, ipFamilies: families } },
      status: { networking: { pods: status, services: status } },
    };
    const { podCIDR, serviceCIDR } = networkOfShoot(shoot).network.spec;
    assert.deepEqual([podCIDR, serviceCIDR], [range, range]);
  },
);

test('pods and services are chosen each for themselves', () => {
  const networking = { ipFamilies: ['IPv6', 'IPv4'] };
  const status = { networking: { pods: [v6], services: [services6, services4] } };
  const { spec } = networkOfShoot({ metadata, spec: { networking }, status }).network;
  assert.deepEqual([spec.podCIDR, spec.serviceCIDR], [v6, services4]);
});
