import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createShoot, type Variant } from '../../../test/gardener/shoots.ts';
import { cases } from '../../../test/support/cases.ts';
import type { KubeObject } from '../../gardener/objects.ts';
import { describe } from '../diagnostics.ts';
import { shootFindings } from './shoot.ts';

// Most rules are compared with Gardener in test/gardener; here are those that an API server does not have.

function find(shoot: KubeObject, old?: KubeObject): readonly string[] {
  return shootFindings({ shoot, old, object: 'Shoot a/b' }).map(describe);
}

const reserved = { networking: { nodes: '240.1.0.0/16' } };
const stored = { name: 'web', namespace: 'garden-dev', uid: '1' };

cases<{ readonly shoot: Variant; readonly old?: Variant; readonly found: boolean }>(
  'reserved ranges of',
  {
    'a new Shoot are an error': { shoot: reserved, found: true },
    'a new Shoot that names its seed are an error': { shoot: { ...reserved, spec: { seedName: 'a' } }, found: true },
    'a stored Shoot with a seed are none': {
      shoot: { ...reserved, spec: { seedName: 'a' }, top: { metadata: stored } },
      found: false,
    },
    'a stored Shoot without a seed are an error': { shoot: { ...reserved, top: { metadata: stored } }, found: true },
    'an update that omits the seed are none': {
      shoot: reserved,
      old: { ...reserved, spec: { seedName: 'a' } },
      found: false,
    },
  },
  ({ shoot, old, found }) => {
    const findings = find(createShoot(shoot), old && createShoot(old));
    assert.equal(findings.length > 0, found, findings.join());
  },
);

cases<{ readonly shoot: Variant; readonly old: Variant; readonly says: readonly string[] }>(
  'an update that omits',
  {
    'pods, services, families and masks retains them': {
      shoot: { networking: { pods: null, services: null } },
      old: { networking: { ipFamilies: ['IPv4', 'IPv6'] }, controllerManager: { nodeCIDRMaskSize: 22 } },
      says: [],
    },
    'the stored IPv6 mask on the way back to IPv4 has the error of that mask': {
      shoot: { networking: { ipFamilies: ['IPv4'] } },
      old: {
        networking: { ipFamilies: ['IPv4', 'IPv6'] },
        controllerManager: { nodeCIDRMaskSize: 24, nodeCIDRMaskSizeIPv6: 64 },
      },
      says: [
        'spec.kubernetes.kubeControllerManager.nodeCIDRMaskSizeIPv6: Forbidden: nodeCIDRMaskSizeIPv6 cannot be set for IPv4 single-stack clusters',
      ],
    },
  },
  ({ shoot, old, says }) => assert.deepEqual(find(createShoot(shoot), createShoot(old)), says),
);

test('a Shoot in deletion has no findings', () => {
  const metadata = { name: 'web', namespace: 'garden-dev', deletionTimestamp: '2026-01-01T00:00:00Z' };
  assert.deepEqual(find(createShoot({ ...reserved, top: { metadata } })), []);
});

test('an excerpt without spec.provider has workers', () => {
  const excerpt = { apiVersion: 'core.gardener.cloud/v1beta1', kind: 'Shoot', metadata: { name: 'a', namespace: 'b' } };
  assert.deepEqual(find({ ...excerpt, spec: { networking: { type: 'calico', pods: '100.96.0.0/11' } } }), []);
  assert.deepEqual(find(excerpt), []);
});

test('a message about host bits has the canonical range', () => {
  const networking = { ipFamilies: ['IPv4', 'IPv6'], nodes: '2001:db8:0:0:1::1/64', pods: '100.96.7.1/11' };
  assert.deepEqual(find(createShoot({ networking })), [
    'spec.networking.nodes: Invalid value: "2001:db8:0:0:1::1/64": must be valid canonical CIDR: write 2001:db8::/64',
    'spec.networking.pods: Invalid value: "100.96.7.1/11": must be valid canonical CIDR: write 100.96.0.0/11',
  ]);
});

test('a list of a million families costs no time', () => {
  const ipFamilies = Array.from({ length: 1_000_000 }, () => 'IPv4');
  assert.deepEqual(find(createShoot({ networking: { ipFamilies } })), []);
});
