import type { KubeObject } from '../gardener/objects.ts';
import {
  type DataPathTopic,
  type DataPathValue,
  findNamed,
  formatDataPathValue,
  memberAt,
} from '../network/data-path.ts';

/**
 * Returns the values in Cilium's objects that determine the data path: keys of the ConfigMap that agents read
 * (docs/design/cilium.md#objects-in-the-shoot). Supports objects of this project and of the Go extension.
 */
export function ciliumDataPath(objects: readonly KubeObject[]): readonly DataPathValue[] {
  const config = findNamed(objects, 'ConfigMap', 'cilium-config');
  if (config === undefined) return [];
  return Object.entries(keys).map(([key, about]) => ({
    about,
    place: `ConfigMap kube-system/cilium-config data.${key}`,
    value: formatDataPathValue(memberAt(config, ['data', key]) ?? memberAt(config, ['data', olderNames[key] ?? ''])),
  }));
}

/** Names that the Go extension writes, and that Cilium reads in the same way: only the name of the option differs. */
const olderNames: Readonly<Record<string, string>> = {
  'enable-encryption-strict-mode-egress': 'enable-encryption-strict-mode',
  'encryption-strict-egress-cidr': 'encryption-strict-mode-cidr',
};

const keys: Readonly<Record<string, DataPathTopic>> = {
  ipam: 'address management',
  'cluster-pool-ipv4-cidr': 'address range',
  'cluster-pool-ipv4-mask-size': 'address range',
  'cluster-pool-ipv6-cidr': 'address range',
  'cluster-pool-ipv6-mask-size': 'address range',
  'k8s-require-ipv4-pod-cidr': 'address management',
  'k8s-require-ipv6-pod-cidr': 'address management',
  'enable-ipv4': 'address management',
  'enable-ipv6': 'address management',
  'routing-mode': 'routing',
  'tunnel-protocol': 'encapsulation',
  'underlay-protocol': 'encapsulation',
  'auto-direct-node-routes': 'routing',
  'ipv4-native-routing-cidr': 'routing',
  'ipv6-native-routing-cidr': 'routing',
  devices: 'routing',
  'force-device-detection': 'routing',
  'direct-routing-device': 'routing',
  mtu: 'MTU',
  'enable-ipv4-masquerade': 'masquerading',
  'enable-ipv6-masquerade': 'masquerading',
  'enable-bpf-masquerade': 'masquerading',
  'enable-masquerade-to-route-source': 'masquerading',
  // Cilium no longer reads the older name enable-ipv4-egress-gateway.
  'enable-egress-gateway': 'egress gateway',
  'datapath-mode': 'data plane',
  'kube-proxy-replacement': 'data plane',
  'bpf-lb-mode': 'data plane',
  'bpf-lb-sock': 'data plane',
  'enable-wireguard': 'encryption',
  'enable-ipsec': 'encryption',
  'encrypt-node': 'encryption',
  'enable-encryption-strict-mode-egress': 'encryption',
  'encryption-strict-egress-cidr': 'encryption',
};
