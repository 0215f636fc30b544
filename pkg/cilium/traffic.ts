import type { IPFamily } from '../gardener/network.ts';
import { type KubeObject, recordOf } from '../gardener/objects.ts';
import { findNamed } from '../network/data-path.ts';
import type { Encryption, Traffic } from '../network/traffic.ts';

/** Reads the handling of packets from the ConfigMap of Cilium's agents (docs/design/cilium.md#cilium-config). Policies are always enforced in eBPF. */
export function ciliumTraffic(objects: readonly KubeObject[]): Traffic {
  const data = recordOf(findNamed(objects, 'ConfigMap', 'cilium-config')?.['data']);
  const isOn = (key: string): boolean => data[key] === 'true';
  const families = (['IPv4', 'IPv6'] as const).filter(
    (family: IPFamily) => isOn(`enable-${family.toLowerCase()}`) && isOn(`enable-${family.toLowerCase()}-masquerade`),
  );
  const replacesKubeProxy = isOn('kube-proxy-replacement');
  return {
    services: replacesKubeProxy ? 'eBPF' : 'kube-proxy',
    policies: 'eBPF',
    masquerade: families,
    exemptsNodes: isOn('enable-bpf-masquerade'),
    encryption: encryption(isOn),
    localDns: 'redirect policy',
  };
}

function encryption(isOn: (key: string) => boolean): Encryption | undefined {
  if (!isOn('enable-wireguard') && !isOn('enable-ipsec')) return undefined;
  return {
    protocol: isOn('enable-wireguard') ? 'WireGuard' : 'IPsec',
    nodes: isOn('encrypt-node'),
    replacesTunnel: false,
    strict: isOn('enable-encryption-strict-mode-egress') || isOn('enable-encryption-strict-mode'),
  };
}
