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
    remedy: 'Remove birdExporter, or use a backend with bird (overlay.createPodRoutes, or overlay on without vxlan).',
    page: 'docs/usage/calico.md#optional-components',
    verdict: 'calico O6',
  },
  'calico-deprecated-without-effect': {
    severity: 'warning',
    title: 'A deprecated option has no effect',
    reason: 'ipip and ipAutodetectionMethod were replaced by options of ipv4, and are ignored.',
    remedy: 'Use ipv4.mode or ipv4.autoDetectionMethod and remove the deprecated option.',
    verdict: 'calico B7',
  },
  'calico-dns-policy-bypassed': {
    severity: 'warning',
    title: 'NetworkPolicies cannot block DNS requests to NodeLocalDNS',
    reason:
      'Without an overlay, snatToUpstreamDNS makes Felix append its chains to those of iptables, after the rules of NodeLocalDNS, which accept the requests.',
    remedy:
      'No action is required if no policy has to block DNS; otherwise set snatToUpstreamDNS.enabled: false if the nameservers of the nodes answer pods, or use the overlay, or disable NodeLocalDNS.',
    page: 'docs/usage/limits.md#dns-policies-with-calico',
  },
  'calico-ipip-left-on': {
    severity: 'warning',
    title: 'Felix keeps IPIP enabled although the pool uses VXLAN',
    reason:
      'Without overlay, the backend vxlan does not disable IPIP in Felix, so each node has an unused IPIP device.',
    remedy: 'Set overlay.enabled: true together with vxlan.enabled: true, which configures both sides.',
    page: 'docs/usage/overlay-and-routes.md#configuring-the-overlay',
    verdict: 'calico O8',
  },
  'calico-ipv4-config-without-ipv4': {
    severity: 'error',
    title: 'IPv4 options in a shoot without IPv4',
    reason: 'The options would have no effect.',
    remedy: 'Remove the option, or add IPv4 to spec.networking.ipFamilies of the Shoot.',
    page: 'docs/usage/dual-stack-and-ipv6.md#calico',
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
    remedy: 'Remove backend, or set overlay, which decides the backend in shoots with IPv6 as well.',
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
  'calico-overlay-overrules': {
    severity: 'warning',
    title: 'overlay overrides backend and ipv4.mode',
    reason: 'If overlay is set, it decides the backend and, in shoots without IPv6, the mode of the IPv4 pool.',
    remedy: 'Remove the overridden option, or remove overlay.',
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
      'Set overlay.enabled: false if the infrastructure routes the ranges of the nodes, before adding IPv6 to a running shoot.',
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
  'calico-vxlan-ipam': {
    severity: 'warning',
    title: 'vxlan.enabled forces ipam.type calico-ipam',
    reason:
      'With vxlan.enabled, calico-ipam assigns addresses regardless of ipam.type; pools of running shoots depend on it.',
    remedy: 'Set ipam.type: calico-ipam explicitly, or disable vxlan.',
    page: 'docs/usage/calico.md#overlay-and-routing',
    verdict: 'calico B9',
  },
  'calico-vxlan-without-ipv6': {
    severity: 'warning',
    title: 'vxlan.enabled has no effect on IPv6',
    reason: 'The IPv6 pool never encapsulates, so VXLAN carries only IPv4 traffic between nodes.',
    remedy: 'No action is required if the infrastructure routes the IPv6 ranges of the nodes.',
    page: 'docs/usage/dual-stack-and-ipv6.md#calico',
    verdict: 'calico B9',
  },
  'calico-vxlan-without-overlay': {
    severity: 'warning',
    title: 'vxlan.enabled without overlay configures VXLAN incompletely',
    reason: 'The pool uses VXLAN, but Felix enables VXLAN only with overlay.enabled: true.',
    remedy: 'Set overlay.enabled: true, or disable vxlan.',
    page: 'docs/usage/calico.md#overlay-and-routing',
    verdict: 'calico B9',
  },
} as const satisfies DiagnosticRules;
