/** Warnings about how Services are reached. */
import type { Diagnostic } from '../../network/diagnostics.ts';
import type { Check, CheckInput, Warn } from './check.ts';

export const serviceWarnings: readonly Check[] = [
  { dependsOn: ['ebpfDataplane', 'overlay', 'snatToUpstreamDNS', 'shoot: kubeProxy'], find: dnsPolicies },
];

/**
 * Only iptables knows an order of chains in which another one accepts first: eBPF programs sit at the pod’s interface, and a table of
 * nftables is asked whatever others say. Who did not ask for SNAT gets it by default, in every shoot without overlay: a warning at each
 * of their changes would teach people to skip warnings, so docs/usage/limits.md tells them.
 */
function dnsPolicies({ given, values, shoot }: CheckInput, warn: Warn): readonly Diagnostic[] {
  if (given.snatToUpstreamDNS?.enabled !== true) return [];
  if (!values.snatToUpstreamDNS || !shoot.nodeLocalDNS || values.options.ebpfDataplane.enabled || values.nftables)
    return [];
  const message = 'policies cannot block requests to NodeLocalDNS';
  return [warn('calico-dns-policy-bypassed', 'snatToUpstreamDNS.enabled', message)];
}
