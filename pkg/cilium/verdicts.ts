import type { Verdicts } from '../network/verdicts.ts';

/**
 * The oddities of the Go extension networking-cilium and what becomes of each (from 35 on what only the source of Cilium shows). Diagnostics name them (`cilium 12`), docs/reference/verdicts.md is generated from here, and test/parity/deviations.yaml gives these
 * texts as reasons; tests tie all of them together.
 */
export const ciliumVerdicts = {
  1: {
    decision: 'fix',
    what: 'The egress gateway is switched on by the key that Cilium reads, in place of one that it dropped.',
  },
  2: {
    decision: 'fix',
    what: 'The IPAM mode never flips because the shoot cannot be read: the last known one is remembered, also in another seed.',
  },
  3: {
    decision: 'fix',
    what: 'Checksums are taken over what is rendered, so that agents restart exactly when their configuration changes.',
  },
  4: { decision: 'fix', what: 'Nothing is shared between runs that one of them writes; plans are pure functions.' },
  5: {
    decision: 'fix',
    what: 'No crashes: a missing status gives the right range or a clear error, a missing liveness probe is left missing.',
  },
  6: { decision: 'fix', what: 'Each family takes its own native routing range, in place of one that agents refuse.' },
  7: {
    decision: 'fix',
    what: 'Strict mode takes the IPv4 range; without one its keys are left out, since agents refuse an IPv6 range.',
  },
  8: {
    decision: 'fix',
    what: 'Encryption in any mode but wireguard is a configuration problem, in place of an invalid DaemonSet or no encryption.',
  },
  9: { decision: 'fix', what: 'Empty ipFamilies mean [IPv4], in place of a network without any family.' },
  10: { decision: 'fix', what: 'dsr looks at the families that are on, in place of the IPv4 range alone.' },
  11: {
    decision: 'fix',
    what: 'NodeLocalDNS binds to the addresses of its family, and only the directives bind and health are rewritten.',
  },
  12: {
    decision: 'warn',
    what: 'k8sServiceHost without a port is ignored, the port of the advertised address is dropped, agents get neither.',
  },
  13: {
    decision: 'fix',
    what: 'No empty range in a script, no rules for nameservers of a family that the pod range is not of.',
  },
  14: {
    decision: 'fix',
    what: 'An egress gateway without masquerading in eBPF stays off, since agents refuse it; new configurations are refused.',
  },
  15: { decision: 'warn', what: 'IPAM mode cluster-pool has fixed IPv6 ranges and node sizes.' },
  16: {
    decision: 'fix',
    what: 'The admission refuses what the controller would, for both types; what was stored and did not change is not refused again, deletion never is; no message shows internal names.',
  },
  17: { decision: 'fix', what: 'The chart sets the names that gardenlet and the process know for self-hosted shoots.' },
  18: {
    decision: 'fix',
    what: 'status.ipFamilies keeps the order of the families, and lastOperation says what is really done.',
  },
  19: { decision: 'fix', what: 'Keys that Cilium does not know are left out of its configuration.' },
  20: { decision: 'fix', what: 'No bindings to ClusterRoles that do not exist.' },
  21: {
    decision: 'keep',
    what: 'Ports and Service of Hubble’s metrics exist without Hubble, because Prometheus finds the agents by that Service.',
  },
  22: { decision: 'fix', what: 'The job for Hubble’s certificates keeps the CA that is in use when it runs again.' },
  23: { decision: 'fix', what: 'Rendered documents with a key twice are errors.' },
  24: { decision: 'fix', what: 'Deletion never waits inside a run that has a deadline.' },
  25: {
    decision: 'fix',
    what: 'ignore-operation-annotation really watches Clusters, extension-classes is honoured, examples work.',
  },
  26: {
    decision: 'warn',
    what: 'The webhook for NodeLocalDNS fails closed, so its objects cannot be changed while the extension is down.',
  },
  27: { decision: 'warn', what: 'IPVS with NodeLocalDNS is refused only where kubeProxy.enabled is given.' },
  28: {
    decision: 'keep',
    what: 'Policies lie beside the operator that brings their CRDs: the first apply of a shoot reports errors until it runs.',
  },
  29: { decision: 'keep', what: 'label-prefix-conf is immutable under a fixed name; its text never changes.' },
  30: { decision: 'warn', what: 'BGP peers with a password do not work.' },
  31: { decision: 'keep', what: 'Masquerading in eBPF is on by default, not only with an overlay.' },
  32: {
    decision: 'fix',
    what: 'Lists of metrics without a misspelt and a repeated name, keys and values of monitoring and relay as meant.',
  },
  33: { decision: 'keep', what: 'AppArmor is set by annotations, which every supported version of Kubernetes reads.' },
  34: { decision: 'fix', what: 'A changed configuration of the extension restarts it.' },
  35: {
    decision: 'fix',
    what: 'Masquerading in eBPF is off when nothing is masqueraded, since agents refuse to start with it.',
  },
  36: {
    decision: 'fix',
    what: 'Native routing with masquerading always gets its range, since agents refuse to start without.',
  },
  37: {
    decision: 'fix',
    what: 'dsr and hybrid fall back to snat in a tunnel without kube-proxy, since agents refuse to start with them.',
  },
  38: {
    decision: 'fix',
    what: 'Strict mode allows nodes inside its range wherever routing is native, since agents there end without.',
  },
} as const satisfies Verdicts;
