import { type KubeObject, recordOf } from '../gardener/objects.ts';
import { findNamed } from '../network/data-path.ts';
import type { Traffic } from '../network/traffic.ts';
import { calicoDataPath } from './data-path.ts';

/**
 * Reads the handling of packets from Calico's objects (docs/design/calico.md#workloads). IPv4 is always masqueraded, and the pool of the node
 * range, which assigns no addresses, exempts packets to nodes: Calico masquerades packets to addresses outside of all pools.
 */
export function calicoTraffic(objects: readonly KubeObject[]): Traffic {
  const values = new Map(calicoDataPath(objects).map(({ place, value }) => [place, value]));
  const variable = (name: string): string | undefined => values.get(`DaemonSet kube-system/calico-node env ${name}`);
  const ebpf = variable('FELIX_BPFENABLED') === 'true';
  const nftables = variable('FELIX_NFTABLESMODE') === 'Enabled';
  const pool = recordOf(findNamed(objects, 'IPPool', 'default-ipv6-ippool')?.['spec']);
  const ipv6 = pool['natOutgoing'] === true || variable('CALICO_IPV6POOL_NAT_OUTGOING') === 'true';
  return {
    services: ebpf ? 'eBPF' : 'kube-proxy',
    policies: ebpf ? 'eBPF' : nftables ? 'nftables' : 'iptables',
    masquerade: ipv6 ? ['IPv4', 'IPv6'] : ['IPv4'],
    exemptsNodes: findNamed(objects, 'IPPool', 'no-snat-for-node-cidr') !== undefined,
    encryption:
      variable('FELIX_WIREGUARDENABLED') === 'true'
        ? { protocol: 'WireGuard', nodes: false, replacesTunnel: true, strict: false }
        : undefined,
    // Felix translates the address of the DNS Service itself, before the packet reaches the rules of NodeLocalDNS.
    localDns: ebpf ? 'none' : 'address on the node',
  };
}
