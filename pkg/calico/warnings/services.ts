/** Warnings about access to Services. */
import { isIpvs } from '../../gardener/cluster.ts';
import type { Diagnostic } from '../../network/diagnostics.ts';
import type { Check, CheckInput, Warn } from './check.ts';

export const serviceWarnings: readonly Check[] = [
  { dependsOn: ['ebpfDataplane', 'overlay', 'snatToUpstreamDNS', 'shoot: kubeProxy'], find: dnsPolicies },
  { dependsOn: ['ebpfDataplane'], find: nodeLocalDNSBypassed },
  { dependsOn: ['ebpfDataplane', 'shoot: kubeProxy'], find: ipvs },
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

function nodeLocalDNSBypassed({ values, shoot }: CheckInput, warn: Warn): readonly Diagnostic[] {
  if (!values.options.ebpfDataplane.enabled || !shoot.nodeLocalDNS) return [];
  const message = 'eBPF bypasses NodeLocalDNS: pods query the DNS server of the cluster directly';
  return [warn('calico-ebpf-node-local-dns', 'ebpfDataplane.enabled', message)];
}

function ipvs({ values, shoot }: CheckInput, warn: Warn): readonly Diagnostic[] {
  if (!values.options.ebpfDataplane.enabled || !isIpvs(shoot.kubeProxy)) return [];
  const message = 'nodes lose their connectivity where kube-proxy runs in mode IPVS';
  return [warn('calico-ebpf-ipvs', 'ebpfDataplane.enabled', message)];
}
