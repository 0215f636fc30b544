import type { ShootFacts } from '../gardener/cluster.ts';
import type { IPFamily } from '../gardener/network.ts';
import { describeObject } from '../gardener/objects.ts';
import { configPath, type ShootNetwork } from './decode-network.ts';
import type { Diagnostic } from './diagnostics.ts';

/** The result of a CNI for a decoded Network: the values to render, and all findings about the configuration. */
export interface Assessment<Config, Values> extends RuleInput<Config, Values> {
  /** The families to configure now: during a dual-stack migration only the first one. */
  readonly effectiveFamilies: readonly IPFamily[];
  /** Reasons to reject the configuration. If there are any, `values` are computed without the invalid parts. */
  readonly errors: readonly Diagnostic[];
  readonly warnings: readonly Diagnostic[];
}

/** The input of rules about more than one field. */
export interface RuleInput<Config, Values> {
  /** The user's configuration without its invalid parts, and without defaults, which are never a mistake of the user. */
  readonly given: Config;
  readonly shoot: ShootFacts;
  /** All families of the Network, including those of a pending dual-stack migration. */
  readonly families: readonly IPFamily[];
  readonly values: Values;
  /** `Network namespace/name`. */
  readonly object: string;
  /** `spec.providerConfig`. */
  readonly path: string;
}

export function ruleInput<Config, Values>(decoded: ShootNetwork<Config>, values: Values): RuleInput<Config, Values> {
  const { config, shoot, families, network } = decoded;
  return { given: config, shoot, families, values, object: describeObject(network), path: configPath };
}

/** Returns errors and warnings, errors first. */
export function allFindings({
  errors,
  warnings,
}: Pick<Assessment<unknown, unknown>, 'errors' | 'warnings'>): readonly Diagnostic[] {
  return [...errors, ...warnings];
}
