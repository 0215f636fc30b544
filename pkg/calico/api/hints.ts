import type { FieldHints } from '../../network/decode-issues.ts';

/** What users write for options of Calico, and options of Cilium. */
export const calicoHints: FieldHints = {
  wireguard: { field: 'wireguardEncryption' },
  encryption: { field: 'wireguardEncryption' },
  bpf: { field: 'ebpfDataplane' },
  bpfenabled: { field: 'ebpfDataplane' },
  dataplane: { field: 'ebpfDataplane' },
  ebpf: { field: 'ebpfDataplane' },
  linuxdataplane: { field: 'ebpfDataplane' },
  mtu: { field: 'vethMTU' },
  autoscaler: { field: 'autoScaling' },
  resources: { field: 'autoScaling.resources' },
  vpa: { field: 'autoScaling' },
  // Its name is similar to ipv4.
  ipvs: { elsewhere: 'spec.kubernetes.kubeProxy.mode of the Shoot' },
  kubeproxy: { elsewhere: 'spec.kubernetes.kubeProxy of the Shoot' },
  nodelocaldns: { elsewhere: 'spec.systemComponents.nodeLocalDNS of the Shoot' },
  ipfamilies: { elsewhere: 'spec.networking.ipFamilies of the Shoot' },
  pods: { elsewhere: 'spec.networking.pods of the Shoot' },
  clustercidr: { elsewhere: 'spec.networking.pods of the Shoot' },
  // Files and objects of Calico itself.
  ippools: 'nothing',
  bgp: 'nothing',
};
