import type { CiliumValues } from './values.ts';

/**
 * Returns whether packets of pods bypass iptables on the node, so that rules of snat options have no effect: agents that replace kube-proxy and
 * masquerade nothing route in eBPF (docs/reference/dataplane.md#snat-without-masquerade).
 */
export function bypassesIptables({
  kubeProxyReplacement,
  masquerade: { ipv4, ipv6 },
}: Pick<CiliumValues, 'kubeProxyReplacement' | 'masquerade'>): boolean {
  return kubeProxyReplacement && !ipv4 && !ipv6;
}
