import type { IPFamily } from '../../gardener/network.ts';
import { type Diagnostic, reporter } from '../../network/diagnostics.ts';
import { field } from '../../network/field.ts';
import type { NetworkConfig } from './config.ts';
import { ciliumRules } from './diagnostics.ts';
import type { ValidateInput } from './validate.ts';

const report = reporter(ciliumRules);

/** Checks rules that apply only to new or changed configurations; stored ones get a warning (verdict 14). For admission. */
export function validateNewConfig(
  input: ValidateInput & { readonly families: readonly IPFamily[] },
): readonly Diagnostic[] {
  return [...egressGatewayProblems(input), ...deviceProblems(input)];
}

/** Agents split some entries with several names wrongly (verdict 47). */
function deviceProblems({ config, object, path }: ValidateInput): readonly Diagnostic[] {
  return (config.devices ?? []).flatMap((device, index) => {
    if (!device?.includes(',')) return [];
    const message = field.invalid(device, 'must be one name without commas');
    return [report('cilium-devices-commas', { object, path: `${path}.devices[${index}]`, message })];
  });
}

function egressGatewayProblems(
  input: ValidateInput & { readonly families: readonly IPFamily[] },
): readonly Diagnostic[] {
  const { config, object, path: root, families } = input;
  if (config.egressGateway?.enabled !== true) return [];
  const path = `${root}.egressGateway.enabled`;
  if (!families.includes('IPv4')) {
    const message = field.forbidden('requires IPv4, which the shoot does not have');
    return [report('cilium-egress-gateway-family', { object, path, message })];
  }
  const conflicts = egressGatewayConflicts(config);
  if (conflicts.length === 0) return [];
  const message = field.forbidden(`cannot be combined with ${conflicts.join(', ')}`);
  return [report('cilium-egress-gateway-masquerade', { object, path, message })];
}

/** Returns the options of a configuration that prevent masquerading of IPv4 in eBPF. */
export function egressGatewayConflicts(config: NetworkConfig): readonly string[] {
  const rules: readonly (readonly [boolean, string])[] = [
    [config.snatToUpstreamDNS?.enabled === true, 'snatToUpstreamDNS'],
    [config.snatOutOfCluster?.enabled === true, 'snatOutOfCluster'],
    [config.enableIpv4Masquerade === false, 'enableIpv4Masquerade: false'],
    [config.enableBPFMasquerade === false, 'enableBPFMasquerade: false'],
  ];
  return rules.filter(([applies]) => applies).map(([, words]) => words);
}
