import type { DiagnosticRules } from '../../network/diagnostics.ts';

/** The rules of Calico. Codes are part of the interface: their meaning never changes. */
export const calicoRules = {
  'calico-autodetection-overruled': {
    severity: 'warning',
    title: 'The node range of the shoot overrides autoDetectionMethod',
    reason:
      'If the range of the nodes is known, calico-node detects its address by that range, and the option is not used.',
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
    title: 'autoScaling.mode vpa requires the vertical pod autoscaler of the shoot',
    reason:
      'Without a vertical pod autoscaler in the shoot nothing applies recommendations, so cluster-proportional is used.',
    remedy: 'Enable spec.kubernetes.verticalPodAutoscaler in the Shoot, or choose another mode.',
    page: 'docs/usage/calico.md#typha-and-resource-requests',
    verdict: 'calico O10',
  },
  'calico-bird-exporter-unprivileged': {
    severity: 'warning',
    title: 'birdExporter is omitted with an unprivileged calico-node',
    reason:
      'The socket of bird belongs to root and cannot be shared with the exporter while feature gate NonPrivilegedCalicoNode is enabled.',
    remedy: 'Remove birdExporter, or ask the operator of the landscape for the privileged calico-node.',
    page: 'docs/usage/calico.md#optional-components',
  },
  'calico-bird-exporter-without-bird': {
    severity: 'warning',
    title: 'birdExporter requires backend bird',
    reason: 'The exporter reads the socket of bird, which runs only with backend bird.',
    remedy:
      'Remove birdExporter. Backends with bird are those of overlay.createPodRoutes, and of overlay.enabled without vxlan; do not change a running shoot for this.',
    page: 'docs/usage/calico.md#optional-components',
    verdict: 'calico O6',
  },
  'calico-deprecated-without-effect': {
    severity: 'warning',
    title: 'A deprecated option has no effect',
    reason: 'ipip and ipAutodetectionMethod were replaced by options of ipv4, and are ignored.',
    remedy:
      'Remove the deprecated option, which changes nothing. ipv4.autoDetectionMethod replaces ipAutodetectionMethod; ipv4.mode replaces ipip, and changes the encapsulation of a running shoot.',
    verdict: 'calico B7',
  },
  'calico-dns-policy-bypassed': {
    severity: 'warning',
    title: 'NetworkPolicies cannot block DNS requests to NodeLocalDNS',
    reason:
      'Without an overlay, snatToUpstreamDNS makes Felix append its chains to those of iptables, after the rules of NodeLocalDNS, which accept the requests.',
    remedy:
      'No action is required if no policy has to block DNS; otherwise set snatToUpstreamDNS.enabled: false if the nameservers of the nodes answer pods, or disable NodeLocalDNS. A new shoot may use the overlay, which would interrupt connections in a running shoot.',
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
      'Felix translates the address of the Service kube-dns in eBPF before packets reach the address that NodeLocalDNS binds on the node, so pods query CoreDNS directly.',
    remedy:
      'No action is required if the cache is not needed; otherwise annotate the Service kube-system/kube-dns with projectcalico.org/natExcludeService: "true", or disable NodeLocalDNS.',
    page: 'docs/usage/ebpf-and-kube-proxy.md#nodelocaldns',
  },
  'calico-ebpf-off': {
    severity: 'warning',
    title: 'Disabling eBPF requires new nodes if an earlier version enabled it',
    reason:
      'When calico-node starts without eBPF, it removes its programs if the eBPF file system of the node is mounted. Earlier versions did not mount it; remaining programs enforce the last policies beside iptables.',
    remedy:
      'Enable kube-proxy first, and let this version reconcile the shoot once with eBPF enabled; then disable eBPF, and replace the nodes if policies behave unexpectedly.',
    page: 'docs/usage/ebpf-and-kube-proxy.md#calico',
    verdict: 'calico B21',
  },
  'calico-ipam-change': {
    severity: 'error',
    title: 'The IPAM of a running shoot cannot be changed',
    reason:
      'The new IPAM does not know the addresses of running pods and would assign them again; Calico’s migration container is not installed.',
    remedy: 'Undo the change of ipam.type or vxlan.enabled, and create a new shoot for another IPAM.',
    page: 'docs/usage/calico.md#addresses-of-pods-and-nodes',
    verdict: 'calico B18',
  },
  'calico-ipam-cidr-without-effect': {
    severity: 'warning',
    title: 'ipam.cidr has no effect',
    reason:
      'Only host-local in shoots with one IP family uses the range. Dual-stack shoots use the ranges of the nodes, and calico-ipam assigns addresses of the pool.',
    remedy: 'Remove ipam.cidr, which changes nothing.',
    page: 'docs/usage/calico.md#addresses-of-pods-and-nodes',
    verdict: 'calico B19',
  },
  'calico-ipip-left-on': {
    severity: 'warning',
    title: 'Felix keeps IPIP enabled although the pool uses VXLAN',
    reason:
      'Without overlay, the backend vxlan does not disable IPIP in Felix, so each node has an unused IPIP device.',
    remedy:
      'No action is required, since the device is not used. Do not change overlay or vxlan in a running shoot for this.',
    page: 'docs/usage/overlay-and-routes.md#configuring-the-overlay',
    verdict: 'calico O8',
  },
  'calico-ipv4-config-pending': {
    severity: 'warning',
    title: 'IPv4 options take effect after the dual-stack migration',
    reason:
      'Until every node has a range of both families, only the first family is configured (constraint DualStackNodesMigrationReady).',
    remedy: 'No action is required; the options take effect when the nodes have been rolled.',
    page: 'docs/usage/dual-stack-and-ipv6.md#from-ipv4-to-dual-stack',
  },
  'calico-ipv4-config-without-ipv4': {
    severity: 'error',
    title: 'IPv4 options in a shoot without IPv4',
    reason: 'The options would have no effect.',
    remedy: 'Remove the option, or add IPv4 to spec.networking.ipFamilies of the Shoot.',
    page: 'docs/usage/dual-stack-and-ipv6.md#calico',
  },
  'calico-ipv4-mode-without-effect': {
    severity: 'warning',
    title: 'ipv4.mode has no effect without a routing daemon',
    reason:
      'Routes of BIRD encapsulate packets of an IPIP pool, and BIRD does not run with backend none, so packets are not encapsulated and the infrastructure has to route them.',
    remedy: 'Remove ipv4.mode, which changes nothing for packets.',
    page: 'docs/usage/overlay-and-routes.md#paths-of-calico',
    verdict: 'calico B19',
  },
  'calico-ipv6-config-pending': {
    severity: 'warning',
    title: 'IPv6 options take effect after the dual-stack migration',
    reason:
      'Until every node has a range of both families, only the first family is configured (constraint DualStackNodesMigrationReady).',
    remedy: 'No action is required; the options take effect when the nodes have been rolled.',
    page: 'docs/usage/dual-stack-and-ipv6.md#from-ipv4-to-dual-stack',
  },
  'calico-ipv6-config-without-ipv6': {
    severity: 'error',
    title: 'IPv6 options in a shoot without IPv6',
    reason: 'The options would have no effect.',
    remedy: 'Remove the option, or add IPv6 to spec.networking.ipFamilies of the Shoot.',
    page: 'docs/usage/dual-stack-and-ipv6.md#calico',
  },
  'calico-ipv6-mode-without-effect': {
    severity: 'warning',
    title: 'ipv6.mode has no effect',
    reason: 'The mode of the IPv6 pool depends on overlay alone, and the pool never encapsulates.',
    remedy: 'Remove ipv6.mode.',
    page: 'docs/usage/dual-stack-and-ipv6.md#calico',
    verdict: 'calico B8',
  },
  'calico-ipv6-overrules-backend': {
    severity: 'warning',
    title: 'IPv6 overrides backend',
    reason:
      'Without overlay, calico-node runs no routing daemon in shoots with IPv6; the infrastructure provides the routes.',
    remedy: 'Remove backend, which changes nothing.',
    page: 'docs/usage/dual-stack-and-ipv6.md#calico',
    verdict: 'calico O4',
  },
  'calico-kube-proxy-required': {
    severity: 'error',
    title: 'kube-proxy is disabled without a replacement',
    reason: 'kube-proxy or Felix’ eBPF dataplane handles Services; without either, no Service works in the shoot.',
    remedy: 'Enable ebpfDataplane in providerConfig, or kube-proxy in the Shoot.',
    page: 'docs/usage/ebpf-and-kube-proxy.md#calico',
  },
  'calico-mtu-large': {
    severity: 'warning',
    title: 'The MTU is larger than an interface can have',
    reason: 'The kernel supports at most 65535 bytes, so interfaces of pods cannot be created.',
    remedy: 'Use "0", with which Calico detects the MTU, or a value that every link between nodes supports.',
    page: 'docs/usage/mtu.md#calico-vethmtu',
  },
  'calico-mtu-small': {
    severity: 'warning',
    title: 'The MTU is smaller than the protocol allows',
    reason: 'IPv6 requires at least 1280 bytes, IPv4 576; with less, the kernel disables the family on the interface.',
    remedy: 'Use "0", with which Calico detects the MTU, or a value that every link between nodes supports.',
    page: 'docs/usage/mtu.md#calico-vethmtu',
  },
  'calico-option-without-effect': {
    severity: 'warning',
    title: 'An option has no effect because of another one',
    reason: 'The option applies to a component or mode that another option disables.',
    remedy: 'Remove the option, which changes nothing.',
    page: 'docs/usage/limits.md#options-without-an-effect',
  },
  'calico-overlay-change': {
    severity: 'warning',
    title: 'The encapsulation of a running shoot changes',
    reason:
      'Nodes are updated one after the other, and a node that encapsulates cannot communicate with a node that does not. Connections between pods of different nodes are interrupted until the last node is updated.',
    remedy:
      'Change it in a maintenance window. Before the overlay is disabled, verify that the infrastructure has a route for every node.',
    page: 'docs/usage/overlay-and-routes.md#switching-the-overlay-of-a-running-shoot',
  },
  'calico-overlay-overrules': {
    severity: 'warning',
    title: 'overlay overrides backend, ipv4.pool and ipv4.mode',
    reason: 'If overlay is set, it decides the backend and, by an IPPool object, the encapsulation of the IPv4 pool.',
    remedy: 'Remove the overridden option, which changes nothing. Do not remove overlay from a running shoot.',
    page: 'docs/usage/overlay-and-routes.md#configuring-the-overlay',
    verdict: 'calico O4',
  },
  'calico-overlay-switch-unverified': {
    severity: 'error',
    title: 'Cannot verify that the overlay may be disabled',
    reason:
      'Feature gate SeamlessOverlaySwitch disables the overlay only after every node has its route; the current state or the nodes could not be read.',
    remedy:
      'Nothing is changed until the retry succeeds; check that the API server of the shoot and the ManagedResource can be read.',
    page: 'docs/usage/overlay-and-routes.md#switching-the-overlay-of-a-running-shoot',
    verdict: 'calico B11',
  },
  'calico-overlay-switch-waiting': {
    severity: 'error',
    title: 'The overlay remains enabled until every node has its route',
    reason: 'Without the overlay, pods of a node without a route in the infrastructure would lose their connections.',
    remedy: 'Nothing is changed until the retry succeeds; the cloud controller manager creates the routes.',
    page: 'docs/usage/overlay-and-routes.md#switching-the-overlay-of-a-running-shoot',
  },
  'calico-overlay-without-ipv6': {
    severity: 'warning',
    title: 'The overlay does not encapsulate IPv6, and IPv6 disables IPIP',
    reason:
      'IPIP supports IPv4 only. The IPv6 pool never encapsulates, and with IPv6 IPIP is disabled in Felix, although the IPv4 pool still requests it.',
    remedy:
      'No action is required in an IPv6-only shoot with all nodes in one subnet. Before a running shoot becomes dual-stack, disable the encapsulation by overlay.enabled: false, in a network that routes the ranges of the nodes.',
    page: 'docs/usage/dual-stack-and-ipv6.md#calico',
    verdict: 'calico B8',
  },
  'calico-pod-range-unknown': {
    severity: 'warning',
    title: 'The pod range of a family is not known yet',
    reason:
      'Neither spec.podCIDR nor the shoot’s status.networking.pods has a range of the family, so its pool is omitted for now.',
    remedy:
      'No action is required; the infrastructure extension reports the range, and the next reconciliation uses it.',
    page: 'docs/usage/dual-stack-and-ipv6.md#sources-of-the-ranges',
    verdict: 'calico B6',
  },
  'calico-pods-unreachable': {
    severity: 'error',
    title: 'Pods of different nodes cannot reach each other',
    reason:
      'Packets arrive only if the component that creates routes knows the addresses of pods, and if the encapsulation of the pool is enabled. With this combination of options this is the case in no network, so it is rejected in new Shoots and as a change.',
    remedy: 'Change the option as the message says; docs/usage/overlay-and-routes.md contains a table of combinations.',
    page: 'docs/usage/overlay-and-routes.md#paths-of-calico',
    verdict: 'calico B17',
  },
  'calico-pods-unreachable-stored': {
    severity: 'warning',
    title: 'Pods of different nodes of this running shoot cannot reach each other',
    reason:
      'With the combination of options in the stored Shoot, packets between nodes arrive in no network. It is not rejected, since the shoot may have only one node, or routes from another source.',
    remedy:
      'If traffic between nodes is broken, change the option as the message says. In a running shoot this changes the addresses or the encapsulation of pods, so replace all nodes afterwards. If traffic works, the routes have another source: change nothing.',
    page: 'docs/usage/overlay-and-routes.md#paths-of-calico',
    verdict: 'calico B17',
  },
  'calico-routes-one-subnet': {
    severity: 'warning',
    title: 'Routes to pods work only between nodes of one subnet',
    reason:
      'BIRD creates routes to pods with the other node as next hop. Without encapsulation, a router between the nodes must have these routes as well, and the infrastructure does not import them from BIRD.',
    remedy:
      'No action is required if all nodes are in one subnet. For several subnets, create the shoot with an encapsulation; do not change the mode of a running shoot with working traffic.',
    page: 'docs/usage/overlay-and-routes.md#paths-of-calico',
  },
  'calico-vxlan-ipam': {
    severity: 'warning',
    title: 'vxlan.enabled forces ipam.type calico-ipam',
    reason:
      'With vxlan.enabled, calico-ipam assigns addresses regardless of ipam.type; pools of running shoots depend on it.',
    remedy:
      'Set ipam.type: calico-ipam, which changes nothing. Do not disable vxlan in a running shoot, which would change its IPAM.',
    page: 'docs/usage/calico.md#overlay-and-routing',
    verdict: 'calico B9',
  },
  'calico-vxlan-without-ipv6': {
    severity: 'warning',
    title: 'vxlan.enabled has no effect on IPv6',
    reason: 'The IPv6 pool never encapsulates, and IPv6-only shoots have no other pool.',
    remedy: 'Remove vxlan; do not change a running shoot with overlay.enabled: true, since its routes would change.',
    page: 'docs/usage/dual-stack-and-ipv6.md#calico',
    verdict: 'calico B9',
  },
  'calico-vxlan-without-overlay': {
    severity: 'warning',
    title: 'vxlan.enabled does not encapsulate with overlay.enabled: false',
    reason:
      'With overlay.enabled: false the pool does not encapsulate, so vxlan.enabled only enables its IPAM, calico-ipam.',
    remedy:
      'Set ipam.type: calico-ipam in place of vxlan.enabled, which changes nothing. Do not just disable vxlan in a running shoot, which would change its IPAM.',
    page: 'docs/usage/calico.md#overlay-and-routing',
    verdict: 'calico B9',
  },
} as const satisfies DiagnosticRules;
