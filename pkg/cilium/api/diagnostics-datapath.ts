import type { DiagnosticRules } from '../../network/diagnostics.ts';

/** The rules of Cilium about addresses, routing, encapsulation, masquerading and encryption. */
export const datapathRules = {
  'cilium-bpf-masquerade-overruled': {
    severity: 'warning',
    title: 'enableBPFMasquerade has no effect',
    reason:
      'With a snat option and in shoots without IPv4, Cilium’s default applies, which is iptables; without any masquerading, agents would refuse to start with it.',
    remedy: 'Remove enableBPFMasquerade, or the option that the message names.',
    page: 'docs/usage/cilium.md#masquerading-and-egress',
    verdict: 'cilium 35',
  },
  'cilium-cluster-pool-fixed': {
    severity: 'warning',
    title: 'IPAM mode cluster-pool has fixed ranges and sizes',
    reason:
      'Nodes get a /24 of the IPv4 pod range and a /120 of fd00::/104, regardless of the IPv6 range and the node mask size of the shoot; running pods have these addresses.',
    remedy: 'Do not rely on the shoot’s IPv6 range or node mask size; new shoots use IPAM mode kubernetes.',
    page: 'docs/usage/sizing.md#address-allocation-by-cni',
    verdict: 'cilium 15',
  },
  'cilium-cluster-pool-small': {
    severity: 'warning',
    title: 'The pod range is too small for IPAM mode cluster-pool',
    reason:
      'Nodes get a /24 of the IPv4 pod range, regardless of the node mask size of the shoot, and a smaller range contains none.',
    remedy:
      'Neither the range nor the mode of a running shoot can be changed: move to a new shoot, which uses IPAM mode kubernetes.',
    page: 'docs/usage/sizing.md#address-allocation-by-cni',
    verdict: 'cilium 15',
  },
  'cilium-devices-commas': {
    severity: 'error',
    title: 'An entry of devices contains several names',
    reason:
      'Agents read names separated by blanks or by commas, and take a mix of both for a name that no interface has.',
    remedy: 'Give each interface an entry of its own.',
    page: 'docs/usage/cilium.md#tunnel-and-routing',
    verdict: 'cilium 47',
  },
  'cilium-devices-split': {
    severity: 'warning',
    title: 'An entry of devices is read as several names',
    reason: 'Agents read names separated by blanks or by commas, but not by both, so the entry is split.',
    remedy: 'Give each interface an entry of its own; agents do not restart.',
    page: 'docs/usage/cilium.md#tunnel-and-routing',
    verdict: 'cilium 47',
  },
  'cilium-egress-gateway-family': {
    severity: 'error',
    title: 'An egress gateway requires IPv4',
    reason:
      'Agents refuse to start with an egress gateway unless IPv4 is masqueraded in eBPF, and a shoot without IPv4 has no such traffic.',
    remedy: 'Remove egressGateway.',
    page: 'docs/usage/egress.md#egress-gateway',
    verdict: 'cilium 14',
  },
  'cilium-egress-gateway-family-off': {
    severity: 'warning',
    title: 'The egress gateway remains disabled in a shoot without IPv4',
    reason:
      'Agents refuse to start with an egress gateway unless IPv4 is masqueraded in eBPF, and a shoot without IPv4 has no such traffic.',
    remedy: 'Remove egressGateway.',
    page: 'docs/usage/egress.md#egress-gateway',
    verdict: 'cilium 14',
  },
  'cilium-egress-gateway-masquerade': {
    severity: 'error',
    title: 'An egress gateway requires masquerading of IPv4 in eBPF',
    reason:
      'Agents refuse to start with an egress gateway if IPv4 is not masqueraded, or is masqueraded by iptables, as with both snat options.',
    remedy:
      'Remove snatToUpstreamDNS, snatOutOfCluster and enableIpv4Masquerade or enableBPFMasquerade false, or remove egressGateway.',
    page: 'docs/usage/egress.md#egress-gateway',
    verdict: 'cilium 14',
  },
  'cilium-egress-gateway-off': {
    severity: 'warning',
    title: 'The egress gateway remains disabled',
    reason:
      'Agents refuse to start with an egress gateway if IPv4 is not masqueraded, or is masqueraded by iptables, as with both snat options.',
    remedy:
      'Remove snatToUpstreamDNS, snatOutOfCluster and enableIpv4Masquerade or enableBPFMasquerade false, or remove egressGateway.',
    page: 'docs/usage/egress.md#egress-gateway',
    verdict: 'cilium 14',
  },
  'cilium-egress-gateway-requirements': {
    severity: 'error',
    title: 'An egress gateway requires Cilium in place of kube-proxy, and an overlay',
    reason: 'Traffic reaches the gateway node through the tunnel, and is translated only if Cilium handles Services.',
    remedy:
      'Set spec.kubernetes.kubeProxy.enabled: false in the Shoot and overlay.enabled: true, or remove egressGateway.',
    page: 'docs/usage/egress.md#egress-gateway',
  },
  'cilium-encryption-mode': {
    severity: 'error',
    title: 'Encryption supports wireguard only',
    reason:
      'ipsec requires a key in the shoot that nothing creates, and with any other mode nothing would be encrypted although the configuration says so.',
    remedy: 'Set encryption.mode: wireguard, or encryption.enabled: false.',
    page: 'docs/usage/encryption.md#cilium',
    verdict: 'cilium 8',
  },
  'cilium-encryption-off': {
    severity: 'warning',
    title: 'Encryption is disabled',
    reason: 'mode, nodeToNodeEnabled and strictMode take effect only if encryption is enabled.',
    remedy: 'Set encryption.enabled: true, or remove the option.',
    page: 'docs/usage/encryption.md#cilium',
  },
  'cilium-encryption-strict-ipv4': {
    severity: 'warning',
    title: 'Strict mode does not cover IPv6',
    reason: 'Strict mode covers one IPv4 range; IPv6 traffic may leave a node unencrypted.',
    remedy: 'Do not rely on strict mode for IPv6; remove encryption.strictMode in a shoot without IPv4.',
    page: 'docs/usage/encryption.md#strict-mode',
    verdict: 'cilium 7',
  },
  'cilium-encryption-strict-nodes': {
    severity: 'warning',
    title: 'Strict mode with an unknown node range',
    reason:
      'With native routing, nodes are exempt from strict mode only if their range is known to overlap with the pod range, since the exemption weakens it; without the exemption, agents refuse to start on a node inside the pod range.',
    remedy:
      'Set spec.networking.nodes in the Shoot, unless the infrastructure reports the range or no node is in the pod range.',
    page: 'docs/usage/encryption.md#strict-mode',
    verdict: 'cilium 38',
    awaits: {
      path: 'spec.networking.nodes',
      setBy: 'the infrastructure extension',
      example: '10.250.0.0/16',
    },
  },
  'cilium-encryption-strict-one-step': {
    severity: 'warning',
    title: 'Encryption and strict mode are enabled in one step',
    reason:
      'Agents restart node by node. With strict mode, an updated node drops packets to nodes that have no key yet, so these are cut off during the rollout.',
    remedy:
      'Enable encryption without strictMode first; when all agents report WireGuard, enable strictMode in a second step.',
    page: 'docs/usage/encryption.md#strict-mode',
    verdict: 'cilium 48',
  },
  'cilium-masquerade-without-family': {
    severity: 'warning',
    title: 'A masquerading option is for a family that the shoot does not have',
    reason: 'The shoot has no traffic of the family to masquerade.',
    remedy: 'Remove the option.',
    page: 'docs/usage/cilium.md#masquerading-and-egress',
  },
  'cilium-snat-bypassed': {
    severity: 'warning',
    title: 'The rules of a snat option have no effect',
    reason:
      'Agents that replace kube-proxy and masquerade nothing forward packets of pods in eBPF, past iptables on the node, where the rules are.',
    remedy: 'Enable masquerading of the family, or remove the option.',
    page: 'docs/usage/egress.md',
  },
  'cilium-mtu-large': {
    severity: 'warning',
    title: 'The MTU is larger than an interface can have',
    reason: 'The kernel supports at most 65535 bytes, so interfaces of pods cannot be created.',
    remedy: 'Use 0, with which Cilium detects the MTU, or a value that every link between nodes supports.',
    page: 'docs/usage/mtu.md#cilium-mtu',
  },
  'cilium-mtu-small': {
    severity: 'warning',
    title: 'The MTU is smaller than the protocol allows',
    reason: 'IPv6 requires at least 1280 bytes, IPv4 576; with less, the kernel disables the family on the interface.',
    remedy: 'Use 0, with which Cilium detects the MTU, or a value that every link between nodes supports.',
    page: 'docs/usage/mtu.md#cilium-mtu',
  },
  'cilium-native-routing-pending': {
    severity: 'warning',
    title: 'A native routing option takes effect after the dual-stack migration',
    reason:
      'Until every node has a range of both families, only the first family is configured (constraint DualStackNodesMigrationReady).',
    remedy: 'No action is required; the option takes effect when the nodes have been rolled.',
    page: 'docs/usage/dual-stack-and-ipv6.md#from-ipv4-to-dual-stack',
  },
  'cilium-native-routing-range': {
    severity: 'warning',
    title: 'The pod range is treated as routable without overlay.enabled: false',
    reason:
      'With tunnel: disabled alone, agents have no native routing range, and refuse to start if masquerading is enabled.',
    remedy: 'Set overlay.enabled: false, which is equivalent and configures both.',
    page: 'docs/usage/cilium.md#tunnel-and-routing',
    verdict: 'cilium 36',
  },
  'cilium-native-routing-without-family': {
    severity: 'warning',
    title: 'A native routing option is for a family that the shoot does not have',
    reason: 'The shoot has no range of the family to route.',
    remedy: 'Remove the option.',
    page: 'docs/usage/cilium.md#tunnel-and-routing',
    verdict: 'cilium 6',
  },
  'cilium-node-range-unknown': {
    severity: 'warning',
    title: 'snatOutOfCluster masquerades traffic to nodes',
    reason: 'The range of the nodes is not known (spec.networking.nodes of the Shoot), so it cannot be excluded.',
    remedy: 'Set spec.networking.nodes in the Shoot.',
    page: 'docs/usage/egress.md#snatoutofcluster',
    verdict: 'cilium 13',
    awaits: {
      path: 'spec.networking.nodes',
      setBy: 'the infrastructure extension',
      example: '10.250.0.0/16',
    },
  },
  'cilium-overlay-overrules': {
    severity: 'warning',
    title: 'overlay overrides tunnel and the native routing options',
    reason: 'If overlay is set, it decides whether pod traffic is encapsulated, and which ranges are routed natively.',
    remedy: 'Remove the overridden option, which changes nothing. Do not remove overlay from a running shoot.',
    page: 'docs/usage/overlay-and-routes.md#configuring-the-overlay',
  },
  'cilium-pod-range-pending': {
    severity: 'error',
    title: 'The pod range of a family is not known yet',
    reason:
      'Native routing requires the range; without it, agents refuse to start, or masquerade traffic that must not be masqueraded.',
    remedy: 'Nothing is changed until the retry succeeds; the infrastructure extension reports the range.',
    page: 'docs/usage/dual-stack-and-ipv6.md#sources-of-the-ranges',
    verdict: 'cilium 5',
    awaits: {
      path: 'status.networking.pods',
      setBy: 'the infrastructure extension, with a range of each family',
      example: '[100.64.0.0/12, "2001:db8::/56"]',
    },
  },
  'cilium-pod-routes-without-effect': {
    severity: 'warning',
    title: 'overlay.createPodRoutes has no effect with an overlay',
    reason: 'Routes to the pods of other nodes are required only if pod traffic is not encapsulated.',
    remedy:
      'Remove overlay.createPodRoutes, which changes nothing. It is for overlay.enabled: false, to which a running shoot changes in a maintenance window only.',
    page: 'docs/usage/overlay-and-routes.md#sources-of-pod-routes',
  },
  'cilium-pods-unreachable': {
    severity: 'error',
    title: 'Without a tunnel, packets would not reach pods of other nodes',
    reason:
      'The infrastructure routes the range that Gardener assigns to each node. In this shoot, addresses of pods come from another source, so their packets arrive through a tunnel only.',
    remedy:
      'Retain the tunnel (overlay.enabled: true), or announce the addresses by BGP (bgpControlPlane); new shoots use IPAM mode kubernetes.',
    page: 'docs/usage/overlay-and-routes.md#paths-of-cilium',
    verdict: 'cilium 49',
  },
  'cilium-pods-unreachable-stored': {
    severity: 'warning',
    title: 'Packets do not reach pods of other nodes, unless you route their addresses',
    reason:
      'The infrastructure routes the range that Gardener assigns to each node. In this shoot, addresses of pods come from another source.',
    remedy:
      'No action is required if your routers have routes to the addresses of pods; otherwise set overlay.enabled: true in a maintenance window.',
    page: 'docs/usage/overlay-and-routes.md#paths-of-cilium',
    verdict: 'cilium 49',
  },
  'cilium-routing-change': {
    severity: 'warning',
    title: 'Packets between nodes of a running shoot travel in another way',
    reason:
      'Agents restart node by node, and a node with a tunnel does not exchange packets with a node without it, or with one that has another protocol.',
    remedy:
      'Change it in a maintenance window. Before native routing, verify that the infrastructure has a route to the pod range of each node, or set overlay.createPodRoutes if all nodes are in one subnet.',
    page: 'docs/usage/overlay-and-routes.md#switching-the-overlay-of-a-running-shoot',
    verdict: 'cilium 48',
  },
} as const satisfies DiagnosticRules;
