/** The contract of registered CNIs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planTools } from '../../test/support/planning.ts';
import type { Network } from '../gardener/network.ts';
import { findShootWebhook } from '../network/plan.ts';
import { plugins } from './index.ts';

test('types, names in the seed, feature gates and diagnostic codes are unique among CNIs', () => {
  for (const getNames of [
    ({ type }: (typeof plugins)[number]) => [type],
    ({ managedResource, shootWebhook }: (typeof plugins)[number]) => [
      managedResource,
      ...(shootWebhook === undefined ? [] : [shootWebhook.managedResource]),
    ],
    ({ seedObjectNames, legacySeedObjectNames }: (typeof plugins)[number]) =>
      [...seedObjectNames, ...legacySeedObjectNames].map(({ kind, name }) => `${kind} ${name}`),
    ({ featureGates }: (typeof plugins)[number]) => Object.keys(featureGates),
    ({ rules }: (typeof plugins)[number]) => Object.keys(rules),
  ]) {
    const names = plugins.flatMap(getNames);
    assert.deepEqual(names, [...new Set(names)]);
  }
});

test('at most one CNI has a shoot webhook', () => {
  assert.doesNotThrow(() => findShootWebhook(plugins));
});

for (const plugin of plugins) {
  test(`${plugin.type} reads providerConfig once for a plan, and once for a review`, () => {
    const planned = countReads(plugin.type);
    const decoded = plugin.decode({ ...planned, featureGates: {} });
    const nothing = { available: true, value: [] } as const;
    plugin.queries(decoded, { currentObjects: nothing });
    const { outcome } = plugin.plan(decoded, { currentObjects: nothing, shoot: nothing }, planTools());
    assert.deepEqual([outcome, planned.reads()], ['planned', 1]);

    const reviewed = countReads(plugin.type);
    const again = plugin.decode({ ...reviewed, featureGates: {} });
    plugin.check(again);
    plugin.checkNew?.(again);
    assert.equal(reviewed.reads(), 1);
  });
}

/** Returns a Network that counts the reads of its providerConfig. */
function countReads(type: string): {
  readonly network: Network;
  readonly cluster: object;
  readonly reads: () => number;
} {
  let reads = 0;
  const spec = { type, podCIDR: '100.64.0.0/12', serviceCIDR: '100.104.0.0/13' };
  Object.defineProperty(spec, 'providerConfig', {
    get: () => {
      reads += 1;
      return {};
    },
  });
  return {
    network: { apiVersion: '', kind: 'Network', metadata: { name: 'demo', namespace: 'shoot--team--demo' }, spec },
    cluster: { spec: { shoot: { metadata: {}, spec: { kubernetes: { version: '1.34.2' } } } } },
    reads: () => reads,
  };
}
