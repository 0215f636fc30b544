import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cases } from '../../test/support/cases.ts';
import { type NodeSizes, readNodeSizes } from './node-sizes.ts';

type Fields = Readonly<Record<string, unknown>>;
/** The spec of a Shoot, and the sizes to compare. */
type Row = readonly [
  spec: Fields,
  expected: Partial<Pick<NodeSizes, 'maxPods' | 'nodeMask'>> & Partial<NodeSizes['workers']>,
];

const pools = (...workers: readonly object[]): Fields => ({ provider: { workers } });
const controllerManager = (kubeControllerManager: object): Fields => ({ kubernetes: { kubeControllerManager } });
const kubelet = (maxPods: unknown): Fields => ({ kubernetes: { kubelet: { maxPods } } });

cases<Row>(
  {
    'a Shoot without any size has the defaults of Gardener': [
      {},
      { maxPods: 110, nodeMask: { IPv4: 24, IPv6: 64 }, surge: 0, maximum: undefined },
    ],
    'the maximum is the sum of all pools': [pools({ maximum: 3 }, { maximum: 4 }), { maximum: 7, surge: 2 }],
    'a pool without a maximum makes it unknown': [pools({ maximum: 3 }, {}), { maximum: undefined }],
    'maxSurge counts per pool': [pools({ maximum: 3, maxSurge: 10 }, { maximum: 1, maxSurge: 0 }), { surge: 10 }],
    'maxSurge in percent is rounded up': [pools({ maximum: 15, maxSurge: '10%' }), { surge: 2 }],
    'maxSurge in percent is rounded up in each zone': [
      pools({ maximum: 9, maxSurge: '10%', zones: ['a', 'b', 'c'] }),
      { surge: 3 },
    ],
    'maxSurge in percent is weighted by the nodes of a zone': [
      // Zones of 4, 3 and 3 nodes have 60, 45 and 45 percent, which are 3, 2 and 2 nodes.
      pools({ maximum: 10, maxSurge: '50%', zones: ['a', 'b', 'c'] }),
      { surge: 7 },
    ],
    'zones without nodes have no surge': [pools({ maximum: 1, maxSurge: '100%', zones: ['a', 'b'] }), { surge: 2 }],
    'maxSurge as a number is distributed over the zones': [
      pools({ maximum: 10, maxSurge: 3, zones: ['a', 'b', 'c'] }),
      { surge: 3 },
    ],
    'pools that are updated in place have no surge by default': [
      pools({ maximum: 3, updateStrategy: 'AutoInPlaceUpdate' }, { maximum: 3, updateStrategy: 'ManualInPlaceUpdate' }),
      { surge: 0 },
    ],
    'a pool that is updated in place may have a surge': [
      pools({ maximum: 3, updateStrategy: 'AutoInPlaceUpdate', maxSurge: 2 }),
      { surge: 2 },
    ],
    'the default mask has twice as many addresses as pods': [
      kubelet(250),
      { maxPods: 250, nodeMask: { IPv4: 23, IPv6: 64 } },
    ],
    'the pool with most pods decides': [
      pools({ kubernetes: { kubelet: { maxPods: 500 } } }, {}),
      { maxPods: 500, nodeMask: { IPv4: 22, IPv6: 64 } },
    ],
    'a pool with fewer pods than the Shoot does not decide': [
      pools({ kubernetes: { kubelet: { maxPods: 30 } } }),
      { maxPods: 110 },
    ],
    'the configured mask replaces the default': [
      controllerManager({ nodeCIDRMaskSize: 26 }),
      { nodeMask: { IPv4: 26, IPv6: 26 } },
    ],
    'in dual-stack each family has its own mask': [
      {
        ...controllerManager({ nodeCIDRMaskSize: 26, nodeCIDRMaskSizeIPv6: 80 }),
        networking: { ipFamilies: ['IPv4', 'IPv6'] },
      },
      { nodeMask: { IPv4: 26, IPv6: 80 } },
    ],
    'in dual-stack the IPv4 mask is not used for IPv6': [
      { ...controllerManager({ nodeCIDRMaskSize: 26 }), networking: { ipFamilies: ['IPv4', 'IPv6'] } },
      { nodeMask: { IPv4: 26, IPv6: 64 } },
    ],
    'with IPv6 only, the mask of IPv6 wins': [
      {
        ...controllerManager({ nodeCIDRMaskSize: 70, nodeCIDRMaskSizeIPv6: 80 }),
        networking: { ipFamilies: ['IPv6'] },
      },
      { nodeMask: { IPv4: 24, IPv6: 80 } },
    ],
    'values of other types, and masks that no address has, count as absent': [
      { ...controllerManager({ nodeCIDRMaskSize: 200, nodeCIDRMaskSizeIPv6: '80' }), ...pools({ maximum: '3' }) },
      { nodeMask: { IPv4: 24, IPv6: 64 }, maximum: undefined },
    ],
  },
  ([spec, expected]) => {
    const { workers, ...sizes } = readNodeSizes({ spec });
    const all: Readonly<Record<string, unknown>> = { ...sizes, ...workers };
    assert.deepEqual(Object.fromEntries(Object.keys(expected).map((key) => [key, all[key]])), expected);
  },
);

test('property: reads any JSON value, with masks that fit into an address', () => {
  const value = fc.oneof(fc.integer(), fc.double(), fc.string(), fc.jsonValue());
  const shoot = fc.record({
    spec: fc.record({
      kubernetes: fc.record({
        kubelet: fc.record({ maxPods: value }),
        kubeControllerManager: fc.record({ nodeCIDRMaskSize: value, nodeCIDRMaskSizeIPv6: value }),
      }),
      provider: fc.record({ workers: fc.array(fc.record({ maximum: value, maxSurge: value })) }),
      networking: fc.record({ ipFamilies: fc.jsonValue() }),
    }),
  });
  fc.assert(
    fc.property(shoot, (one) => {
      const { nodeMask, workers, maxPods } = readNodeSizes(one);
      assert.ok(nodeMask.IPv4 >= 0 && nodeMask.IPv4 <= 32 && nodeMask.IPv6 >= 0 && nodeMask.IPv6 <= 128);
      assert.ok([maxPods, workers.surge, workers.maximum ?? 0].every((number) => Number.isSafeInteger(number)));
    }),
  );
});
