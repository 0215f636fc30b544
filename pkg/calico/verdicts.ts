import type { Verdicts } from '../network/verdicts.ts';

/**
 * The oddities of the Go extension networking-calico and what becomes of each. Diagnostics name them (`calico B7`), docs/reference/verdicts.md is
 * generated from here, and test/parity/deviations.yaml gives these texts as reasons; tests tie all of them together.
 */
export const calicoVerdicts = {
  B1: {
    decision: 'fix',
    what: 'kube-proxy off with eBPF on is valid whatever its mode says: Gardener sets a mode even where kube-proxy is off.',
  },
  B2: {
    decision: 'fix',
    what: 'Empty ipFamilies mean [IPv4], with and without overlay, in place of a network without any family or a crash.',
  },
  B3: {
    decision: 'fix',
    what: 'Deletion and migration never decode providerConfig, so an undecodable one cannot block them.',
  },
  B4: {
    decision: 'fix',
    what: 'The ScrapeConfig of bird exists only with birdExporter; deletion removes every name that was ever made.',
  },
  B5: {
    decision: 'fix',
    what: 'Each family takes its own pod range, in place of the Network’s range for IPv4 whatever its family is.',
  },
  B6: {
    decision: 'fix',
    what: 'IPv6-only uses spec.podCIDR; a range that is not known gives no pool and no variable, in place of empty ones.',
  },
  B7: { decision: 'warn', what: 'The deprecated ipip and ipAutodetectionMethod have no effect.' },
  B8: { decision: 'warn', what: 'ipv6.mode has no effect, and no overlay encapsulates IPv6.' },
  B9: {
    decision: 'warn',
    what: 'vxlan.enabled brings calico-ipam over an explicit host-local, and is half configured without overlay.',
  },
  B10: {
    decision: 'fix',
    what: 'ignore-operation-annotation really watches Clusters, and extension-classes is honoured.',
  },
  B11: {
    decision: 'fix',
    what: 'If the present state of the overlay cannot be read, it stays; a hibernated shoot is no error.',
  },
  B12: {
    decision: 'fix',
    what: 'The admission refuses what the controller would; what was stored and did not change is not refused again, deletion never is.',
  },
  B13: {
    decision: 'keep',
    what: 'In mode vpa, resources.node are requests and lower bound, resources.typha only the lower bound.',
  },
  B14: { decision: 'keep', what: 'WireGuard is switched on for both families whatever the shoot has.' },
  B15: { decision: 'fix', what: 'The user’s autodetection method holds where no node range of its family is known.' },
  B16: {
    decision: 'fix',
    what: 'ipam.cidr: usePodCidr means the IPv6 range of the node in IPv6-only shoots, where the CNI plugin found no IPv4 range and no pod started.',
  },
  B17: {
    decision: 'warn',
    what: 'Combinations of IPAM, overlay, backend and IP families with which no packet reaches pods of other nodes are refused in new Shoots and reported in stored ones.',
  },
  B18: { decision: 'fix', what: 'Another IPAM in a running shoot is refused, also when vxlan.enabled brings it.' },
  B19: {
    decision: 'warn',
    what: 'ipam.cidr in dual-stack or with calico-ipam, and ipv4.mode with backend none, have no effect.',
  },
  B20: {
    decision: 'fix',
    what: 'eBPF over kube-proxy in mode IPVS is refused as a change of a running shoot, and reported in others.',
  },
  B21: {
    decision: 'fix',
    what: 'The privileged calico-node mounts the eBPF file system of the node always, so that its programs can be removed when eBPF is disabled.',
  },
  B22: {
    decision: 'fix',
    what: 'network-unavailable-condition-ensurer completes the start-up as well, since -startup alone does not set the condition any more.',
  },
  B23: {
    decision: 'fix',
    what: 'vethMTU sets the MTU of the IPv6 tunnels, too, and IPv6-only shoots get no IPv4 pool that nobody uses.',
  },
  B24: {
    decision: 'fix',
    what: 'In self-hosted shoots the health port of Felix’ eBPF is 10268, since kube-controller-manager has 10257 on the same nodes.',
  },
  O1: { decision: 'fix', what: 'Messages come in a fixed order.' },
  O2: { decision: 'fix', what: 'Paths in messages are spelled like the fields.' },
  O3: { decision: 'warn', what: 'The node range overrules the user’s IPv4 autodetection method.' },
  O4: { decision: 'warn', what: 'overlay replaces backend and ipv4.mode.' },
  O5: { decision: 'fix', what: 'Routes of bird are not cleaned up where createPodRoutes wants them.' },
  O6: { decision: 'warn', what: 'birdExporter is accepted where no bird runs.' },
  O7: {
    decision: 'keep',
    what: 'Services for monitoring, and typha’s NetworkPolicy, exist also where their pods do not.',
  },
  O8: { decision: 'warn', what: 'Felix keeps IPIP enabled with backend and pool vxlan while overlay is not given.' },
  O9: { decision: 'fix', what: 'CALICO_IPV4POOL_IPIP is set once: overlay with vxlan says Never.' },
  O10: { decision: 'warn', what: 'autoScaling settings that the mode or the shoot makes ineffective are accepted.' },
  O11: { decision: 'keep', what: 'calico-kube-controllers is missing with backend none.' },
  O12: { decision: 'keep', what: 'Typha shares the cluster role of calico-node.' },
  O13: { decision: 'fix', what: 'A Shoot without spec.networking is no crash.' },
  O14: { decision: 'fix', what: 'lastOperation is written once, at the end, with the type of the operation.' },
  O15: { decision: 'keep', what: 'The pod template of calico-kube-controllers carries a name and a namespace.' },
  O16: { decision: 'keep', what: 'Helper containers have no resources.' },
  O17: { decision: 'fix', what: 'Examples and documentation name only what exists, and are tested.' },
  O18: { decision: 'fix', what: 'There is one decoder for the controller, the admission and the command line.' },
  O19: { decision: 'keep', what: 'The cni-plugins image is the one that Gardener releases, for amd64 only.' },
  O20: { decision: 'fix', what: 'Manifests are stored compressed, at a tenth of their size.' },
  O21: { decision: 'fix', what: 'The status says what is applied.' },
  O22: {
    decision: 'keep',
    what: 'The unprivileged calico-node mounts whole folders of the host and keeps privileged init containers.',
  },
} as const satisfies Verdicts;
