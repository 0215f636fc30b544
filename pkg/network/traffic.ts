import type { IPFamily } from '../gardener/network.ts';

/**
 * The components that handle packets of pods, read from rendered objects. Together with the paths of reachability.ts it describes the data path
 * of a shoot in terms that do not depend on the CNI.
 */
export interface Traffic {
  /** The component that directs packets for a Service to one of its pods. */
  readonly services: 'kube-proxy' | 'eBPF';
  /** The part of the kernel in which the CNI enforces policies. */
  readonly policies: 'iptables' | 'nftables' | 'eBPF';
  /** The families in which packets of pods leave the cluster with the address of their node. */
  readonly masquerade: readonly IPFamily[];
  /** Packets between pods and nodes are exempt from masquerading, whether an overlay exists or not. */
  readonly exemptsNodes: boolean;
  /** Undefined if packets between nodes are not encrypted. */
  readonly encryption: Encryption | undefined;
  /** The mechanism by which packets for the DNS Service reach NodeLocalDNS, if the shoot has it. */
  readonly localDns: 'redirect policy' | 'address on the node' | 'none';
}

export interface Encryption {
  readonly protocol: 'WireGuard' | 'IPsec';
  /** Packets between nodes and pods of other nodes, and among nodes, are encrypted as well. */
  readonly nodes: boolean;
  /** True if encrypted packets take the place of packets in a tunnel, false if packets in a tunnel are encrypted. */
  readonly replacesTunnel: boolean;
  /** Packets that would leave unencrypted are dropped. */
  readonly strict: boolean;
}
