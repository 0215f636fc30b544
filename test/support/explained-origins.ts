/** The origin of each value in effect is true: the rules that every value has an origin, and that its fields decide it. */
import * as z from 'zod';
import { clusterShootFacts } from '../../pkg/gardener/cluster.ts';
import { isRecord, recordOf } from '../../pkg/gardener/objects.ts';
import { hasShoot } from '../../pkg/network/decode-network.ts';
import type { ExplainedValue, Explanation } from '../../pkg/network/explain.ts';
import { child } from '../../pkg/network/field.ts';
import type { OriginField } from '../../pkg/network/origin.ts';
import { planNetwork } from '../../pkg/network/plan.ts';
import type { NetworkPlugin, PlanInput, PlanResult, PlanTools } from '../../pkg/network/plugin.ts';

export interface OriginsInput {
  readonly plugin: NetworkPlugin;
  readonly cases: readonly (readonly [name: string, input: PlanInput])[];
  /** Values of options that have neither a list of values nor the type boolean, by path. */
  readonly samples: Readonly<Record<string, readonly unknown[]>>;
  /** Values of fields of Network and Shoot, by path. */
  readonly fields: Readonly<Record<string, readonly unknown[]>>;
  /** Other contents of the running shoot. */
  readonly shoots: readonly PlanInput['shoot'][];
}

/** `wrong`: rows whose value no change of the fields of their origin changes, as `case: field: value`. */
export interface Origins {
  readonly wrong: readonly string[];
  /** The kinds of origins that were compared, with the number of rows. */
  readonly kinds: Readonly<Record<string, number>>;
}

/**
 * Changes the fields of the origin of each value in each case, alone and together, and returns the values that remain in all of them. A field that
 * is unset is set: this is what the origin `default` states.
 */
export function findWrongOrigins(input: OriginsInput): Origins {
  const wrong: string[] = [];
  const kinds: Record<string, number> = {};
  for (const [name, given] of input.cases.filter(([, one]) => hasShoot(input.plugin.decode(one)))) {
    const remembered = new Map<string, ReadonlyMap<string, string>>();
    const changedBy = (fields: readonly OriginField[], row: ExplainedValue): boolean =>
      combinations(fields, input).some((change) => {
        const key = JSON.stringify(change);
        const rows = remembered.get(key) ?? readRows(explain(input.plugin, change.reduce(applyChange, given)));
        remembered.set(key, rows);
        return rows.get(row.field) !== JSON.stringify(row.value);
      });
    const { options, values } = explain(input.plugin, given);
    for (const row of [...options, ...values]) {
      const { kind, fields } = row.origin;
      kinds[kind] = (kinds[kind] ?? 0) + 1;
      if (fields.length > 0 && changedBy(fields, row)) continue;
      const paths = fields.map(({ path }) => path).join();
      wrong.push(`${row.field}: ${JSON.stringify(row.value)}: ${kind} ${paths} (${name})`);
    }
  }
  return { wrong, kinds };
}

/**
 * Changes each field of the Shoot and each feature gate in each case, and returns the changes of the data path that change no row: its values
 * depend on a field that no origin names. `compared`: number of changes of the data path.
 */
export function findUnexplainedChanges(
  input: OriginsInput & { readonly dataPath: (input: PlanInput) => string | undefined },
): { readonly unexplained: readonly string[]; readonly compared: number } {
  const { plugin, dataPath } = input;
  const unexplained: string[] = [];
  let compared = 0;
  const shootFields = Object.keys(input.fields).map((path): OriginField => ({ of: 'Shoot', path, value: null }));
  const gates = Object.keys(plugin.featureGates).map((path): OriginField => ({ of: 'gate', path, value: null }));
  for (const [name, given] of input.cases) {
    const before = dataPath(given);
    if (before === undefined) continue;
    const rows = JSON.stringify([...readRows(explain(plugin, given))]);
    for (const [change] of [...shootFields, ...gates].flatMap((field) => combinations([field], input))) {
      const changed = change === undefined ? given : applyChange(given, change);
      const after = dataPath(changed);
      if (after === undefined || after === before) continue;
      compared += 1;
      if (rows === JSON.stringify([...readRows(explain(plugin, changed))]))
        unexplained.push(`${name}: ${change?.field.path}: ${JSON.stringify(change?.value)}`);
    }
  }
  return { unexplained, compared };
}

/**
 * Adds each value of each option to each case, and returns those that change no rendered object, although their row neither names what overrules
 * them nor has had this value before. `compared`: number of values that change no object.
 */
export function findUnnamedOverrules(input: OriginsInput & { readonly tools: PlanTools }): {
  readonly unnamed: readonly string[];
  readonly compared: number;
} {
  const { plugin, tools } = input;
  const unnamed: string[] = [];
  let compared = 0;
  for (const [name, given] of input.cases) {
    const before = renderedText(planNetwork(plugin, given, tools));
    if (before === undefined) continue;
    const rows = readRows(explain(plugin, given));
    const unset = explain(plugin, given).options.filter(({ set }) => !set);
    const changes = unset.flatMap(({ field }) =>
      optionValues(field, input).map((value): Change => ({ field: { of: 'option', path: field, value: null }, value })),
    );
    const silent = changes.filter(
      (change) => renderedText(planNetwork(plugin, applyChange(given, change), tools)) === before,
    );
    compared += silent.length;
    for (const change of silent) {
      const { path } = change.field;
      const row = explain(plugin, applyChange(given, change)).options.find(({ field }) => field === path);
      if (row?.overruled === undefined && rows.get(path) !== JSON.stringify(change.value))
        unnamed.push(`${path}: ${JSON.stringify(change.value)}, was ${rows.get(path)} (${name})`);
    }
  }
  return { unnamed, compared };
}

function renderedText(result: PlanResult): string | undefined {
  if (result.outcome !== 'planned') return undefined;
  const { managedResource, seedObjects } = result.plan;
  return JSON.stringify([managedResource.parts.map(({ objects }) => objects.map(({ json }) => json)), seedObjects]);
}

/** Explains an input of a plan; fails for a Cluster without a Shoot. */
export function explain(plugin: NetworkPlugin, input: PlanInput): Explanation {
  const found = plugin.explain(plugin.decode(input), input);
  if (found === undefined) throw new Error('the Cluster has no Shoot');
  return found;
}

/** Returns the values by field, options and others together, as JSON. */
export function readRows({ options, values }: Explanation): ReadonlyMap<string, string> {
  return new Map([...options, ...values].map(({ field, value }) => [field, JSON.stringify(value)]));
}

interface Change {
  readonly field: OriginField;
  readonly value: unknown;
}

/** Most combinations of values of several fields that are tried; those of a single field come first. */
const mostCombinations = 400;

function combinations(fields: readonly OriginField[], input: OriginsInput): readonly (readonly Change[])[] {
  const alternatives = fields.map((field) => alternativesOf(field, input).map((value): Change => ({ field, value })));
  const single = alternatives.flatMap((list) => list.map((one) => [one]));
  const all = alternatives.reduce<readonly (readonly Change[])[]>(
    (lists, list) => lists.flatMap((one) => list.map((change) => [...one, change])).slice(0, mostCombinations),
    [[]],
  );
  return fields.length === 1 ? single : [...single, ...all];
}

function alternativesOf({ of, path, value }: OriginField, input: OriginsInput): readonly unknown[] {
  switch (of) {
    case 'option':
      return [...optionValues(path, input), undefined];
    case 'gate':
      return [value !== true];
    case 'running shoot':
      return input.shoots;
    default: {
      const found = input.fields[path];
      if (found === undefined) throw new Error(`${path} needs samples of values`);
      return found;
    }
  }
}

function optionValues(path: string, { plugin, samples }: OriginsInput): readonly unknown[] {
  const given = samples[path];
  if (given !== undefined) return given;
  const schema = path
    .split('.')
    .reduce<unknown>(
      (parent, key) => recordOf(withoutNull(parent)['properties'])[key],
      z.toJSONSchema(plugin.configuration.schema, { io: 'input' }),
    );
  const { enum: list, type } = withoutNull(schema);
  if (Array.isArray(list)) return list.filter((one) => one !== '');
  if ([type].flat().includes('boolean')) return [true, false];
  throw new Error(`${path} needs samples of values`);
}

function withoutNull(schema: unknown): Readonly<Record<string, unknown>> {
  const { anyOf } = recordOf(schema);
  return recordOf(Array.isArray(anyOf) ? anyOf.find((one) => recordOf(one)['type'] !== 'null') : schema);
}

function applyChange(input: PlanInput, { field: { of, path }, value }: Change): PlanInput {
  const { network, cluster } = input;
  switch (of) {
    case 'option':
      return {
        ...input,
        network: putAt(network, `spec.providerConfig.${path}`.split('.'), value) as PlanInput['network'],
      };
    case 'gate':
      return { ...input, featureGates: { ...input.featureGates, [path]: value === true } };
    case 'running shoot':
      return { ...input, shoot: value as PlanInput['shoot'] };
    default:
      return {
        ...input,
        network: changedNetwork(input, path, value),
        cluster: putAt(cluster, ['spec', 'shoot', ...path.split('.')], value),
      };
  }
}

/** Returns the Network after a change of the Shoot, as gardenlet writes it. */
function changedNetwork({ network, cluster }: PlanInput, path: string, value: unknown): PlanInput['network'] {
  const copied = copiedFields[path];
  if (copied !== undefined) return putAt(network, copied, value) as PlanInput['network'];
  const { podCIDR } = network.spec;
  const own = clusterShootFacts(cluster)?.networking.pods;
  if (path !== 'status.networking.pods' || own === podCIDR || !Array.isArray(value)) return network;
  const family = podCIDR?.includes(':') === true;
  const range: unknown = value.find((one) => String(one).includes(':') === family);
  return putAt(network, ['spec', 'podCIDR'], range) as PlanInput['network'];
}

/** Fields of the Shoot that gardenlet copies into the Network. */
const copiedFields: Readonly<Record<string, readonly string[]>> = {
  'spec.networking.ipFamilies': ['spec', 'ipFamilies'],
  'spec.networking.pods': ['spec', 'podCIDR'],
};

function putAt(target: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  const parent = isRecord(target) ? target : {};
  return { ...parent, [key]: putAt(parent[key], rest, value) };
}

/** Returns the options of a schema that have no row, and rows of options that do not exist. */
export function differentOptions(plugin: NetworkPlugin, { options }: Explanation): readonly string[] {
  const rows = new Set(options.map(({ field }) => field));
  const paths = new Set(leaves(z.toJSONSchema(plugin.configuration.schema, { io: 'input' })));
  return [...paths, ...rows].filter((one) => !paths.has(one) || !rows.has(one));
}

function leaves(schema: unknown, parent = ''): readonly string[] {
  const { properties } = withoutNull(schema);
  if (!isRecord(properties)) return [parent];
  return Object.entries(properties).flatMap(([name, inner]) => leaves(inner, child(parent, name)));
}
