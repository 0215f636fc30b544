import { kubernetesSemantics, type PolicySemantics } from './types.ts';

/** The CNIs whose rules this folder knows. */
export const cnis = ['calico', 'cilium'] as const;
export type Cni = (typeof cnis)[number];

/**
 * How the CNIs, as this extension configures them, read what the API leaves open. Quotes are from the sources of the shipped versions.
 *
 * Calico: ranges of a rule are compared with the addresses of packets, whosever they are (libcalico-go/lib/backend/k8s/conversion, `Nets`).
 * Packets of a pod for its node pass the policies of the pod, then FELIX_DEFAULTENDPOINTTOHOSTACTION (felix/rules/static.go,
 * filterWorkloadToHostChain). Packets of the node for its pods are not policed ("We don't currently police host -> endpoint", ibid.).
 *
 * Cilium: a range selects identities outside of the cluster, and nodes, since `policy-cidr-match-mode` is `nodes` (pkg/ipcache/metadata.go,
 * resolveLabels), but 0.0.0.0/0 and ::/0 are the entity `world`, to which nodes do not belong (pkg/policy/types/selector.go). The node reaches
 * its pods, because `allow-localhost` becomes `always` (daemon/cmd/daemon.go); egress to it needs a rule. The data plane tests measure all of
 * it, and Calico as well (docs/reference/dataplane.md#policies).
 */
export const cniSemantics: Readonly<Record<Cni, PolicySemantics>> = {
  calico: { ...kubernetesSemantics, ownNodeIsReachable: false },
  cilium: { ipBlockSelectsPods: false, ipBlockSelectsNodes: 'except-everything', ownNodeIsReachable: false },
};
