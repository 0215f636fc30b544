/** No option is silent: a value that changes nothing is named by a finding. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import * as z from 'zod';
import { readCases } from '../../test/support/plan-goldens.ts';
import { planTools } from '../../test/support/planning.ts';
import { isRecord } from '../gardener/objects.ts';
import { hasShoot } from '../network/decode-network.ts';
import { planNetwork } from '../network/plan.ts';
import type { PlanInput, PlanResult } from '../network/plugin.ts';
import { readFamilies } from '../network/validate.ts';
import { networkConfigSchema } from './api/config.ts';
import { assess } from './assess.ts';
import { effectiveDefaults } from './effective-defaults.ts';
import { calico } from './plan.ts';

const tools = planTools();
const folder = path.join(import.meta.dirname, 'testdata/plan');

/** Values of fields that have neither a list nor the type boolean. */
const texts: Readonly<Record<string, readonly unknown[]>> = {
  'ipam.cidr': ['100.64.0.0/16', '2001:db8:1::/64'],
  'ipv4.autoDetectionMethod': ['interface=eth9'],
  'ipv6.autoDetectionMethod': ['interface=eth9'],
  vethMTU: ['1350'],
  'autoScaling.resources.node': [{ cpu: '123m', memory: '77Mi' }],
  'autoScaling.resources.typha': [{ cpu: '123m', memory: '77Mi' }],
  ipAutodetectionMethod: ['interface=eth9'],
};

/** What a value says is so anyway, though it differs from the default: nobody is misled. */
const fulfilled: Readonly<Record<string, string>> = {
  'snatToUpstreamDNS.enabled: false': 'there is no SNAT without overlay.enabled: false',
};

/** Whether a value is the one in effect, whatever made it so. */
function isEffective({ where, value }: Option, input: PlanInput): boolean {
  const decoded = calico.decode(input);
  if (!hasShoot(decoded)) return false;
  const { backend, ipam, ipv4, ipv6, options: defaulted } = assess(decoded).values;
  const effective: Readonly<Record<string, unknown>> = {
    backend,
    'ipam.type': ipam.type,
    'ipv4.pool': ipv4?.pool,
    'ipv4.mode': ipv4?.mode,
    'ipv6.pool': ipv6?.pool,
    'ipv6.mode': ipv6?.mode,
  };
  const isOff = (one: unknown): boolean => one === 'Never' || one === 'Off';
  return (effective[where] ?? valueAt(defaulted, where)) === value || (isOff(effective[where]) && isOff(value));
}

interface Option {
  readonly where: string;
  readonly value: unknown;
}

const options = leaves(z.toJSONSchema(networkConfigSchema, { io: 'input' }), '');

function leaves(schema: unknown, where: string): readonly Option[] {
  if (!isRecord(schema)) return [];
  const given = texts[where];
  if (given !== undefined) return given.map((value) => ({ where, value }));
  if (Array.isArray(schema['enum']))
    return schema['enum'].filter((one) => one !== '' && one !== null).map((value) => ({ where, value }));
  if ([schema['type']].flat().includes('boolean')) return [true, false].map((value) => ({ where, value }));
  const variants = Array.isArray(schema['anyOf']) ? schema['anyOf'] : [];
  const fields = isRecord(schema['properties']) ? Object.entries(schema['properties']) : [];
  return [
    ...variants.flatMap((one) => leaves(one, where)),
    ...fields.flatMap(([name, inner]) => leaves(inner, where === '' ? name : `${where}.${name}`)),
  ];
}

function withOption(input: PlanInput, { where, value }: Option): PlanInput {
  const put = (at: unknown, [name, ...rest]: readonly string[]): unknown =>
    name === undefined
      ? value
      : { ...(isRecord(at) ? at : {}), [name]: put(isRecord(at) ? at[name] : undefined, rest) };
  const providerConfig = put(input.network.spec.providerConfig, where.split('.'));
  return { ...input, network: { ...input.network, spec: { ...input.network.spec, providerConfig } } };
}

function valueAt(tree: unknown, where: string): unknown {
  return where.split('.').reduce<unknown>((at, name) => (isRecord(at) ? at[name] : undefined), tree);
}

/** Objects and status as one text. */
function effect(result: PlanResult): string {
  if (result.outcome !== 'planned') return '';
  const { managedResource, ...rest } = result.plan;
  return JSON.stringify([managedResource.parts.map(({ objects }) => objects.map(({ json }) => json)), rest]);
}

test('a value that changes neither objects nor status has a finding', () => {
  const silent = new Set<string>();
  let compared = 0;
  for (const { name, input, result } of readCases({ folder, plugin: calico, tools })) {
    // What a hibernated shoot gets when it wakes up is not rendered before.
    if (result.outcome !== 'planned' || name.includes('hibernated')) continue;
    const before = effect(result);
    const given = input.network.spec.providerConfig;
    const defaults = effectiveDefaults({}, readFamilies(input.network)[0] ?? 'IPv4');
    for (const option of options) {
      const present = valueAt(given, option.where);
      if (present === option.value || valueAt(defaults, option.where) === option.value) continue;
      const changed = planNetwork(calico, withOption(input, option), tools);
      if (changed.outcome !== 'planned' || effect(changed) !== before) continue;
      compared += 1;
      const isNamed = changed.diagnostics.some((one) => {
        const at = one.path.replace('spec.providerConfig.', '');
        return at === option.where || option.where.startsWith(`${at}.`);
      });
      const key = `${option.where}: ${JSON.stringify(option.value).replaceAll('"', '')}`;
      if (!isNamed && fulfilled[key] === undefined && !isEffective(option, input)) silent.add(`${name}: ${key}`);
    }
  }
  assert.ok(compared > 200, `${compared} values without an effect`);
  assert.deepEqual([...silent], []);
});
