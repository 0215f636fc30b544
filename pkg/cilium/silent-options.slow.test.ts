/** No option is silent: a value that changes nothing is named by a finding. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { findSilentOptions, goldenCases, type Option, valueAt } from '../../test/support/silent-options.ts';
import { hasShoot } from '../network/decode-network.ts';
import type { PlanInput } from '../network/plugin.ts';
import { withDefaults } from './api/defaults.ts';
import { assess } from './assess.ts';
import { cilium } from './plan.ts';
import { agentConfig } from './render/agent-config.ts';
import { demo } from './testdata/arbitraries.ts';
import { demoInput } from './testdata/demo.ts';
import { samples } from './testdata/samples.ts';

/** Returns whether a value is in effect for any other reason. */
function isEffective({ where, value }: Option, input: PlanInput): boolean {
  const decoded = cilium.decode(input);
  if (!hasShoot(decoded)) return false;
  const { values } = assess(decoded);
  const { options, tunnel, nativeIPv4, nativeIPv6, autoDirectNodeRoutes, masquerade } = values;
  const effective: Readonly<Record<string, unknown>> = {
    tunnel: tunnel ?? 'disabled',
    ipv4NativeRoutingCIDREnabled: nativeIPv4.wanted,
    ipv6NativeRoutingCIDREnabled: nativeIPv6.wanted,
    'overlay.enabled': tunnel !== undefined,
    'overlay.createPodRoutes': autoDirectNodeRoutes,
    enableIpv4Masquerade: masquerade.ipv4,
    enableIpv6Masquerade: masquerade.ipv6,
    // Without the key, Cilium masquerades by iptables.
    enableBPFMasquerade: masquerade.bpf ?? false,
  };
  // Without a value, agents may have a constant.
  const [group, name = ''] = where.split('.');
  if (group === 'agentOptions') return agentConfig(values)[name] === String(value);
  return (effective[where] ?? valueAt(options, where)) === value;
}

const randomCases = fc
  .sample(demo, { numRuns: 100, seed: 1 })
  .map((given) => [`${given.families?.join()} ${JSON.stringify(given.config)}`, demoInput(given)] as const);

test('a value that changes neither objects nor status has a finding', () => {
  const { silent, compared } = findSilentOptions({
    plugin: cilium,
    cases: [...goldenCases(path.join(import.meta.dirname, 'testdata/plan'), cilium), ...randomCases],
    samples,
    defaults: () => withDefaults({}),
    isEffective,
  });
  assert.ok(compared > 500, `${compared} values without an effect`);
  assert.deepEqual(silent, []);
});
