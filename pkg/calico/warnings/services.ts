/** Warnings about access to Services. */
import type { Diagnostic } from '../../network/diagnostics.ts';
import type { Check, CheckInput, Warn } from './check.ts';

export const serviceWarnings: readonly Check[] = [
  { dependsOn: ['ebpfDataplane', 'overlay', 'snatToUpstreamDNS', 'shoot: kubeProxy'], find: dnsPolicies },
];

/**
 * Only iptables has an order of chains in which another chain can accept packets first: eBPF programs are attached to the pod’s interface, and
 * tables of nftables are evaluated independently. SNAT is the default in every shoot without overlay; a warning for each of them would
 * be noise, so docs/usage/limits.md documents it, and only an explicit option gets a warning.
 */
function dnsPolicies({ given, values, shoot }: CheckInput, warn: Warn): readonly Diagnostic[] {
  if (given.snatToUpstreamDNS?.enabled !== true) return [];
  if (!values.snatToUpstreamDNS || !shoot.nodeLocalDNS || values.options.ebpfDataplane.enabled || values.nftables)
    return [];
  const message = 'policies cannot block requests to NodeLocalDNS';
  return [warn('calico-dns-policy-bypassed', 'snatToUpstreamDNS.enabled', message)];
}
