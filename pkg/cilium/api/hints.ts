import type { FieldHints } from '../../network/decode-issues.ts';
import { shootHints } from '../../network/shoot-hints.ts';

const extension = 'gardener-extension-networking-cilium';

/** What users write for options of Cilium, fields of earlier versions of the Go extension, and options of Calico and of Cilium's own chart. */
export const ciliumHints: FieldHints = {
  ...shootHints,
  psp: {
    removedIn: `${extension} v1.33.0`,
    remedy: 'Remove the field: Kubernetes has no PodSecurityPolicies since 1.25.',
  },
  prometheus: { removedIn: `${extension} v1.0.0`, remedy: 'Remove the field: metrics are always enabled.' },
  operatorprometheus: { removedIn: `${extension} v1.0.0`, remedy: 'Remove the field: metrics are always enabled.' },
  'hubble.ui': {
    removedIn: `${extension} v1.1.0`,
    remedy: 'Remove the field: hubble.enabled includes the user interface.',
  },
  'hubble.metrics': { removedIn: `${extension} v1.1.0`, remedy: 'Remove the field.' },
  'kubeproxy.disabled': {
    removedIn: `${extension} v1.6.0`,
    remedy: 'Remove the field, and set spec.kubernetes.kubeProxy.enabled of the Shoot.',
  },
  'kubeproxy.enabled': { elsewhere: 'spec.kubernetes.kubeProxy.enabled of the Shoot' },
  wireguard: { field: 'encryption' },
  wireguardencryption: { field: 'encryption' },
  nodeencryption: { field: 'encryption.nodeToNodeEnabled' },
  vethmtu: { field: 'mtu' },
  tunnelprotocol: { field: 'tunnel' },
  tunnelmode: { field: 'tunnel' },
  bgp: { field: 'bgpControlPlane' },
  egress: { field: 'egressGateway' },
  auditmode: { field: 'policyAuditMode' },
  loadbalancer: { field: 'loadBalancingMode' },
  masquerade: { field: 'enableIpv4Masquerade' },
  kubeproxyreplacement: { elsewhere: 'spec.kubernetes.kubeProxy.enabled of the Shoot' },
  // The eBPF data path is always enabled.
  ebpf: 'nothing',
  bpf: 'nothing',
  ebpfdataplane: 'nothing',
  ipam: 'nothing',
  identityallocationmode: 'nothing',
  nodeport: 'nothing',
};
