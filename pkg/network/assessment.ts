import type { ShootFacts } from '../gardener/cluster.ts';
import type { IPFamily } from '../gardener/network.ts';
import { describeObject } from '../gardener/objects.ts';
import { configPath, type ShootNetwork } from './decode-network.ts';
import type { Diagnostic } from './diagnostics.ts';

/** What a CNI concludes from a decoded Network: the values that are rendered, and everything that is to be said of the configuration. */
export interface Assessment<Config, Values> extends RuleInput<Config, Values> {
  /** Those to configure now: a pending dual-stack migration leaves only the first. */
  readonly effectiveFamilies: readonly IPFamily[];
  /** Reasons to refuse the configuration. With any, `values` follow from what remains without the faulty parts. */
  readonly errors: readonly Diagnostic[];
  readonly warnings: readonly Diagnostic[];
}

/** What rules about more than one field look at. */
export interface RuleInput<Config, Values> {
  /** As the user gave it, without its faulty parts: a default is nobody's mistake. */
  readonly given: Config;
  readonly shoot: ShootFacts;
  /** All families of the Network, those of a pending dual-stack migration included. */
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

/** Errors first. */
export function allFindings({
  errors,
  warnings,
}: Pick<Assessment<unknown, unknown>, 'errors' | 'warnings'>): readonly Diagnostic[] {
  return [...errors, ...warnings];
}
