import type { Verdicts } from '../network/verdicts.ts';

/**
 * Decisions about the defects of the Go extension networking-cilium; those from 35 on follow from the source of Cilium. Diagnostics refer to them
 * (`cilium 12`), docs/reference/verdicts.md is generated from them, and test/parity/deviations.yaml contains their texts as reasons; tests verify
 * these references.
 */
export const ciliumVerdicts = {
  1: {
    decision: 'fix',
    what: 'The egress gateway is enabled by the key that Cilium reads, instead of a removed one.',
  },
  2: {
    decision: 'fix',
    what: 'The IPAM mode does not change if the shoot cannot be read: the last known mode is stored, for other seeds as well.',
  },
  3: {
    decision: 'fix',
    what: 'Checksums are computed from rendered objects, so that agents restart only when their configuration changes.',
  },
  4: { decision: 'fix', what: 'Runs share no mutable state; plans are pure functions.' },
  5: {
    decision: 'fix',
    what: 'No crashes: without a status the range is correct or the error is clear; a missing liveness probe remains missing.',
  },
  6: { decision: 'fix', what: 'Each family has its own native routing range, instead of one that agents reject.' },
  7: {
    decision: 'fix',
    what: 'Strict mode uses the IPv4 range; without one its keys are omitted, since agents reject an IPv6 range.',
  },
  8: {
    decision: 'fix',
    what: 'Encryption in any mode but wireguard is an error, instead of an invalid DaemonSet or no encryption.',
  },
  9: { decision: 'fix', what: 'Empty ipFamilies mean [IPv4], instead of a network without any family.' },
  10: { decision: 'fix', what: 'dsr depends on the enabled families, instead of the IPv4 range alone.' },
  11: {
    decision: 'fix',
    what: 'NodeLocalDNS binds to addresses of its family, and only the directives bind and health are changed.',
  },
  12: {
    decision: 'warn',
    what: 'k8sServiceHost without a port is ignored, the port of the advertised address is not used, agents get neither.',
  },
  13: {
    decision: 'fix',
    what: 'No empty range in a script, and no rules for nameservers of another family than the pod range.',
  },
  14: {
    decision: 'fix',
    what: 'An egress gateway without masquerading in eBPF remains disabled, since agents refuse to start with it; new configurations are rejected.',
  },
  15: { decision: 'warn', what: 'IPAM mode cluster-pool has fixed IPv6 ranges and node sizes.' },
  16: {
    decision: 'fix',
    what: 'The admission rejects the errors of the controller for both types, except unchanged errors of the stored Shoot; it never rejects a deletion; messages contain no internal names.',
  },
  17: { decision: 'fix', what: 'The chart sets the names that gardenlet and the process use for self-hosted shoots.' },
  18: {
    decision: 'fix',
    what: 'status.ipFamilies has the order of the families, and lastOperation the type of the operation.',
  },
  19: { decision: 'fix', what: 'Keys that Cilium does not know are omitted from its configuration.' },
  20: { decision: 'fix', what: 'No bindings to ClusterRoles that do not exist.' },
  21: {
    decision: 'keep',
    what: 'Ports and Service of Hubble’s metrics exist without Hubble, because Prometheus discovers the agents by that Service.',
  },
  22: {
    decision: 'fix',
    what: 'Hubble’s CronJob creates a new CA every four months, long before the old one ends; the Job reuses it, and certificates never outlive it.',
  },
  23: { decision: 'fix', what: 'Duplicate keys in rendered documents are errors.' },
  24: { decision: 'fix', what: 'Deletion never blocks a run that has a deadline.' },
  25: {
    decision: 'fix',
    what: 'ignore-operation-annotation watches Clusters, extension-classes is respected, examples work.',
  },
  26: {
    decision: 'warn',
    what: 'The webhook for NodeLocalDNS fails closed, so its objects cannot be changed while the extension is down.',
  },
  27: { decision: 'warn', what: 'IPVS with NodeLocalDNS is rejected only if kubeProxy.enabled is set.' },
  28: {
    decision: 'keep',
    what: 'Policies are applied together with the operator that installs their CRDs: the first apply of a shoot reports errors until it runs.',
  },
  29: {
    decision: 'fix',
    what: 'Labels that identify one rollout or one pod do not make identities: the file of label prefixes matches labels of pods, in ConfigMap cilium-label-prefixes.',
  },
  30: {
    decision: 'fix',
    what: 'BGP peers can have a password: agents read Secrets of a namespace of its own, cilium-bgp-secrets.',
  },
  31: { decision: 'keep', what: 'Masquerading in eBPF is enabled by default, not only with an overlay.' },
  32: {
    decision: 'fix',
    what: 'Lists of metrics without a misspelled and a duplicate name; correct keys and values of monitoring and relay.',
  },
  33: { decision: 'keep', what: 'AppArmor is set by annotations, which all supported versions of Kubernetes read.' },
  34: { decision: 'fix', what: 'The extension restarts when its configuration changes.' },
  35: {
    decision: 'fix',
    what: 'Masquerading in eBPF is disabled if nothing is masqueraded, since agents refuse to start with it.',
  },
  36: {
    decision: 'fix',
    what: 'Native routing with masquerading always has its range, since agents refuse to start without it.',
  },
  37: {
    decision: 'fix',
    what: 'dsr and hybrid fall back to snat with a tunnel and without kube-proxy, since agents refuse to start with them.',
  },
  38: {
    decision: 'fix',
    what: 'Strict mode with native routing allows nodes inside its range, since agents on them exit otherwise.',
  },
  39: {
    decision: 'fix',
    what: 'Tunnels of IPv6-only shoots use IPv6 between nodes, instead of discarding packets between nodes.',
  },
  40: {
    decision: 'fix',
    what: 'With exclusions only, agents detect the other devices, instead of refusing to start.',
  },
  41: {
    decision: 'fix',
    what: 'Envoy listens on addresses of the families of the shoot, instead of exiting without IPv6 and having no metrics without IPv4.',
  },
  42: {
    decision: 'fix',
    what: 'Ranges are rendered without host bits, with which strict mode of the encryption never drops a packet.',
  },
  43: {
    decision: 'fix',
    what: 'With createPodRoutes, nodes in other subnets are skipped, instead of being an error each.',
  },
  44: {
    decision: 'fix',
    what: 'The clean-up after kube-proxy holds the lock of iptables, and also covers the modes NFTables and IPVS.',
  },
  45: {
    decision: 'fix',
    what: 'Permissions and capabilities are those of Cilium’s chart: the operator deletes CiliumEndpointSlices, agents get SYSLOG, and Hubble’s user interface reads no policies.',
  },
  46: {
    decision: 'fix',
    what: 'No init container that writes a configuration which agents do not read.',
  },
  47: {
    decision: 'fix',
    what: 'An entry of devices with several names is split; new ones are rejected, since agents split some of them wrongly.',
  },
  48: {
    decision: 'fix',
    what: 'Changes of a running shoot that interrupt traffic are reported with the safe order: routing, kube-proxy, and strict mode together with the encryption.',
  },
  49: {
    decision: 'fix',
    what: 'Disabling the tunnel is refused if the IPAM mode of the shoot assigns addresses that the infrastructure does not route; stored cases are reported.',
  },
  50: {
    decision: 'fix',
    what: 'The keys of strict mode have the names that the next minor version of Cilium reads as well, since it ignores the older ones.',
  },
  51: {
    decision: 'fix',
    what: 'In self-hosted shoots without kube-proxy, agents and operator try the API server of their node and the external address, instead of a Service that does not work yet.',
  },
} as const satisfies Verdicts;
