import { type Assessment, ruleInput } from '../network/assessment.ts';
import type { ShootNetwork } from '../network/decode-network.ts';
import { effectiveFamilies } from '../network/shoot.ts';
import type { NetworkConfig } from './api/config.ts';
import { withDefaults } from './api/defaults.ts';
import { isGateEnabled } from './api/feature-gates.ts';
import { type CalicoValues, computeValues, type ValuesInput } from './render/values.ts';
import { warnings } from './warnings/warnings.ts';

export type CalicoAssessment = Assessment<NetworkConfig, CalicoValues>;

/** Computes values and findings of a decoded Network; those of an invalid one without its invalid parts. */
export function assess(decoded: ShootNetwork<NetworkConfig>): CalicoAssessment {
  const known = assessments.get(decoded);
  if (known !== undefined) return known;
  const assessment = computeAssessment(decoded);
  assessments.set(decoded, assessment);
  return assessment;
}

/** Decoded Networks are immutable, and the functions of the plugin are called with the same one after the other. */
const assessments = new WeakMap<ShootNetwork<NetworkConfig>, CalicoAssessment>();

function computeAssessment(decoded: ShootNetwork<NetworkConfig>): CalicoAssessment {
  const { diagnostics: errors } = decoded;
  const given = valuesInput(decoded);
  const input = ruleInput(decoded, computeValues(given));
  return { ...input, effectiveFamilies: given.families, errors, warnings: warnings({ input, errors }) };
}

/** Returns the input of the values of a decoded Network. */
export function valuesInput(decoded: ShootNetwork<NetworkConfig>): ValuesInput {
  const { network, effective, shoot, featureGates } = decoded;
  return {
    config: withDefaults(effective),
    network,
    shoot,
    families: effectiveFamilies(decoded.families, shoot),
    nonPrivileged: isGateEnabled('NonPrivilegedCalicoNode', featureGates),
  };
}
