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
  'no methods without ranges and options': { expected: [undefined, undefined] },
  'methods of the user': { user: ['first-found', 'interface=a'], expected: ['first-found', 'interface=a'] },
  'an empty method means absent': { user: ['', ''], expected: [undefined, undefined] },
  'IPv4 has no method in an IPv6-only shoot': {
    families: '6',
    user: ['first-found', 'interface=a'],
    expected: [undefined, 'interface=a'],
  },
  'IPv6 has no method in an IPv4-only shoot': {
    families: '4',
    user: ['first-found', 'interface=a'],
    expected: ['first-found', undefined],
  },
  'the range of the spec overrides the user’s method (O3)': {
    spec: '10.180.0.0/16',
    user: ['first-found', undefined],
    expected: ['cidr=10.180.0.0/16', undefined],
  },
  'host bits of a range are not rendered': {
    spec: '10.180.3.7/16',
    expected: ['cidr=10.180.0.0/16', undefined],
  },
  'host bits of ranges in the status are not rendered': {
    spec: '10.180.0.0/16',
    status: ['10.181.0.1/16', '2001:db8:2::1/64'],
    expected: ['cidr=10.181.0.0/16', 'cidr=2001:db8:2::/64'],
  },
  'the range of the spec applies to IPv4 only': {
    spec: '2001:db8:2::/64',
    user: ['first-found', 'interface=a'],
    expected: ['first-found', 'interface=a'],
  },
  'the status is ignored without a range in the spec': {
    status: ['10.180.0.0/16', '2001:db8:2::/64'],
    expected: [undefined, undefined],
  },
  'the status refines the spec, with all ranges of a family in order': {
    spec: '10.180.0.0/16',
    status: ['10.181.0.0/16', '2001:db8:2::/64', '10.180.0.0/16', '2001:db8:1::/64'],
    user: ['first-found', 'first-found'],
    expected: ['cidr=10.181.0.0/16,10.180.0.0/16', 'cidr=2001:db8:2::/64,2001:db8:1::/64'],
  },
  'IPv6 without a range has the user’s method (B15)': {
    spec: '10.180.0.0/16',
    status: ['10.180.0.0/16'],
    user: ['first-found', 'interface=a'],
    expected: ['cidr=10.180.0.0/16', 'interface=a'],
  },
  'IPv4 without a range has the user’s method (B15)': {
    spec: '10.180.0.0/16',
    status: ['2001:db8:2::/64'],
    user: ['first-found', 'interface=a'],
    expected: ['first-found', 'cidr=2001:db8:2::/64'],
  },
  'no method without a range of the family and an option': {
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
  assert.equal(values.nodeCIDR, spec?.replace('10.180.3.7', '10.180.0.0'));
});

test('an empty node range means absent', () => {
  const shoot = shootFacts(demoShoot({ spec: { networking: { nodes: '' } } }));
  assert.equal(addressValues({ config: withDefaults({}), shoot, v4: true, v6: false }).nodeCIDR, undefined);
});
