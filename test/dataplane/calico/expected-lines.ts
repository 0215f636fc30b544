import type { ExpectedLine } from '../cni/log-lines.ts';

/** Lines of level warning or worse of calico-node and Typha in every class, with the reason why they are no fault of the configuration. */
export const calicoExpectedLines: readonly ExpectedLine[] = [
  {
    pattern: /Neither --kubeconfig nor --master was specified\. {2}Using the inClusterConfig/,
    reason: 'pods use the token of their ServiceAccount',
  },
  {
    pattern: /Can't enable XDP acceleration\. error=bpftool not found in \$PATH|Failed to run bpftool out=""/,
    reason: 'the machine has no bpftool; XDP serves policies of host endpoints only',
  },
  {
    pattern: /Failed to make sure that bpfin\.cali\/bpfout\.cali device is \(not\) present\. error=Link not found/,
    reason: 'Felix removes devices of an eBPF data plane that the node has never had',
  },
  {
    pattern:
      /(Error updating resource Key=ClusterInformation|Conflict while updating cluster information).*(has been modified|update conflict)/,
    reason: 'nodes that start at the same moment update the same object and repeat it',
  },
  {
    pattern: /local endpoints refer to missing or invalid profile.* profileID="ksa\.\S+\.default"/,
    reason:
      'no controller creates the ServiceAccount `default` of namespaces here; the profile of the namespace decides',
  },
  {
    pattern: /Failed to remove conntrack flows after retries.* error=exec: "conntrack": executable file not found/,
    reason: 'the machine has no conntrack, so that flows of removed addresses remain until they expire',
  },
];

/** Lines of configurations that request IPIP devices, as those without `overlay` do, on a kernel without them. */
export const ipipLines: readonly ExpectedLine[] = [
  {
    pattern: /Failed (to add|configure) IPIP tunnel device/,
    reason:
      '`FELIX_IPINIPENABLED` is on although no pool uses IPIP (`calico-ipip-left-on`), and the kernel has no IPIP',
  },
];
