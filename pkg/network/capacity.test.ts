import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { cases } from '../../test/support/cases.ts';
import { capacityFindings, computeCapacity, countNodes } from './capacity.ts';
import { describe } from './diagnostics.ts';

/** Returns a Shoot with a number of nodes in one pool. */
function shoot(
  networking: object,
  { maximum, mask, maxPods }: { maximum?: number; mask?: number; maxPods?: number } = {},
) {
  return {
    metadata: { name: 'web', namespace: 'garden-dev' },
    spec: {
      networking: { type: 'calico', ...networking },
      kubernetes: {
        kubelet: maxPods === undefined ? {} : { maxPods },
        kubeControllerManager: mask === undefined ? {} : { nodeCIDRMaskSize: mask },
      },
      provider: { workers: maximum === undefined ? [] : [{ name: 'a', maximum }] },
    },
  };
}

const page = readFileSync(path.join(import.meta.dirname, '../../docs/usage/sizing.md'), 'utf8');

/** Returns the rows of all tables with such a heading. */
function rows(...heading: readonly string[]): readonly (readonly string[])[] {
  const cells = (line: string): readonly string[] =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', ''));
  const lines = page.split('\n');
  return lines.flatMap((line, index) => {
    if (!line.startsWith('|') || cells(line).join() !== heading.join()) return [];
    const end = lines.findIndex((one, at) => at > index && !one.startsWith('|'));
    return lines.slice(index + 2, end).map(cells);
  });
}

const integer = (text = ''): bigint => BigInt(text.replaceAll(',', ''));

test('a node has the mask and the addresses that the page on sizing lists for its maxPods', () => {
  const table = rows('maxPods', 'Mask of a node', 'Addresses');
  assert.ok(table.length >= 5);
  for (const [maxPods, mask, addresses] of table) {
    const capacity = computeCapacity({ shoot: shoot({ pods: '100.64.0.0/10' }, { maxPods: Number(maxPods) }) });
    assert.equal(`/${capacity?.pods[0]?.nodeMask}`, mask);
    assert.equal(2 ** (32 - (capacity?.pods[0]?.nodeMask ?? 0)), Number(addresses));
    assert.equal(capacity?.podsPerNode, integer(maxPods));
  }
});

test('a pod range has room for the number of nodes that the page on sizing lists', () => {
  const table = rows('Pod range', 'Mask of a node', 'Nodes', 'Addresses of a node');
  assert.ok(table.length >= 12);
  for (const [range = '', mask = '', nodes, addresses] of table) {
    const ipv6 = Number(range.slice(1)) > 32;
    const networking = ipv6
      ? { pods: `2001:db8::${range}`, ipFamilies: ['IPv6'] }
      : { pods: `100.64.0.0${range}`, ipFamilies: ['IPv4'] };
    const capacity = computeCapacity({ shoot: shoot(networking, { mask: Number(mask.slice(1)) }) });
    assert.equal(capacity?.maximumNodes, integer(nodes), `${range} ${mask}`);
    const bits = BigInt((ipv6 ? 128 : 32) - Number(mask.slice(1)));
    assert.equal(1n << bits, integer(addresses));
  }
});

cases<readonly [Parameters<typeof computeCapacity>[0], string]>(
  'the number of nodes',
  {
    'in dual-stack is that of the smaller family': [
      {
        shoot: {
          ...shoot({ pods: '100.96.0.0/11', ipFamilies: ['IPv4', 'IPv6'] }),
          status: { networking: { pods: ['100.96.0.0/11', '2001:db8::/56'] } },
        },
      },
      '256 nodes',
    ],
    'is limited by the range of nodes': [{ shoot: shoot({ pods: '100.96.0.0/11', nodes: '10.0.0.0/26' }) }, '62 nodes'],
    'counts all ranges of nodes of a family': [
      {
        shoot: {
          ...shoot({ pods: '100.96.0.0/11', nodes: '10.0.0.0/26' }),
          status: { networking: { nodes: ['10.0.0.0/26', '10.0.1.0/26'] } },
        },
      },
      '124 nodes',
    ],
    'with cluster-pool follows its fixed mask': [
      { shoot: shoot({ pods: '100.64.0.0/20' }, { mask: 26 }), ipv4NodeMask: 24 },
      '16 nodes',
    ],
    'with cluster-pool is also limited by the mask of kube-controller-manager': [
      { shoot: shoot({ pods: '100.64.0.0/20' }, { mask: 22 }), ipv4NodeMask: 24 },
      '4 nodes',
    ],
    'is zero if the range of a node is larger than the pod range': [
      { shoot: shoot({ pods: '100.64.0.0/25' }) },
      '0 nodes',
    ],
    'beyond a million is not written out': [
      { shoot: shoot({ pods: 'fd00::/8', ipFamilies: ['IPv6'] }) },
      'over 1,000,000 nodes',
    ],
  },
  ([input, expected]) => assert.equal(countNodes(computeCapacity(input)?.maximumNodes ?? -1n), expected),
);

cases<readonly [ReturnType<typeof shoot>, readonly string[]]>(
  {
    'a pod range with less room than the worker pools need is a warning': [
      shoot({ pods: '100.64.0.0/22' }, { maximum: 16 }),
      [
        'spec.networking.pods: 100.64.0.0/22 has room for 4 nodes with /24 each, but the worker pools may have 16 nodes, and 1 more during updates',
      ],
    ],
    'the nodes that an update adds count': [
      shoot({ pods: '100.64.0.0/22' }, { maximum: 4 }),
      [
        'spec.networking.pods: 100.64.0.0/22 has room for 4 nodes with /24 each, but the worker pools may have 4 nodes, and 1 more during updates',
      ],
    ],
    'a node range with less room is a warning of its own': [
      shoot({ pods: '100.64.0.0/16', nodes: '10.0.0.0/29' }, { maximum: 6 }),
      [
        'spec.networking.nodes: 10.0.0.0/29 has room for 6 nodes, but the worker pools may have 6 nodes, and 1 more during updates',
      ],
    ],
    'enough room is no warning': [shoot({ pods: '100.64.0.0/22' }, { maximum: 3 }), []],
    'pools without a maximum are no warning': [shoot({ pods: '100.64.0.0/30' }), []],
    'an unknown pod range is no warning': [shoot({}, { maximum: 5 }), []],
    'an invalid pod range is no warning': [shoot({ pods: 'x' }, { maximum: 5 }), []],
  },
  ([one, expected]) => assert.deepEqual(capacityFindings({ shoot: one }).map(describe), expected),
);

test('the route limits of providers are those of the page on routes', () => {
  const routes = readFileSync(path.join(import.meta.dirname, '../../docs/usage/overlay-and-routes.md'), 'utf8');
  const limitOf = (type: string) => {
    const one = shoot({ pods: '100.64.0.0/16' }, { maximum: 3 });
    const ofProvider = { ...one, spec: { ...one.spec, provider: { ...one.spec.provider, type } } };
    const input = { shoot: ofProvider, infrastructureRoutes: true };
    assert.equal(computeCapacity({ ...input, infrastructureRoutes: false })?.routes, undefined);
    return computeCapacity(input)?.routes;
  };
  const row = (provider: string): string =>
    routes.split('\n').find((line) => line.startsWith(`| ${provider} `)) ?? assert.fail(provider);
  for (const provider of ['AWS', 'Azure', 'OpenStack']) {
    const limit = limitOf(provider.toLowerCase());
    assert.ok(limit !== undefined);
    assert.match(row(provider), new RegExp(`routes per ${limit.per}.*: ${limit.limit}\\b`));
    assert.equal(limit.isDefault, /default|unless/.test(row(provider)));
  }
  assert.doesNotMatch(row('GCP'), /\d/);
  assert.equal(limitOf('gcp'), undefined);
  assert.equal(limitOf('metal'), undefined);
});
