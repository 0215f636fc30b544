/** The values in effect for a Network, and the field from which each one comes, as plain data for commands and pages. */
import type * as z from 'zod';
import { isRecord } from '../gardener/objects.ts';
import { memberAt } from './data-path.ts';
import { configPath, type ShootNetwork } from './decode-network.ts';
import type { Diagnostic } from './diagnostics.ts';
import { optionPaths } from './option-paths.ts';
import { type Origin, type OriginInput, resolveOrigin } from './origin.ts';
import { option, type Sourced, sourced } from './sourced.ts';

/** The values in effect for one Network. */
export interface Explanation {
  /** One row for each option of providerConfig, in the order of the schema. */
  readonly options: readonly ExplainedOption[];
  /** The values that follow from options, Shoot and feature gates, in the order in which a packet meets them. */
  readonly values: readonly ExplainedValue[];
}

export interface ExplainedValue {
  /** Path of the option below providerConfig, or the name of the value. */
  readonly field: string;
  /** A JSON value; null if the option or the value is unset, so that the CNI decides. */
  readonly value: unknown;
  readonly origin: Origin;
  /** Present for values that only matter for the operation of agents, or that others imply. */
  readonly detail?: true;
}

export interface ExplainedOption extends ExplainedValue {
  /** The option is set, by the user or the operator, or its group is set without it, which means another value than without the group. */
  readonly set: boolean;
  /** The value differs from the default of the option. */
  readonly changed: boolean;
  /** Present if the option is set, but another setting decides. */
  readonly overruled?: Overruled;
}

/** The setting that decides in place of an option. */
export interface Overruled {
  /** The value in effect; absent if the option has no effect at all. */
  readonly value?: unknown;
  /** The fields that decided; absent if only `finding` names them. */
  readonly by?: Origin;
  /** The warning about the option. */
  readonly finding?: Pick<Diagnostic, 'code' | 'message'>;
}

export interface ExplainInput<Config> {
  readonly decoded: ShootNetwork<Config>;
  readonly schema: z.ZodObject;
  /** The configuration in effect with the defaults of all options. */
  readonly defaulted: object;
  /** The same of an empty configuration. */
  readonly defaults: object;
  /** The values in effect with an empty configuration in a shoot with the first family, in the form of providerConfig. */
  readonly effectiveDefaults: object;
  /** The tree of sourced values, to which fields of other values refer. */
  readonly tree: object;
  /** Effective values of options that other fields may decide, by path. */
  readonly effective: Readonly<Record<string, Sourced<unknown>>>;
  /** The values that follow. */
  readonly values: readonly ValueRow[];
  readonly findings: readonly Diagnostic[];
  /** Codes of warnings which state that the option at their path has no effect. */
  readonly overruling: ReadonlySet<string>;
  readonly gates: OriginInput['gates'];
}

/** A value that follows. */
export type ValueRow = readonly [field: string, value: Sourced<unknown>, detail?: 'detail' | undefined];

/** Explains a decoded Network with the values that its CNI computed. */
export function explainNetwork<Config>(input: ExplainInput<Config>): Explanation {
  const { decoded, tree, gates } = input;
  const origins: OriginInput = { decoded, tree, gates, isDecidedByGroup: (keys) => isDecidedByGroup(keys, input) };
  return {
    options: optionPaths(input.schema).map((path) => explainOption(path, { input, origins })),
    values: input.values.map(([field, value, detail]) => ({
      field,
      value: value.value ?? null,
      origin: resolveOrigin(value, origins),
      ...(detail && { detail: true }),
    })),
  };
}

interface Explain<Config> {
  readonly input: ExplainInput<Config>;
  readonly origins: OriginInput;
}

function explainOption<Config>(path: string, { input, origins }: Explain<Config>): ExplainedOption {
  const keys = path.split('.');
  const given = memberAt(input.decoded.effective, keys) ?? undefined;
  const fallback = memberAt(input.effectiveDefaults, keys);
  const decided = input.effective[path];
  const byGroup = given === undefined && isDecidedByGroup(keys, input);
  if (given === undefined && !byGroup && decided !== undefined) {
    const value = decided.value ?? null;
    const changed = fallback !== undefined && !isSame(value, fallback);
    return { field: path, value, origin: resolveOrigin(decided, origins), set: false, changed };
  }
  const own = sourced(given ?? memberAt(input.defaulted, keys), option(path));
  const overruled =
    given === undefined ? undefined : findOverruled({ path, value: given, decided }, { input, origins });
  return {
    field: path,
    value: own.value ?? null,
    origin: resolveOrigin(own, origins),
    set: given !== undefined || byGroup,
    changed: !isSame(own.value, fallback),
    ...(overruled && { overruled }),
  };
}

/** Returns whether a group is set without the option, which means another value than without the group. */
function isDecidedByGroup<Config>(
  keys: readonly string[],
  { decoded, defaulted, defaults }: ExplainInput<Config>,
): boolean {
  const fallback = memberAt(defaults, keys);
  const group = memberAt(decoded.effective, keys.slice(0, -1));
  // A switch of an absent group without a default is off as well.
  return keys.length > 1 && isRecord(group) && !isSame(memberAt(defaulted, keys) || undefined, fallback || undefined);
}

interface SetOption {
  readonly path: string;
  readonly value: unknown;
  readonly decided: Sourced<unknown> | undefined;
}

function findOverruled<Config>(
  { path, value, decided }: SetOption,
  { input, origins }: Explain<Config>,
): Overruled | undefined {
  const at = `${configPath}.${path}`;
  const found = input.findings.find(
    (one) => input.overruling.has(one.code) && (at === one.path || at.startsWith(`${one.path}.`)),
  );
  const differs = decided !== undefined && !isSame(decided.value, memberAt(input.defaulted, path.split('.')) ?? value);
  if (found === undefined && !differs) return undefined;
  return {
    ...(differs && { value: decided.value ?? null, by: resolveOrigin(decided, origins) }),
    ...(found && { finding: { code: found.code, message: found.message } }),
  };
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
}
