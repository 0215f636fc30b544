import type { DiagnosticRules } from '../../network/diagnostics.ts';

/** Findings that only Calico can have. Codes are part of the interface: they never change their meaning. */
export const calicoRules = {
  'calico-autodetection-overruled': {
    severity: 'warning',
    title: 'The node range of the shoot wins over ipv4.autoDetectionMethod',
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
    remedy: 'Remove birdExporter, or use a backend with bird (overlay.createPodRoutes, or overlay on without vxlan).',
    page: 'docs/usage/calico.md#optional-components',
    verdict: 'calico O6',
  },
  'calico-deprecated-without-effect': {
    severity: 'warning',
    title: 'A deprecated option has no effect',
    reason: 'ipip and ipAutodetectionMethod were replaced by the options of ipv4 and are not looked at any more.',
    remedy: 'Use ipv4.mode or ipv4.autoDetectionMethod and remove the deprecated option.',
    verdict: 'calico B7',
  },
  'calico-dns-policy-bypassed': {
    severity: 'warning',
    title: 'NetworkPolicies cannot block DNS requests to NodeLocalDNS',
    reason:
      'Without overlay snatToUpstreamDNS makes Felix append its chains to those of iptables; rules of NodeLocalDNS stand before them and accept the requests.',
    remedy:
      'Nothing to do where no policy has to block DNS; else set snatToUpstreamDNS.enabled: false if the nameservers of the nodes answer pods, or use the overlay, or disable NodeLocalDNS.',
    page: 'docs/usage/limits.md#dns-policies-with-calico',
  },
  'calico-ipip-left-on': {
    severity: 'warning',
    title: 'Felix keeps IPIP enabled although the pool uses VXLAN',
    reason:
      'Without an overlay setting the backend vxlan does not switch IPIP off in Felix, so each node has an unused IPIP device.',
    remedy: 'Set overlay.enabled: true together with vxlan.enabled: true, which configures both sides.',
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
    remedy: 'Remove backend, or give overlay, which decides the backend also with IPv6.',
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
  'calico-overlay-overrules': {
    severity: 'warning',
    title: 'overlay wins over backend and ipv4.mode',
    reason: 'When overlay is given, it decides the backend and, in shoots without IPv6, the mode of the IPv4 pool.',
    remedy: 'Remove the option that is overruled, or remove overlay.',
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
      'Set overlay.enabled: false where the infrastructure routes the ranges of the nodes, before IPv6 is added to a shoot that runs.',
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
  'calico-vxlan-ipam': {
    severity: 'warning',
    title: 'vxlan brings calico-ipam',
    reason:
      'With vxlan.enabled addresses are assigned by calico-ipam, whatever ipam.type says; pools of running shoots depend on it.',
    remedy: 'Set ipam.type: calico-ipam to say the same, or disable vxlan.',
    page: 'docs/usage/calico.md#overlay-and-routing',
    verdict: 'calico B9',
  },
  'calico-vxlan-without-ipv6': {
    severity: 'warning',
    title: 'vxlan.enabled has no effect on IPv6',
    reason: 'The IPv6 pool that is shipped never encapsulates, so only IPv4 traffic between nodes goes through VXLAN.',
    remedy: 'Nothing to do, if the infrastructure routes the IPv6 ranges of the nodes.',
    page: 'docs/usage/dual-stack-and-ipv6.md#calico',
    verdict: 'calico B9',
  },
  'calico-vxlan-without-overlay': {
    severity: 'warning',
    title: 'vxlan.enabled without overlay configures half of VXLAN',
    reason: 'The pool is named VXLAN, but Felix’ VXLAN is switched on only with overlay.enabled: true.',
    remedy: 'Set overlay.enabled: true, or disable vxlan.',
    page: 'docs/usage/calico.md#overlay-and-routing',
    verdict: 'calico B9',
  },
} as const satisfies DiagnosticRules;
