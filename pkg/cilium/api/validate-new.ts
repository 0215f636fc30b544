import type { IPFamily } from '../../gardener/network.ts';
import { type Diagnostic, reporter } from '../../network/diagnostics.ts';
import { field } from '../../network/field.ts';
import type { NetworkConfig } from './config.ts';
import { ciliumRules } from './diagnostics.ts';
import type { ValidateInput } from './validate.ts';

const report = reporter(ciliumRules);

/** Rules that only new or changed configurations must keep; stored ones get a warning (verdict 14). For admission. */
export function validateNewConfig(
  input: ValidateInput & { readonly families: readonly IPFamily[] },
): readonly Diagnostic[] {
  const { config, object, path: root, families } = input;
  if (config.egressGateway?.enabled !== true) return [];
  const path = `${root}.egressGateway.enabled`;
  if (!families.includes('IPv4')) {
    const message = field.forbidden('needs IPv4, which the shoot does not have');
    return [report('cilium-egress-gateway-family', { object, path, message })];
  }
  const conflicts = egressGatewayConflicts(config);
  if (conflicts.length === 0) return [];
  const message = field.forbidden(`is not possible together with ${conflicts.join(', ')}`);
  return [report('cilium-egress-gateway-masquerade', { object, path, message })];
}

/** What in a configuration keeps IPv4 from being masqueraded in eBPF, in words of the configuration. */
export function egressGatewayConflicts(config: NetworkConfig): readonly string[] {
  const rules: readonly (readonly [boolean, string])[] = [
    [config.snatToUpstreamDNS?.enabled === true, 'snatToUpstreamDNS'],
    [config.snatOutOfCluster?.enabled === true, 'snatOutOfCluster'],
    [config.enableIpv4Masquerade === false, 'enableIpv4Masquerade: false'],
    [config.enableBPFMasquerade === false, 'enableBPFMasquerade: false'],
  ];
  return rules.filter(([applies]) => applies).map(([, words]) => words);
}
