import type { DiagnosticRules } from '../../network/diagnostics.ts';

/** Findings that only Calico can have. Codes are part of the interface: they never change their meaning. */
export const calicoRules = {
  'calico-autodetection-overruled': {
    severity: 'warning',
    title: 'The node range of the shoot wins over the autoDetectionMethod of a family',
    reason:
      'Where the range of the nodes is known, calico-node looks for its address in that range, whatever the option says.',
    remedy: 'Remove the option; it takes effect only in shoots whose node range is not known.',
    page: 'docs/usage/calico.md#addresses-of-pods-and-nodes',
    verdict: 'calico O3',
  },
  'calico-autoscaling-resources-ignored': {
    severity: 'warning',
    title: 'autoScaling.resources has no effect in mode cluster-proportional',
    reason:
      'The cluster-proportional autoscalers compute the requests from the number of nodes and overwrite any other value.',
    remedy: 'Choose mode static or vpa, or remove autoScaling.resources.',
    page: 'docs/usage/calico.md#typha-and-resource-requests',
    verdict: 'calico O10',
  },
  'calico-autoscaling-vpa-off': {
    severity: 'warning',
    title: 'autoScaling.mode vpa needs the shoot’s vertical pod autoscaler',
    reason:
      'Without a vertical pod autoscaler in the shoot nobody would act on the recommendations, so cluster-proportional is used.',
    remedy: 'Enable spec.kubernetes.verticalPodAutoscaler in the Shoot, or choose another mode.',
    page: 'docs/usage/calico.md#typha-and-resource-requests',
    verdict: 'calico O10',
  },
  'calico-bird-exporter-unprivileged': {
    severity: 'warning',
    title: 'birdExporter is left out where calico-node runs unprivileged',
    reason:
      'The socket of bird belongs to root and cannot be shared with the exporter while feature gate NonPrivilegedCalicoNode is on.',
    remedy: 'Remove birdExporter, or ask the operator of the landscape for the privileged calico-node.',
    page: 'docs/usage/calico.md#optional-components',
  },
  'calico-bird-exporter-without-bird': {
    severity: 'warning',
    title: 'birdExporter has nothing to export',
    reason: 'The exporter reads the socket of bird, which runs only with backend bird.',
    remedy:
      'Remove birdExporter. Backends with bird are those of overlay.createPodRoutes, and of overlay on without vxlan; do not change a running shoot for it.',
    page: 'docs/usage/calico.md#optional-components',
    verdict: 'calico O6',
  },
  'calico-deprecated-without-effect': {
    severity: 'warning',
    title: 'A deprecated option has no effect',
    reason: 'ipip and ipAutodetectionMethod were replaced by the options of ipv4 and are not looked at any more.',
    remedy:
      'Remove the deprecated option, which changes nothing. ipv4.autoDetectionMethod replaces ipAutodetectionMethod; ipv4.mode replaces ipip, and changes the encapsulation of a running shoot.',
    verdict: 'calico B7',
  },
  'calico-dns-policy-bypassed': {
    severity: 'warning',
    title: 'NetworkPolicies cannot block DNS requests to NodeLocalDNS',
    reason:
      'Without overlay snatToUpstreamDNS makes Felix append its chains to those of iptables; rules of NodeLocalDNS stand before them and accept the requests.',
    remedy:
      'Nothing to do where no policy has to block DNS; else set snatToUpstreamDNS.enabled: false if the nameservers of the nodes answer pods, or disable NodeLocalDNS; a new shoot may use the overlay, which interrupts connections in a running shoot.',
    page: 'docs/usage/limits.md#dns-policies-with-calico',
  },
  'calico-ebpf-ipvs': {
    severity: 'warning',
    title: 'eBPF does not work on nodes where kube-proxy runs in mode IPVS',
    reason:
      'Rules and addresses of IPVS remain on the node beside the eBPF programs, and nodes lose their connectivity until they are rebooted.',
    remedy:
      'Use spec.kubernetes.kubeProxy.mode IPTables or disable kube-proxy in a new Shoot. In a running shoot, change the mode first and replace all nodes.',
    page: 'docs/usage/ebpf-and-kube-proxy.md#calico',
    verdict: 'calico B20',
  },
  'calico-ebpf-ipvs-change': {
    severity: 'error',
    title: 'eBPF cannot be combined with kube-proxy in mode IPVS in a running shoot',
    reason:
      'Rules and addresses of IPVS remain on the node beside the eBPF programs, and nodes lose all connectivity until they are rebooted.',
    remedy: 'First change spec.kubernetes.kubeProxy.mode to IPTables and replace all nodes, then enable ebpfDataplane.',
    page: 'docs/usage/ebpf-and-kube-proxy.md#calico',
    verdict: 'calico B20',
  },
  'calico-ebpf-kube-proxy-one-step': {
    severity: 'warning',
    title: 'eBPF and kube-proxy change in one step',
    reason:
      'Nodes are updated one after the other. Between the two changes a node may have neither eBPF nor kube-proxy, and no Service works there.',
    remedy:
      'Use two steps. To eBPF: enable ebpfDataplane, wait until all nodes run it, then disable kube-proxy. Back: enable kube-proxy, wait until it runs on all nodes, then disable ebpfDataplane.',
    page: 'docs/usage/ebpf-and-kube-proxy.md#calico',
  },
  'calico-ebpf-node-local-dns': {
    severity: 'warning',
    title: 'eBPF bypasses NodeLocalDNS',
    reason:
      'Felix translates the address of the Service kube-dns in eBPF before packets reach the address that NodeLocalDNS binds on the node, so pods ask CoreDNS directly.',
    remedy:
      'Nothing to do if the cache is not needed. Otherwise annotate the Service kube-system/kube-dns with projectcalico.org/natExcludeService: "true", or disable NodeLocalDNS.',
    page: 'docs/usage/ebpf-and-kube-proxy.md#nodelocaldns',
  },
  'calico-ebpf-off': {
    severity: 'warning',
    title: 'Disabling eBPF needs a roll of the nodes where an earlier version enabled it',
    reason:
      'calico-node removes its eBPF programs when it starts without eBPF, if it sees the file system of eBPF of the node. Earlier versions did not mount it, and programs that remain enforce the last policies beside iptables.',
    remedy:
      'Enable kube-proxy first and let this version reconcile the shoot once with eBPF on; then disable eBPF, and replace the nodes if policies behave unexpectedly.',
    page: 'docs/usage/ebpf-and-kube-proxy.md#calico',
    verdict: 'calico B21',
  },
  'calico-ipam-change': {
    severity: 'error',
    title: 'The IPAM of a running shoot cannot be changed',
    reason:
      'Pods that run keep addresses that the new IPAM does not know and hands out again, and Calico’s migration container is not part of the installation.',
    remedy: 'Undo the change of ipam.type or vxlan.enabled, and create a new shoot for another IPAM.',
    page: 'docs/usage/calico.md#addresses-of-pods-and-nodes',
    verdict: 'calico B18',
  },
  'calico-ipam-cidr-without-effect': {
    severity: 'warning',
    title: 'ipam.cidr has no effect',
    reason:
      'The range is used by host-local in shoots with one IP family only. In dual-stack the ranges of the nodes are used, and calico-ipam takes addresses from the pool.',
    remedy: 'Remove ipam.cidr, which changes nothing.',
    page: 'docs/usage/calico.md#addresses-of-pods-and-nodes',
    verdict: 'calico B19',
  },
  'calico-ipip-left-on': {
    severity: 'warning',
    title: 'Felix keeps IPIP enabled although the pool uses VXLAN',
    reason:
      'Without an overlay setting the backend vxlan does not switch IPIP off in Felix, so each node has an unused IPIP device.',
    remedy: 'Nothing to do: the device is not used. Do not change overlay or vxlan in a running shoot because of it.',
    page: 'docs/usage/overlay-and-routes.md#configuring-the-overlay',
    verdict: 'calico O8',
  },
  'calico-ipv4-config-without-ipv4': {
    severity: 'error',
    title: 'IPv4 options in a shoot without IPv4',
    reason: 'The options would silently do nothing.',
    remedy: 'Remove the option, or add IPv4 to spec.networking.ipFamilies of the Shoot.',
    page: 'docs/usage/dual-stack-and-ipv6.md#calico',
  },
  'calico-ipv4-mode-without-effect': {
    severity: 'warning',
    title: 'ipv4.mode has no effect without a routing daemon',
    reason:
      'An IPIP pool is encapsulated by routes of BIRD, which does not run with backend none, so packets travel unencapsulated and the infrastructure has to route them.',
    remedy: 'Remove ipv4.mode, which changes nothing for packets.',
    page: 'docs/usage/overlay-and-routes.md#paths-of-calico',
    verdict: 'calico B19',
  },
  'calico-ipv6-config-pending': {
    severity: 'warning',
    title: 'IPv6 options wait for the dual-stack migration',
    reason:
      'Until every node has a range of both families, only the first family is configured (constraint DualStackNodesMigrationReady).',
    remedy: 'Nothing to do; the options take effect when the nodes have been rolled.',
    page: 'docs/usage/dual-stack-and-ipv6.md#from-ipv4-to-dual-stack',
  },
  'calico-ipv6-config-without-ipv6': {
    severity: 'error',
    title: 'IPv6 options in a shoot without IPv6',
    reason: 'The options would silently do nothing.',
    remedy: 'Remove the option, or add IPv6 to spec.networking.ipFamilies of the Shoot.',
    page: 'docs/usage/dual-stack-and-ipv6.md#calico',
  },
  'calico-ipv6-mode-without-effect': {
    severity: 'warning',
    title: 'ipv6.mode has no effect',
    reason: 'The mode of the IPv6 pool follows overlay alone, and the pool that is shipped never encapsulates.',
    remedy: 'Remove ipv6.mode.',
    page: 'docs/usage/dual-stack-and-ipv6.md#calico',
    verdict: 'calico B8',
  },
  'calico-ipv6-overrules-backend': {
    severity: 'warning',
    title: 'IPv6 wins over backend',
    reason:
      'Without an overlay setting, calico-node runs no routing daemon in shoots with IPv6; the routes come from the infrastructure.',
    remedy: 'Remove backend, which changes nothing.',
    page: 'docs/usage/dual-stack-and-ipv6.md#calico',
    verdict: 'calico O4',
  },
  'calico-kube-proxy-required': {
    severity: 'error',
    title: 'kube-proxy is off and nothing replaces it',
    reason:
      'Services are routed by kube-proxy or by Felix’ eBPF dataplane; without either no Service works in the shoot.',
    remedy: 'Enable ebpfDataplane in providerConfig, or kube-proxy in the Shoot.',
    page: 'docs/usage/ebpf-and-kube-proxy.md#calico',
  },
  'calico-mtu-large': {
    severity: 'warning',
    title: 'The MTU is larger than an interface can have',
    reason: 'The kernel takes no more than 65535 bytes, so that interfaces of pods cannot be made.',
    remedy: 'Use "0", which lets Calico find the MTU out, or a value that every link between nodes carries.',
    page: 'docs/usage/mtu.md#calico-vethmtu',
  },
  'calico-mtu-small': {
    severity: 'warning',
    title: 'The MTU is smaller than the protocol allows',
    reason: 'IPv6 needs 1280 bytes at least, IPv4 576; with less, the kernel takes the family off the interface.',
    remedy: 'Use "0", which lets Calico find the MTU out, or a value that every link between nodes carries.',
    page: 'docs/usage/mtu.md#calico-vethmtu',
  },
  'calico-option-without-effect': {
    severity: 'warning',
    title: 'An option has no effect because of another one',
    reason: 'The option belongs to a component or mode that another option switches off.',
    remedy: 'Remove the option, which changes nothing.',
    page: 'docs/usage/limits.md#options-without-an-effect',
  },
  'calico-overlay-change': {
    severity: 'warning',
    title: 'The change switches the encapsulation of a running shoot',
    reason:
      'Nodes are updated one after the other, and a node that encapsulates cannot communicate with a node that does not. Connections between pods of different nodes are interrupted until the last node is updated.',
    remedy:
      'Change it in a maintenance window. Before the overlay is disabled, verify that the infrastructure has a route for every node.',
    page: 'docs/usage/overlay-and-routes.md#switching-the-overlay-of-a-running-shoot',
  },
  'calico-overlay-overrules': {
    severity: 'warning',
    title: 'overlay wins over backend, ipv4.pool and ipv4.mode',
    reason:
      'When overlay is given, it decides the backend and, by an IPPool object, the encapsulation of the IPv4 pool.',
    remedy: 'Remove the option that is overruled, which changes nothing. Do not remove overlay from a running shoot.',
    page: 'docs/usage/overlay-and-routes.md#configuring-the-overlay',
    verdict: 'calico O4',
  },
  'calico-overlay-switch-unverified': {
    severity: 'error',
    title: 'It cannot be verified that the overlay may be switched off',
    reason:
      'Feature gate SeamlessOverlaySwitch turns the overlay off only after every node has its route; the present state or the nodes could not be read.',
    remedy:
      'Nothing is changed and the check is repeated; see that the API server of the shoot and the ManagedResource can be read.',
    page: 'docs/usage/overlay-and-routes.md#switching-the-overlay-of-a-running-shoot',
    verdict: 'calico B11',
  },
  'calico-overlay-switch-waiting': {
    severity: 'error',
    title: 'The overlay stays on until every node has its route',
    reason:
      'Pods of a node without a route in the infrastructure would lose their connections when the overlay goes away.',
    remedy: 'Nothing is changed and the check is repeated; the cloud controller manager creates the routes.',
    page: 'docs/usage/overlay-and-routes.md#switching-the-overlay-of-a-running-shoot',
  },
  'calico-overlay-without-ipv6': {
    severity: 'warning',
    title: 'The overlay does not carry IPv6, and with IPv6 its IPIP is off',
    reason:
      'IPIP carries IPv4 only. The IPv6 pool that is shipped never encapsulates, and where IPv6 is configured IPIP is switched off in Felix, although the IPv4 pool still asks for it.',
    remedy:
      'Nothing to do in an IPv6-only shoot with all nodes in one subnet. In a running shoot that becomes dual-stack, switch the encapsulation off first by overlay.enabled: false, in a network that routes the ranges of the nodes.',
    page: 'docs/usage/dual-stack-and-ipv6.md#calico',
    verdict: 'calico B8',
  },
  'calico-pod-range-unknown': {
    severity: 'warning',
    title: 'The pod range of a family is not known yet',
    reason:
      'Neither spec.podCIDR nor the shoot’s status.networking.pods has a range of the family, so its pool is left out for now.',
    remedy: 'Nothing to do; the infrastructure extension reports the range and the next reconciliation uses it.',
    page: 'docs/usage/dual-stack-and-ipv6.md#sources-of-the-ranges',
    verdict: 'calico B6',
  },
  'calico-pods-unreachable': {
    severity: 'error',
    title: 'Pods of different nodes cannot reach each other',
    reason:
      'Packets arrive only where the component that makes routes knows the addresses of pods, and where the encapsulation that the pool asks for is on. With this combination of options that is the case in no network, so that it is refused in new Shoots and as a change.',
    remedy: 'Change the option as the message says; docs/usage/overlay-and-routes.md has a table of all combinations.',
    page: 'docs/usage/overlay-and-routes.md#paths-of-calico',
    verdict: 'calico B17',
  },
  'calico-pods-unreachable-stored': {
    severity: 'warning',
    title: 'Pods of different nodes of this running shoot cannot reach each other',
    reason:
      'The Shoot was stored with a combination of options with which packets between nodes arrive in no network. It is not refused, since the shoot may have one node only, or routes that somebody else makes.',
    remedy:
      'If traffic between nodes is broken, change the option as the message says. In a running shoot this changes the addresses or the encapsulation of pods, so replace all nodes afterwards; if traffic works, somebody makes the routes by hand: change nothing.',
    page: 'docs/usage/overlay-and-routes.md#paths-of-calico',
    verdict: 'calico B17',
  },
  'calico-routes-one-subnet': {
    severity: 'warning',
    title: 'Routes to pods work only between nodes of one subnet',
    reason:
      'BIRD makes routes to pods with the other node as next hop. Without encapsulation, a router between the nodes must know these routes as well, and the infrastructure does not take them from BIRD.',
    remedy:
      'Nothing to do where all nodes are in one subnet. For several subnets, create the shoot with an encapsulation; do not change the mode in a running shoot with traffic that works.',
    page: 'docs/usage/overlay-and-routes.md#paths-of-calico',
  },
  'calico-vxlan-ipam': {
    severity: 'warning',
    title: 'vxlan brings calico-ipam',
    reason:
      'With vxlan.enabled addresses are assigned by calico-ipam, whatever ipam.type says; pools of running shoots depend on it.',
    remedy:
      'Set ipam.type: calico-ipam, which changes nothing. Do not disable vxlan in a running shoot: that changes its IPAM.',
    page: 'docs/usage/calico.md#overlay-and-routing',
    verdict: 'calico B9',
  },
  'calico-vxlan-without-ipv6': {
    severity: 'warning',
    title: 'vxlan.enabled has no effect on IPv6',
    reason: 'The IPv6 pool that is shipped never encapsulates, and IPv6-only shoots have no other pool.',
    remedy: 'Remove vxlan; in a running shoot with overlay.enabled: true leave both, since routes would change.',
    page: 'docs/usage/dual-stack-and-ipv6.md#calico',
    verdict: 'calico B9',
  },
  'calico-vxlan-without-overlay': {
    severity: 'warning',
    title: 'vxlan.enabled does not encapsulate with overlay.enabled: false',
    reason:
      'With overlay.enabled: false the pool encapsulates nothing, so that of VXLAN only its IPAM, calico-ipam, remains.',
    remedy:
      'Set ipam.type: calico-ipam in place of vxlan.enabled, which changes nothing. Do not just disable vxlan in a running shoot: that changes its IPAM.',
    page: 'docs/usage/calico.md#overlay-and-routing',
    verdict: 'calico B9',
  },
} as const satisfies DiagnosticRules;
