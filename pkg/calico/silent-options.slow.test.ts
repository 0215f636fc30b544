/** No option is silent: a value that changes nothing is named by a finding. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { findSilentOptions, goldenCases, type Option, valueAt } from '../../test/support/silent-options.ts';
import { hasShoot } from '../network/decode-network.ts';
import type { PlanInput } from '../network/plugin.ts';
import { readFamilies } from '../network/validate.ts';
import { assess } from './assess.ts';
import { effectiveDefaults } from './effective-defaults.ts';
import { calico } from './plan.ts';
import type { CalicoValues } from './render/values.ts';
import { demo } from './testdata/arbitraries.ts';
import { demoInput } from './testdata/demo.ts';
import { samples } from './testdata/samples.ts';

/** Pool, mode and IPAM are those that `vxlan.enabled` selects. */
function isVxlanByOtherOptions({ ipam, ipv4 }: CalicoValues): boolean {
  return ipam.type === 'calico-ipam' && ipv4?.pool === 'vxlan' && ipv4.mode === 'Always';
}

function isOff(value: unknown): boolean {
  return value === 'Never' || value === 'Off';
}

/** Returns whether a value is the one in effect, for any reason. */
function isEffective({ where, value }: Option, input: PlanInput): boolean {
  const decoded = calico.decode(input);
  if (!hasShoot(decoded)) return false;
  const { values } = assess(decoded);
  const { backend, ipam, ipv4, ipv6, overlay, snatToUpstreamDNS, options: defaulted } = values;
  const effective: Readonly<Record<string, unknown>> = {
    backend,
    'ipam.type': ipam.type,
    'ipv4.pool': ipv4?.pool,
    // With an overlay setting, the pool does not have the user's mode, also where a variable has it.
    'ipv4.mode': overlay === 'unset' ? ipv4?.mode : overlay === 'on' ? 'Always' : 'Never',
    'ipv6.pool': ipv6?.pool,
    'ipv6.mode': ipv6?.mode,
    'overlay.createPodRoutes': overlay === 'on' ? false : undefined,
    'snatToUpstreamDNS.enabled': snatToUpstreamDNS,
    'vxlan.enabled': overlay === 'unset' && isVxlanByOtherOptions(values) ? true : undefined,
  };
  return (effective[where] ?? valueAt(defaulted, where)) === value || (isOff(effective[where]) && isOff(value));
}

const randomCases = fc
  .sample(demo, { numRuns: 200, seed: 1 })
  .map((given) => [`${given.families?.join()} ${JSON.stringify(given)}`, demoInput(given)] as const);

test('a value that changes neither objects nor status has a finding', () => {
  const { silent, compared } = findSilentOptions({
    plugin: calico,
    cases: [...goldenCases(path.join(import.meta.dirname, 'testdata/plan'), calico), ...randomCases],
    samples,
    defaults: ({ network }) => effectiveDefaults({}, readFamilies(network)[0] ?? 'IPv4'),
    isEffective,
  });
  assert.ok(compared > 200, `${compared} values without an effect`);
  assert.deepEqual(silent, []);
});
