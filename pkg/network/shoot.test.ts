import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from '../../test/support/cases.ts';
import { type ShootFacts, shootFacts } from '../gardener/cluster.ts';
import type { IPFamily } from '../gardener/network.ts';
import { effectiveFamilies, parseRanges, podRange } from './shoot.ts';

const constrained = (type: string, status: string): ShootFacts =>
  shootFacts({ status: { constraints: [{ type, status }] } });
const withPods = (...pods: readonly string[]): ShootFacts => shootFacts({ status: { networking: { pods } } });
const ready = 'DualStackNodesMigrationReady';

cases<{ readonly shoot: ShootFacts; readonly families: readonly IPFamily[]; readonly effective: readonly IPFamily[] }>(
  {
    'no migration': { shoot: shootFacts({}), families: ['IPv4', 'IPv6'], effective: ['IPv4', 'IPv6'] },
    'nodes have one range yet': {
      shoot: constrained(ready, 'Progressing'),
      families: ['IPv4', 'IPv6'],
      effective: ['IPv4'],
    },
    'nodes cannot be looked at': {
      shoot: constrained(ready, 'Unknown'),
      families: ['IPv4', 'IPv6'],
      effective: ['IPv4'],
    },
    'a constraint without a readable status': {
      shoot: constrained(ready, ''),
      families: ['IPv4', 'IPv6'],
      effective: ['IPv4'],
    },
    'all nodes have two ranges': {
      shoot: constrained(ready, 'True'),
      families: ['IPv4', 'IPv6'],
      effective: ['IPv4', 'IPv6'],
    },
    'the second half of the migration': {
      shoot: constrained('DNSServiceMigrationReady', 'Progressing'),
      families: ['IPv4', 'IPv6'],
      effective: ['IPv4', 'IPv6'],
    },
    'back to one family': { shoot: constrained(ready, 'True'), families: ['IPv4'], effective: ['IPv4'] },
    'one family only': { shoot: constrained(ready, 'False'), families: ['IPv6'], effective: ['IPv6'] },
  },
  ({ shoot, families, effective }) => assert.deepEqual(effectiveFamilies(families, shoot), effective),
);

cases<{
  readonly family: IPFamily;
  readonly podCIDR?: string;
  readonly shoot: ShootFacts;
  readonly range: string | undefined;
}>(
  {
    'the Network has the range of the family': {
      family: 'IPv4',
      podCIDR: '10.0.0.0/16',
      shoot: withPods('10.1.0.0/16'),
      range: '10.0.0.0/16',
    },
    'the Network has that of the other family': {
      family: 'IPv6',
      podCIDR: '10.0.0.0/16',
      shoot: withPods('10.0.0.0/16', '2001:db8::/48'),
      range: '2001:db8::/48',
    },
    'of several in the status the last': {
      family: 'IPv6',
      podCIDR: '10.0.0.0/16',
      shoot: withPods('2001:db8:1::/48', '2001:db8:2::/48', '10.0.0.0/16'),
      range: '2001:db8:2::/48',
    },
    'an IPv6-only shoot has it in the Network': {
      family: 'IPv6',
      podCIDR: '2001:db8::/48',
      shoot: withPods(),
      range: '2001:db8::/48',
    },
    'not known yet': { family: 'IPv6', podCIDR: '10.0.0.0/16', shoot: withPods(), range: undefined },
    'no Network range and an unreadable status': {
      family: 'IPv4',
      shoot: withPods('x', '10.0.0.0/33'),
      range: undefined,
    },
  },
  ({ family, podCIDR, shoot, range }) => assert.equal(podRange({ family, podCIDR, shoot })?.text, range),
);

test('ranges of a family keep their order, unreadable ones are skipped', () => {
  const texts = ['10.1.0.0/16', 'x', '2001:db8::/48', '', '10.0.0.0/16'];
  assert.deepEqual(
    parseRanges(texts, 'IPv4').map((range) => range.text),
    ['10.1.0.0/16', '10.0.0.0/16'],
  );
});
