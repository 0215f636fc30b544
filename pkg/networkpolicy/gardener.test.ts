import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shoot } from '../../test/dataplane/classes/class.ts';
import { systemPolicies } from '../../test/dataplane/classes/gardener-policies.ts';
import { readRenderedPolicies } from '../../test/policies/cilium-policy.ts';
import { planInput, planTools } from '../../test/support/planning.ts';
import { cilium } from '../cilium/plan.ts';
import { planNetwork, plannedObjects } from '../network/plan.ts';
import { ciliumDnsPolicies, gardenerPolicies } from './gardener.ts';
import type { NetworkPolicy } from './types.ts';

/** Without the difference between matchLabels and a requirement with one value. */
function normalized(policies: readonly NetworkPolicy[]): readonly unknown[] {
  return JSON.parse(
    JSON.stringify(policies, (key, value: unknown) => {
      if (!key.endsWith('Selector') || typeof value !== 'object' || value === null) return value;
      const { matchLabels = {}, matchExpressions = [] } = value as NetworkPolicy['podSelector'];
      return [
        ...Object.entries(matchLabels).map(([name, one]) => `${name} in ${one}`),
        ...matchExpressions.map(({ key: name, values = [] }) => `${name} in ${values.join()}`),
      ];
    }).replaceAll(',"except":[]', ''),
  ) as readonly unknown[];
}

test('the policies of Gardener are those that Cilium is measured with', () => {
  const expected = normalized(readRenderedPolicies(systemPolicies()));
  assert.deepEqual(normalized(gardenerPolicies({ denyAll: true, ranges: [] })), expected);
});

test('Gardener denies nothing before Kubernetes 1.33, and admits known ranges at CoreDNS', () => {
  const policies = gardenerPolicies({ denyAll: false, ranges: ['10.250.0.0/16'] });
  assert.ok(!policies.some(({ name }) => name === 'gardener.cloud--deny-all'));
  const dns = policies.find(({ name }) => name === 'gardener.cloud--allow-dns');
  assert.deepEqual(dns?.ingress?.[0]?.peers.at(-1), { ipBlock: { cidr: '10.250.0.0/16' } });
});

for (const localPods of [true, false])
  test(`the DNS policies of Cilium are the rendered ones, ${localPods ? 'with' : 'without'} NodeLocalDNS`, () => {
    const result = planNetwork(cilium, planInput(shoot({ nodeLocalDNS: localPods })), planTools());
    assert.equal(result.outcome, 'planned');
    if (result.outcome !== 'planned') return;
    const objects = plannedObjects(result.plan.managedResource);
    const rendered = readRenderedPolicies(objects).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    assert.deepEqual(
      normalized(ciliumDnsPolicies({ localPods }).toSorted((a, b) => (a.name < b.name ? -1 : 1))).map(sorted),
      normalized(rendered).map(sorted),
    );
  });

/** The order of ports does not matter. */
function sorted(policy: unknown): unknown {
  return JSON.parse(
    JSON.stringify(policy, (key, value: unknown) =>
      key === 'ports' && Array.isArray(value)
        ? value.map((one) => JSON.stringify(one, ['port', 'protocol'])).sort()
        : value,
    ),
  );
}
