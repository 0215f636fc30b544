import type { Verdicts } from '../network/verdicts.ts';

/**
 * Decisions about the defects of the Go extension networking-calico. Diagnostics refer to them (`calico B7`), docs/reference/verdicts.md is
 * generated from them, and test/parity/deviations.yaml contains their texts as reasons; tests verify these references.
 */
export const calicoVerdicts = {
  B1: {
    decision: 'fix',
    what: 'A disabled kube-proxy with eBPF is valid regardless of its mode, which Gardener defaults even if kube-proxy is disabled.',
  },
  B2: {
    decision: 'fix',
    what: 'Empty ipFamilies mean [IPv4], with and without overlay, instead of a network without any family or a crash.',
  },
  B3: {
    decision: 'fix',
    what: 'Deletion and migration never decode providerConfig, so an undecodable one cannot block them.',
  },
  B4: {
    decision: 'fix',
    what: 'The ScrapeConfig of bird exists only with birdExporter; deletion removes all names that were ever created.',
  },
  B5: {
    decision: 'fix',
    what: 'Each family has its own pod range, instead of the Network’s range for IPv4 regardless of its family.',
  },
  B6: {
    decision: 'fix',
    what: 'IPv6-only shoots use spec.podCIDR; for an unknown range there is no pool and no variable, instead of empty ones.',
  },
  B7: { decision: 'warn', what: 'The deprecated ipip and ipAutodetectionMethod have no effect.' },
  B8: { decision: 'warn', what: 'ipv6.mode has no effect, and no overlay encapsulates IPv6.' },
  B9: {
    decision: 'warn',
    what: 'vxlan.enabled overrides an explicit host-local with calico-ipam, and is configured incompletely without overlay.',
  },
  B10: {
    decision: 'fix',
    what: 'ignore-operation-annotation watches Clusters, and extension-classes is respected.',
  },
  B11: {
    decision: 'fix',
    what: 'If the current state of the overlay cannot be read, it remains; for a hibernated shoot this is no error.',
  },
  B12: {
    decision: 'fix',
    what: 'The admission rejects the errors of the controller, except unchanged errors of the stored Shoot; it never rejects a deletion.',
  },
  B13: {
    decision: 'keep',
    what: 'In mode vpa, resources.node sets requests and lower bound, resources.typha only the lower bound.',
  },
  B14: { decision: 'keep', what: 'WireGuard is enabled for both families regardless of those of the shoot.' },
  B15: { decision: 'fix', what: 'The user’s autodetection method applies if no node range of its family is known.' },
  B16: {
    decision: 'fix',
    what: 'ipam.cidr: usePodCidr means the IPv6 range of the node in IPv6-only shoots, where the CNI plugin found no IPv4 range and no pod started.',
  },
  B17: {
    decision: 'warn',
    what: 'Combinations of IPAM, overlay, backend and IP families with which no packet reaches pods of other nodes are rejected in new Shoots and reported in stored ones.',
  },
  B18: {
    decision: 'fix',
    what: 'A change of the IPAM of a running shoot is rejected, including a change by vxlan.enabled.',
  },
  B19: {
    decision: 'warn',
    what: 'ipam.cidr in dual-stack or with calico-ipam, and ipv4.mode with backend none, have no effect.',
  },
  B20: {
    decision: 'fix',
    what: 'eBPF with kube-proxy in mode IPVS is rejected as a change of a running shoot, and reported in others.',
  },
  B21: {
    decision: 'fix',
    what: 'The privileged calico-node always mounts the eBPF file system of the node, so that its programs can be removed when eBPF is disabled.',
  },
  B22: {
    decision: 'fix',
    what: 'network-unavailable-condition-ensurer completes the start-up as well, since -startup alone no longer sets the condition.',
  },
  B23: {
    decision: 'fix',
    what: 'vethMTU sets the MTU of IPv6 tunnels as well, and IPv6-only shoots have no unused IPv4 pool.',
  },
  B24: {
    decision: 'fix',
    what: 'In self-hosted shoots the health port of Felix’ eBPF is 10268, since kube-controller-manager has 10257 on the same nodes.',
  },
  B25: {
    decision: 'fix',
    what: 'The ScrapeConfig of typha exists only with typha, as in networking-calico since September 2026.',
  },
  B26: {
    decision: 'fix',
    what: 'Typha, or calico-node without typha, restarts after a migration of the control plane, and typha after the switch to a highly available one, as in networking-calico since September 2026.',
  },
  O1: { decision: 'fix', what: 'Messages have a fixed order.' },
  O2: { decision: 'fix', what: 'Paths in messages are equal to the names of the fields.' },
  O3: { decision: 'warn', what: 'The node range overrides the user’s IPv4 autodetection method.' },
  O4: { decision: 'warn', what: 'overlay overrides backend and ipv4.mode.' },
  O5: { decision: 'fix', what: 'Routes of bird are not cleaned up with createPodRoutes.' },
  O6: { decision: 'warn', what: 'birdExporter is accepted without bird.' },
  O7: {
    decision: 'keep',
    what: 'Services for monitoring, and typha’s NetworkPolicy, exist even without their pods.',
  },
  O8: { decision: 'warn', what: 'Felix keeps IPIP enabled with backend and pool vxlan if overlay is not set.' },
  O9: { decision: 'fix', what: 'CALICO_IPV4POOL_IPIP is set once: to Never with overlay and vxlan.' },
  O10: { decision: 'warn', what: 'autoScaling settings without effect in the mode or the shoot are accepted.' },
  O11: { decision: 'keep', what: 'calico-kube-controllers is missing with backend none.' },
  O12: { decision: 'keep', what: 'Typha shares the cluster role of calico-node.' },
  O13: { decision: 'fix', what: 'A Shoot without spec.networking causes no crash.' },
  O14: { decision: 'fix', what: 'lastOperation is written once, at the end, with the type of the operation.' },
  O15: { decision: 'keep', what: 'The pod template of calico-kube-controllers has a name and a namespace.' },
  O16: { decision: 'keep', what: 'Helper containers have no resource requests.' },
  O17: { decision: 'fix', what: 'Examples and documentation mention only existing features, and are tested.' },
  O18: { decision: 'fix', what: 'Controller, admission and command line have the same decoder.' },
  O19: { decision: 'keep', what: 'The cni-plugins image is that of Gardener, for amd64 only.' },
  O20: { decision: 'fix', what: 'Manifests are stored compressed, which reduces their size to a tenth.' },
  O21: { decision: 'fix', what: 'The status contains the applied configuration.' },
  O22: {
    decision: 'keep',
    what: 'The unprivileged calico-node mounts complete folders of the host and has privileged init containers.',
  },
} as const satisfies Verdicts;
