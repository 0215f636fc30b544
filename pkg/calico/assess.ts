import { type Assessment, ruleInput } from '../network/assessment.ts';
import type { ShootNetwork } from '../network/decode-network.ts';
import { effectiveFamilies } from '../network/shoot.ts';
import type { NetworkConfig } from './api/config.ts';
import { withDefaults } from './api/defaults.ts';
import { isGateEnabled } from './api/feature-gates.ts';
import { type CalicoValues, computeValues } from './render/values.ts';
import { warnings } from './warnings/warnings.ts';

export type CalicoAssessment = Assessment<NetworkConfig, CalicoValues>;

/** Computes values and findings of a decoded Network; those of an invalid one without its invalid parts. */
export function assess(decoded: ShootNetwork<NetworkConfig>): CalicoAssessment {
  const { effectiveFamilies: families, ...input } = assessValues(decoded);
  const errors = decoded.diagnostics;
  return { ...input, effectiveFamilies: families, errors, warnings: warnings({ input, errors }) };
}

/** Computes the values only, for rules that do not need the warnings. */
export function assessValues(decoded: ShootNetwork<NetworkConfig>): Omit<CalicoAssessment, 'errors' | 'warnings'> {
  const { network, effective, shoot, featureGates } = decoded;
  const families = effectiveFamilies(decoded.families, shoot);
  const nonPrivileged = isGateEnabled('NonPrivilegedCalicoNode', featureGates);
  const values = computeValues({ config: withDefaults(effective), network, shoot, families, nonPrivileged });
  return { ...ruleInput(decoded, values), effectiveFamilies: families };
}
