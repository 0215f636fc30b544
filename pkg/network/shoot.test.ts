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
    'all families without a migration': {
      shoot: shootFacts({}),
      families: ['IPv4', 'IPv6'],
      effective: ['IPv4', 'IPv6'],
    },
    'first family while nodes have one range': {
      shoot: constrained(ready, 'Progressing'),
      families: ['IPv4', 'IPv6'],
      effective: ['IPv4'],
    },
    'first family while the state of nodes is unknown': {
      shoot: constrained(ready, 'Unknown'),
      families: ['IPv4', 'IPv6'],
      effective: ['IPv4'],
    },
    'first family with an unreadable constraint': {
      shoot: constrained(ready, ''),
      families: ['IPv4', 'IPv6'],
      effective: ['IPv4'],
    },
    'all families when all nodes have two ranges': {
      shoot: constrained(ready, 'True'),
      families: ['IPv4', 'IPv6'],
      effective: ['IPv4', 'IPv6'],
    },
    'all families in the second part of the migration': {
      shoot: constrained('DNSServiceMigrationReady', 'Progressing'),
      families: ['IPv4', 'IPv6'],
      effective: ['IPv4', 'IPv6'],
    },
    'the only family after returning to one': {
      shoot: constrained(ready, 'True'),
      families: ['IPv4'],
      effective: ['IPv4'],
    },
    'the only family, regardless of the constraint': {
      shoot: constrained(ready, 'False'),
      families: ['IPv6'],
      effective: ['IPv6'],
    },
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
    'range of the Network if it has the family': {
      family: 'IPv4',
      podCIDR: '10.0.0.0/16',
      shoot: withPods('10.1.0.0/16'),
      range: '10.0.0.0/16',
    },
    'range of the status if the Network has the other family': {
      family: 'IPv6',
      podCIDR: '10.0.0.0/16',
      shoot: withPods('10.0.0.0/16', '2001:db8::/48'),
      range: '2001:db8::/48',
    },
    'last one of several ranges in the status': {
      family: 'IPv6',
      podCIDR: '10.0.0.0/16',
      shoot: withPods('2001:db8:1::/48', '2001:db8:2::/48', '10.0.0.0/16'),
      range: '2001:db8:2::/48',
    },
    'range of the Network for an IPv6-only shoot': {
      family: 'IPv6',
      podCIDR: '2001:db8::/48',
      shoot: withPods(),
      range: '2001:db8::/48',
    },
    'no range if none is known': { family: 'IPv6', podCIDR: '10.0.0.0/16', shoot: withPods(), range: undefined },
    'no range with an unreadable status': {
      family: 'IPv4',
      shoot: withPods('x', '10.0.0.0/33'),
      range: undefined,
    },
  },
  ({ family, podCIDR, shoot, range }) => assert.equal(podRange({ family, podCIDR, shoot })?.text, range),
);

test('parseRanges preserves the order, and skips invalid ranges', () => {
  const texts = ['10.1.0.0/16', 'x', '2001:db8::/48', '', '10.0.0.0/16'];
  assert.deepEqual(
    parseRanges(texts, 'IPv4').map((range) => range.text),
    ['10.1.0.0/16', '10.0.0.0/16'],
  );
});
