import type { FieldHints } from '../../network/decode-issues.ts';
import { shootHints } from '../../network/shoot-hints.ts';

/** What users write for options of Calico, and options of Cilium. */
export const calicoHints: FieldHints = {
  ...shootHints,
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
  kubeproxy: { elsewhere: 'spec.kubernetes.kubeProxy of the Shoot' },
  // Files and objects of Calico itself.
  ippools: 'nothing',
  bgp: 'nothing',
};
