import { type Assessment, ruleInput } from '../network/assessment.ts';
import type { ShootNetwork } from '../network/decode-network.ts';
import { effectiveFamilies } from '../network/shoot.ts';
import { findApiServer } from './api/api-server.ts';
import type { NetworkConfig } from './api/config.ts';
import { withDefaults } from './api/defaults.ts';
import { isGateEnabled } from './api/feature-gates.ts';
import { requirementProblems } from './api/requirements.ts';
import { type CiliumValues, computeValues, type ValuesInput } from './render/values.ts';
import type { IpamState } from './shoot/ipam.ts';
import { warnings } from './warnings/warnings.ts';

export type CiliumAssessment = Assessment<NetworkConfig, CiliumValues>;

/** The IPAM mode of new shoots, for checks that do not read the running shoot. */
const defaultIpam: IpamState = { mode: 'kubernetes', ignored: undefined };

/**
 * Computes values and findings of a decoded Network; those of an invalid one without its invalid parts. `ipam` is the IPAM mode of the running
 * shoot.
 */
export function assess(decoded: ShootNetwork<NetworkConfig>, ipam: IpamState = defaultIpam): CiliumAssessment {
  const given = valuesInput(decoded, ipam);
  const input = ruleInput(decoded, computeValues(given));
  const errors = [...decoded.diagnostics, ...requirementProblems(input)];
  return { ...input, effectiveFamilies: given.families, errors, warnings: warnings({ input, errors }) };
}

/** Returns the input of the values of a decoded Network. */
export function valuesInput(decoded: ShootNetwork<NetworkConfig>, ipam: IpamState = defaultIpam): ValuesInput {
  const { network, config, effective, shoot, featureGates } = decoded;
  return {
    config: withDefaults(effective),
    network,
    shoot,
    families: effectiveFamilies(decoded.families, shoot),
    ipam,
    apiServer: shoot.kubeProxy.enabled ? undefined : findApiServer(config, shoot),
    gatewayAPI: isGateEnabled('CiliumGatewayAPI', featureGates),
  };
}
