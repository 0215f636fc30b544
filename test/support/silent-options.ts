/** No option is silent: the rule that a value which changes nothing is named by a finding. */
import assert from 'node:assert/strict';
import * as z from 'zod';
import { isRecord, recordOf } from '../../pkg/gardener/objects.ts';
import { child } from '../../pkg/network/field.ts';
import { planNetwork } from '../../pkg/network/plan.ts';
import type { NetworkPlugin, PlanInput, PlanResult } from '../../pkg/network/plugin.ts';
import { readCases } from './plan-goldens.ts';
import { planTools } from './planning.ts';

/** One value of one option. */
export interface Option {
  /** Path below providerConfig. */
  readonly where: string;
  readonly value: unknown;
}

export interface SilentOptionsInput {
  readonly plugin: NetworkPlugin;
  /** The configurations and shoots to which options are added, by name. */
  readonly cases: readonly (readonly [name: string, input: PlanInput])[];
  /** Values of the options that have neither a list of values nor the type boolean, by path. */
  readonly samples: Readonly<Record<string, readonly unknown[]>>;
  /** Returns the defaults of all options in a case. */
  readonly defaults: (input: PlanInput) => object;
  /** Returns whether the value is in effect for any other reason, before the option is added. */
  readonly isEffective: (option: Option, input: PlanInput) => boolean;
}

/** `silent`: violations as `case: path: value`. `compared`: the number of values that changed nothing. */
export interface SilentOptions {
  readonly silent: readonly string[];
  readonly compared: number;
}

/**
 * Adds each value of each option to each case, and returns the values that differ from the default, change neither objects nor status, and have
 * no finding. Throws for an option without samples, and for samples of options that do not exist.
 */
export function findSilentOptions(input: SilentOptionsInput): SilentOptions {
  const { plugin, cases } = input;
  const tools = planTools();
  const options = listOptions(input);
  const silent: string[] = [];
  let compared = 0;
  for (const [name, given] of cases) {
    const result = planNetwork(plugin, given, tools);
    if (result.outcome !== 'planned') continue;
    const before = renderedText(result);
    const defaults = input.defaults(given);
    for (const option of options) {
      const present = valueAt(given.network.spec.providerConfig, option.where);
      if (isSame(present, option.value) || isSame(valueAt(defaults, option.where), option.value)) continue;
      const changed = planNetwork(plugin, withOption(given, option), tools);
      if (changed.outcome !== 'planned' || renderedText(changed) !== before) continue;
      compared += 1;
      if (isNamed(changed, option) || input.isEffective(option, given)) continue;
      silent.push(`${name}: ${option.where}: ${JSON.stringify(option.value)}`);
    }
  }
  return { silent, compared };
}

/** Returns the cases in a folder of goldens. The configuration of a hibernated shoot is not rendered before the shoot wakes up. */
export function goldenCases(folder: string, plugin: NetworkPlugin): SilentOptionsInput['cases'] {
  const all = readCases({ folder, plugin, tools: planTools() });
  return all.filter(({ name }) => !name.includes('hibernated')).map(({ name, input }) => [name, input]);
}

/** Returns the value at a path such as `ipv4.mode`. */
export function valueAt(tree: unknown, where: string): unknown {
  return where.split('.').reduce<unknown>((at, name) => recordOf(at)[name], tree);
}

/** Returns each value of each option of a CNI. Throws for an option without samples, and for samples of options that do not exist. */
export function listOptions({ plugin, samples }: Pick<SilentOptionsInput, 'plugin' | 'samples'>): readonly Option[] {
  const found = leaves({ schema: z.toJSONSchema(plugin.configuration.schema, { io: 'input' }), where: '', samples });
  const paths = new Set(found.map(({ where }) => where));
  assert.deepEqual(
    Object.keys(samples).filter((where) => !paths.has(where)),
    [],
    'samples of options that do not exist',
  );
  return found;
}

interface Leaf {
  readonly schema: unknown;
  readonly where: string;
  readonly samples: SilentOptionsInput['samples'];
}

function leaves({ schema, where, samples }: Leaf): readonly Option[] {
  const given = samples[where];
  if (given !== undefined) return given.map((value) => ({ where, value }));
  const { enum: list, type, anyOf, properties } = recordOf(schema);
  if (Array.isArray(list)) return list.filter((one) => one !== '' && one !== null).map((value) => ({ where, value }));
  if ([type].flat().includes('boolean')) return [true, false].map((value) => ({ where, value }));
  if (Array.isArray(anyOf))
    return anyOf
      .filter((one) => recordOf(one)['type'] !== 'null')
      .flatMap((one) => leaves({ schema: one, where, samples }));
  if (!isRecord(properties)) throw new Error(`${where} needs samples of valid values`);
  return Object.entries(properties).flatMap(([name, inner]) =>
    leaves({ schema: inner, where: child(where, name), samples }),
  );
}

function withOption(input: PlanInput, { where, value }: Option): PlanInput {
  const put = (at: unknown, [name, ...rest]: readonly string[]): unknown =>
    name === undefined ? value : { ...recordOf(at), [name]: put(recordOf(at)[name], rest) };
  const providerConfig = put(input.network.spec.providerConfig, where.split('.'));
  return { ...input, network: { ...input.network, spec: { ...input.network.spec, providerConfig } } };
}

function isNamed({ diagnostics }: PlanResult, { where }: Option): boolean {
  return diagnostics.some((one) => {
    const at = one.path.replace('spec.providerConfig.', '');
    return at === where || where.startsWith(`${at}.`);
  });
}

/** Returns objects and status as one text. */
function renderedText(result: PlanResult): string {
  if (result.outcome !== 'planned') return '';
  const { managedResource, ...rest } = result.plan;
  return JSON.stringify([managedResource.parts.map(({ objects }) => objects.map(({ json }) => json)), rest]);
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
