import type { DiagnosticRules } from '../../network/diagnostics.ts';

/** Findings that only Cilium can have. Codes are part of the interface: they never change their meaning. */
export const ciliumRules = {
  'cilium-api-server-operator-only': {
    severity: 'warning',
    title: 'kubeproxy.k8sServiceHost and k8sServicePort reach the operator only',
    reason:
      'Agents ask the Service kubernetes, so an API server that only the given address reaches leaves them without a connection.',
    remedy: 'Nothing to do while nodes reach the API server in the usual way; else remove both fields.',
    page: 'docs/usage/cilium.md#services-and-the-api-server',
    verdict: 'cilium 12',
  },
  'cilium-api-server-pending': {
    severity: 'error',
    title: 'The address of the API server is not known yet',
    reason:
      'Without kube-proxy nobody serves the Service kubernetes until the agents run, so the operator needs an address of the API server.',
    remedy: 'Nothing is changed and the check is repeated; Gardener writes status.advertisedAddresses of the Shoot.',
    page: 'docs/usage/ebpf-and-kube-proxy.md#cilium',
  },
  'cilium-api-server-port-dropped': {
    severity: 'warning',
    title: 'The port of the advertised address is not used',
    reason: 'The operator takes the host of the address and the port of the Service kubernetes.',
    remedy: 'Set kubeproxy.k8sServiceHost and kubeproxy.k8sServicePort when the API server listens on another port.',
    page: 'docs/usage/ebpf-and-kube-proxy.md#cilium',
    verdict: 'cilium 12',
  },
  'cilium-api-server-unknown': {
    severity: 'error',
    title: 'There is no address of the API server for the operator',
    reason:
      'Without kube-proxy the operator takes the advertised address named external, which shoots without an external domain do not have.',
    remedy: 'Set kubeproxy.k8sServiceHost and kubeproxy.k8sServicePort, or enable kube-proxy in the Shoot.',
    page: 'docs/usage/ebpf-and-kube-proxy.md#cilium',
  },
  'cilium-api-server-without-effect': {
    severity: 'warning',
    title: 'kubeproxy.k8sServiceHost and k8sServicePort have no effect',
    reason: 'They count only together, and only where Cilium replaces kube-proxy.',
    remedy: 'Set both, or remove them.',
    page: 'docs/usage/ebpf-and-kube-proxy.md#cilium',
    verdict: 'cilium 12',
  },
  'cilium-bgp-passwords': {
    severity: 'warning',
    title: 'BGP peers with a password do not come up',
    reason: 'Neither agents nor operator may read Secrets, and no namespace for the Secrets of peers is configured.',
    remedy: 'Use peers without authSecretRef.',
    page: 'docs/usage/cilium.md#services-and-the-api-server',
    verdict: 'cilium 30',
  },
  'cilium-bpf-masquerade-overruled': {
    severity: 'warning',
    title: 'enableBPFMasquerade has no effect',
    reason:
      'Masquerading in eBPF is left to Cilium’s default, which is iptables, with a snat option and in shoots without IPv4; without any masquerading agents would refuse to start with it.',
    remedy: 'Remove enableBPFMasquerade, or the option that the message names.',
    page: 'docs/usage/cilium.md#masquerading-and-egress',
    verdict: 'cilium 35',
  },
  'cilium-cluster-pool-fixed': {
    severity: 'warning',
    title: 'IPAM mode cluster-pool has fixed ranges and sizes',
    reason:
      'Nodes get a /24 of the IPv4 pod range and a /120 of fd00::/104, whatever the shoot’s IPv6 range and its node mask size are; pods that run have these addresses.',
    remedy: 'Do not rely on the shoot’s IPv6 range or node mask size; new shoots use IPAM mode kubernetes.',
    page: 'docs/usage/sizing.md#address-allocation-by-cni',
    verdict: 'cilium 15',
  },
  'cilium-cluster-pool-small': {
    severity: 'warning',
    title: 'The pod range is too small for IPAM mode cluster-pool',
    reason:
      'Nodes get a /24 of the IPv4 pod range, whatever the shoot’s node mask size is, and the operator finds none in a smaller range.',
    remedy:
      'Neither range nor mode of a running shoot can be changed: move to a new shoot, which uses IPAM mode kubernetes.',
    page: 'docs/usage/sizing.md#address-allocation-by-cni',
    verdict: 'cilium 15',
  },
  'cilium-deprecated-without-effect': {
    severity: 'warning',
    title: 'A deprecated option has no effect',
    reason: 'The families of the shoot decide about IPv4 and IPv6, and state is always kept in Kubernetes.',
    remedy: 'Remove the option.',
    page: 'docs/usage/cilium.md#options-without-effect',
  },
  'cilium-dsr-without-native-range': {
    severity: 'error',
    title: 'loadBalancingMode dsr needs a native routing range',
    reason:
      'tunnel: disabled routes pod traffic natively, but says which range is routed so only where traffic of pods is masqueraded.',
    remedy:
      'Set overlay.enabled: false, which says the same and configures the range, or the native routing option that the message names, or use loadBalancingMode snat.',
    page: 'docs/usage/cilium.md#services-and-the-api-server',
    verdict: 'cilium 10',
  },
  'cilium-dsr-without-native-routing': {
    severity: 'error',
    title: 'loadBalancingMode dsr needs native routing',
    reason: 'Replies that go from the serving node to the client directly do not pass a tunnel.',
    remedy: 'Set overlay.enabled: false where the infrastructure routes pod addresses, or use loadBalancingMode snat.',
    page: 'docs/usage/cilium.md#services-and-the-api-server',
    verdict: 'cilium 10',
  },
  'cilium-egress-gateway-family': {
    severity: 'error',
    title: 'An egress gateway needs IPv4',
    reason:
      'Agents refuse to start with an egress gateway unless IPv4 is masqueraded in eBPF, and in a shoot without IPv4 there is none to masquerade.',
    remedy: 'Remove egressGateway.',
    page: 'docs/usage/egress.md#egress-gateway',
    verdict: 'cilium 14',
  },
  'cilium-egress-gateway-family-off': {
    severity: 'warning',
    title: 'The egress gateway stays off in a shoot without IPv4',
    reason:
      'Agents refuse to start with an egress gateway unless IPv4 is masqueraded in eBPF, and in a shoot without IPv4 there is none to masquerade.',
    remedy: 'Remove egressGateway.',
    page: 'docs/usage/egress.md#egress-gateway',
    verdict: 'cilium 14',
  },
  'cilium-egress-gateway-masquerade': {
    severity: 'error',
    title: 'An egress gateway needs masquerading of IPv4 in eBPF',
    reason:
      'Agents refuse to start with an egress gateway when IPv4 is not masqueraded, or by iptables, which both snat options ask for.',
    remedy:
      'Remove snatToUpstreamDNS, snatOutOfCluster and enableIpv4Masquerade or enableBPFMasquerade false, or remove egressGateway.',
    page: 'docs/usage/egress.md#egress-gateway',
    verdict: 'cilium 14',
  },
  'cilium-egress-gateway-off': {
    severity: 'warning',
    title: 'The egress gateway stays off',
    reason:
      'Agents refuse to start with an egress gateway when IPv4 is not masqueraded, or by iptables, which both snat options ask for.',
    remedy:
      'Remove snatToUpstreamDNS, snatOutOfCluster and enableIpv4Masquerade or enableBPFMasquerade false, or remove egressGateway.',
    page: 'docs/usage/egress.md#egress-gateway',
    verdict: 'cilium 14',
  },
  'cilium-egress-gateway-requirements': {
    severity: 'error',
    title: 'An egress gateway needs Cilium in place of kube-proxy, and an overlay',
    reason: 'Traffic goes to the gateway node through the tunnel and is translated where Cilium handles Services.',
    remedy:
      'Set spec.kubernetes.kubeProxy.enabled: false in the Shoot and overlay.enabled: true, or remove egressGateway.',
    page: 'docs/usage/egress.md#egress-gateway',
  },
  'cilium-encryption-mode': {
    severity: 'error',
    title: 'Encryption works with wireguard only',
    reason:
      'ipsec needs a key in the shoot that nobody creates, and with any other mode nothing would be encrypted although the configuration says so.',
    remedy: 'Set encryption.mode: wireguard, or encryption.enabled: false.',
    page: 'docs/usage/encryption.md#cilium',
    verdict: 'cilium 8',
  },
  'cilium-encryption-off': {
    severity: 'warning',
    title: 'Encryption is off',
    reason: 'nodeToNodeEnabled and strictMode only extend an encryption that is enabled.',
    remedy: 'Set encryption.enabled: true, or remove the option.',
    page: 'docs/usage/encryption.md#cilium',
  },
  'cilium-encryption-strict-ipv4': {
    severity: 'warning',
    title: 'Strict mode does not cover IPv6',
    reason: 'Cilium watches over one IPv4 range only; IPv6 traffic may leave a node unencrypted.',
    remedy: 'Do not rely on strict mode for IPv6; in a shoot without IPv4 remove encryption.strictMode.',
    page: 'docs/usage/encryption.md#strict-mode',
    verdict: 'cilium 7',
  },
  'cilium-encryption-strict-nodes': {
    severity: 'warning',
    title: 'Strict mode without the range of the nodes',
    reason:
      'With native routing, nodes are exempt from strict mode only where their range is known to overlap with the pods’, since the exemption weakens it; agents refuse to start on a node inside the pod range without it.',
    remedy:
      'Set spec.networking.nodes in the Shoot, unless the infrastructure reports it or no node is in the pod range.',
    page: 'docs/usage/encryption.md#strict-mode',
    verdict: 'cilium 38',
  },
  'cilium-ipam-assumed': {
    severity: 'warning',
    title: 'The IPAM mode of the shoot is not in the input',
    reason:
      'The Network has been reconciled before, so the shoot runs with some mode, which the controller would find out; here it is taken for kubernetes, as in most shoots.',
    remedy:
      'Give the ManagedResource of the shoot with its Secret, or ConfigMap kube-system/cilium-config of the shoot by --shoot-objects.',
    verdict: 'cilium 2',
  },
  'cilium-ipam-hibernated': {
    severity: 'warning',
    title: 'The configuration of a hibernated shoot waits until it wakes up',
    reason:
      'Nobody can say which IPAM mode the shoot runs with, and a wrong one would give every pod another address, so its ManagedResource is left as it is, or not created yet.',
    remedy: 'Nothing to do: the shoot is asked when it wakes up, before it is given anything.',
    verdict: 'cilium 2',
  },
  'cilium-ipam-ignored': {
    severity: 'warning',
    title: 'The IPAM mode in the shoot is none that works here',
    reason:
      'Agents end at once with an unknown mode, and so do agents or operator with eni, azure, alibabacloud and delegated-plugin, which need credentials or settings that this extension does not have. The last known mode, or kubernetes, is written instead.',
    remedy: 'Look who changed the key ipam of ConfigMap kube-system/cilium-config in the shoot.',
    verdict: 'cilium 2',
  },
  'cilium-ipam-unknown': {
    severity: 'error',
    title: 'The IPAM mode of the shoot cannot be found out',
    reason:
      'The shoot ran before, but neither it nor the stored ManagedResource can be read, and a wrong mode would give every pod another address.',
    remedy:
      'Nothing is changed and the check is repeated; see why the API server of the shoot does not answer, or where the ManagedResource and its Secret are.',
    verdict: 'cilium 2',
  },
  'cilium-ipv6-only-tunnel': {
    severity: 'warning',
    title: 'The tunnel between nodes uses IPv4 in a shoot without IPv4',
    reason: 'Cilium encapsulates in IPv4 by default, so pods on nodes without IPv4 addresses do not reach other nodes.',
    remedy: 'Set overlay.enabled: false where the infrastructure routes pod addresses.',
    page: 'docs/usage/dual-stack-and-ipv6.md#cilium',
  },
  'cilium-ipvs-implicit': {
    severity: 'warning',
    title: 'kube-proxy in mode IPVS does not go together with NodeLocalDNS',
    reason:
      'IPVS binds the addresses of Services to a device of the node, which hides NodeLocalDNS; this is refused where kubeProxy.enabled is given as true.',
    remedy: 'Use another mode of kube-proxy, or disable kube-proxy or NodeLocalDNS in the Shoot.',
    page: 'docs/usage/ebpf-and-kube-proxy.md#modes-of-kube-proxy',
    verdict: 'cilium 27',
  },
  'cilium-ipvs-node-local-dns': {
    severity: 'error',
    title: 'kube-proxy in mode IPVS is not possible with NodeLocalDNS',
    reason: 'IPVS binds the addresses of Services to a device of the node, which hides NodeLocalDNS.',
    remedy: 'Use another mode of kube-proxy, or disable kube-proxy or NodeLocalDNS in the Shoot.',
    page: 'docs/usage/ebpf-and-kube-proxy.md#modes-of-kube-proxy',
  },
  'cilium-l2-durations': {
    severity: 'warning',
    title: 'The lease durations of l2Announcements do not fit together',
    reason:
      'A lease must outlast the renew deadline, and that 1.2 times the retry period; agents then use other durations than the configuration says.',
    remedy: 'Choose leaseDuration > leaseRenewDeadline > 1.2 x leaseRetryPeriod, the first at least 1s.',
    page: 'docs/usage/cilium.md#services-and-the-api-server',
  },
  'cilium-l2-without-replacement': {
    severity: 'warning',
    title: 'l2Announcements needs Cilium in place of kube-proxy',
    reason:
      'Traffic to an announced address is handled where Cilium handles Services, which it does not beside kube-proxy.',
    remedy: 'Set spec.kubernetes.kubeProxy.enabled: false in the Shoot, or remove l2Announcements.',
    page: 'docs/usage/ebpf-and-kube-proxy.md#cilium',
  },
  'cilium-load-balancing-mode-off': {
    severity: 'warning',
    title: 'loadBalancingMode has no effect',
    reason:
      'dsr and hybrid need native routing, agents refuse to start with them in a tunnel, and beside kube-proxy Cilium handles no load balancers.',
    remedy:
      'Set overlay.enabled: false and spec.kubernetes.kubeProxy.enabled: false in the Shoot, or remove loadBalancingMode.',
    page: 'docs/usage/ebpf-and-kube-proxy.md#cilium',
    verdict: 'cilium 37',
  },
  'cilium-masquerade-without-family': {
    severity: 'warning',
    title: 'A masquerading option is for a family that the shoot does not have',
    reason: 'There is no traffic of the family that could be masqueraded.',
    remedy: 'Remove the option.',
    page: 'docs/usage/cilium.md#masquerading-and-egress',
  },
  'cilium-mtu-large': {
    severity: 'warning',
    title: 'The MTU is larger than an interface can have',
    reason: 'The kernel takes no more than 65535 bytes, so that interfaces of pods cannot be made.',
    remedy: 'Use 0, which lets Cilium find the MTU out, or a value that every link between nodes carries.',
    page: 'docs/usage/mtu.md#cilium-mtu',
  },
  'cilium-mtu-small': {
    severity: 'warning',
    title: 'The MTU is smaller than the protocol allows',
    reason: 'IPv6 needs 1280 bytes at least, IPv4 576; with less, the kernel takes the family off the interface.',
    remedy: 'Use 0, which lets Cilium find the MTU out, or a value that every link between nodes carries.',
    page: 'docs/usage/mtu.md#cilium-mtu',
  },
  'cilium-native-routing-range': {
    severity: 'warning',
    title: 'The pod range is taken as routable without overlay: false',
    reason:
      'tunnel: disabled alone leaves agents without a native routing range, with which they refuse to start while masquerading is on.',
    remedy: 'Set overlay.enabled: false, which says the same and configures both.',
    page: 'docs/usage/cilium.md#tunnel-and-routing',
    verdict: 'cilium 36',
  },
  'cilium-native-routing-without-family': {
    severity: 'warning',
    title: 'A native routing option is for a family that the shoot does not have',
    reason: 'There is no range of the family that could be routed.',
    remedy: 'Remove the option.',
    page: 'docs/usage/cilium.md#tunnel-and-routing',
    verdict: 'cilium 6',
  },
  'cilium-node-local-dns-webhook': {
    severity: 'warning',
    title: 'NodeLocalDNS can be changed only while the extension runs',
    reason:
      'A webhook of the extension moves NodeLocalDNS behind a local redirect policy; it fails closed, because NodeLocalDNS unchanged would not work with Cilium.',
    remedy:
      'Nothing to do; when changes of node-local-dns are refused in the shoot, look at the extension in the seed.',
    page: 'docs/usage/ebpf-and-kube-proxy.md#nodelocaldns',
    verdict: 'cilium 26',
  },
  'cilium-node-range-unknown': {
    severity: 'warning',
    title: 'snatOutOfCluster masquerades traffic to nodes',
    reason: 'The range of the nodes is not known (spec.networking.nodes of the Shoot), so it cannot be left out.',
    remedy: 'Set spec.networking.nodes in the Shoot.',
    page: 'docs/usage/egress.md#snatoutofcluster',
    verdict: 'cilium 13',
  },
  'cilium-overlay-overrules': {
    severity: 'warning',
    title: 'overlay wins over tunnel and the native routing options',
    reason:
      'When overlay is given, it decides whether pod traffic is encapsulated, and which ranges are routed natively.',
    remedy: 'Remove the option that is overruled, or remove overlay.',
    page: 'docs/usage/overlay-and-routes.md#configuring-the-overlay',
  },
  'cilium-pod-range-pending': {
    severity: 'error',
    title: 'The pod range of a family is not known yet',
    reason: 'Native routing needs the range; agents refuse to start, or masquerade what they must not, without it.',
    remedy: 'Nothing is changed and the check is repeated; the infrastructure extension reports the range.',
    page: 'docs/usage/dual-stack-and-ipv6.md#sources-of-the-ranges',
    verdict: 'cilium 5',
  },
  'cilium-pod-routes-without-effect': {
    severity: 'warning',
    title: 'overlay.createPodRoutes has no effect with an overlay',
    reason: 'Routes to the pods of other nodes are needed only where pod traffic is not encapsulated.',
    remedy: 'Remove overlay.createPodRoutes, or set overlay.enabled: false.',
    page: 'docs/usage/overlay-and-routes.md#sources-of-pod-routes',
  },
  'cilium-socket-lb-without-effect': {
    severity: 'warning',
    title: 'bpfSocketLBHostnsOnly has no effect beside kube-proxy',
    reason: 'Load balancing at sockets is on only where Cilium replaces kube-proxy.',
    remedy: 'Remove bpfSocketLBHostnsOnly, or set spec.kubernetes.kubeProxy.enabled: false in the Shoot.',
    page: 'docs/usage/service-meshes.md#limits',
  },
} as const satisfies DiagnosticRules;
