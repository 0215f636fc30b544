import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from '../../../test/support/cases.ts';
import { shootFacts } from '../../gardener/cluster.ts';
import { withDefaults } from '../api/defaults.ts';
import { demoShoot } from '../testdata/demo.ts';
import { addressValues } from './addresses.ts';

interface Row {
  readonly spec?: string;
  readonly status?: readonly string[];
  /** The user's methods for both families. */
  readonly user?: readonly [string | undefined, string | undefined];
  readonly families?: '4' | '6' | '46';
  readonly expected: readonly [ipv4: string | undefined, ipv6: string | undefined];
}

const table: Readonly<Record<string, Row>> = {
  'nothing known': { expected: [undefined, undefined] },
  'the user’s methods': { user: ['first-found', 'interface=a'], expected: ['first-found', 'interface=a'] },
  'an empty method is none': { user: ['', ''], expected: [undefined, undefined] },
  'a family that is off has no method': {
    families: '6',
    user: ['first-found', 'interface=a'],
    expected: [undefined, 'interface=a'],
  },
  'the other family that is off': {
    families: '4',
    user: ['first-found', 'interface=a'],
    expected: ['first-found', undefined],
  },
  'the range of the spec wins (O3)': {
    spec: '10.180.0.0/16',
    user: ['first-found', undefined],
    expected: ['cidr=10.180.0.0/16', undefined],
  },
  'the range of the spec is for IPv4 alone': {
    spec: '2001:db8:2::/64',
    user: ['first-found', 'interface=a'],
    expected: ['first-found', 'interface=a'],
  },
  'without a range in the spec the status does not count': {
    status: ['10.180.0.0/16', '2001:db8:2::/64'],
    expected: [undefined, undefined],
  },
  'the status refines the spec, all ranges of a family in order': {
    spec: '10.180.0.0/16',
    status: ['10.181.0.0/16', '2001:db8:2::/64', '10.180.0.0/16', '2001:db8:1::/64'],
    user: ['first-found', 'first-found'],
    expected: ['cidr=10.181.0.0/16,10.180.0.0/16', 'cidr=2001:db8:2::/64,2001:db8:1::/64'],
  },
  'a family without a range keeps the user’s method (B15)': {
    spec: '10.180.0.0/16',
    status: ['10.180.0.0/16'],
    user: ['first-found', 'interface=a'],
    expected: ['cidr=10.180.0.0/16', 'interface=a'],
  },
  'the same for IPv4 (B15)': {
    spec: '10.180.0.0/16',
    status: ['2001:db8:2::/64'],
    user: ['first-found', 'interface=a'],
    expected: ['first-found', 'cidr=2001:db8:2::/64'],
  },
  'no range and no method': {
    spec: '10.180.0.0/16',
    status: ['2001:db8:2::/64'],
    expected: [undefined, 'cidr=2001:db8:2::/64'],
  },
};

cases(table, ({ spec, status = [], user = [undefined, undefined], families = '46', expected }) => {
  const shoot = shootFacts(
    demoShoot({ spec: { networking: { nodes: spec } }, status: { networking: { nodes: status } } }),
  );
  const config = withDefaults({ ipv4: { autoDetectionMethod: user[0] }, ipv6: { autoDetectionMethod: user[1] } });
  const values = addressValues({ config, shoot, v4: families.includes('4'), v6: families.includes('6') });
  assert.deepEqual([values.ipv4Method, values.ipv6Method], expected);
  assert.equal(values.nodeCIDR, spec);
});

test('an empty node range is none', () => {
  const shoot = shootFacts(demoShoot({ spec: { networking: { nodes: '' } } }));
  assert.equal(addressValues({ config: withDefaults({}), shoot, v4: true, v6: false }).nodeCIDR, undefined);
});
