/**
 * What Gardener 1.148 has in kube-system of a shoot beside the CNI: its policies (pkg/component/shoot/system, networking/coredns and
 * networking/vpn/shoot there), and the pods with which the CNI exchanges traffic.
 */
import type { IPFamily } from '../../pkg/gardener/network.ts';
import { type KubeObject, recordOf } from '../../pkg/gardener/objects.ts';
import type { ContainerPort, NetworkPolicy, Pod, Protocol } from '../../pkg/networkpolicy/types.ts';
import { systemPolicies } from '../dataplane/classes/gardener-policies.ts';
import { readRenderedPolicies } from './cilium-policy.ts';

/** Addresses in the ranges of the scenes. */
export const addresses: Readonly<
  Record<'pod' | 'otherPod' | 'ownNode' | 'otherNode' | 'outside', Readonly<Record<IPFamily, string>>>
> = {
  pod: { IPv4: '100.96.0.9', IPv6: 'fd00:96::9' },
  otherPod: { IPv4: '100.96.1.9', IPv6: 'fd00:96:0:1::9' },
  ownNode: { IPv4: '10.250.0.1', IPv6: 'fd00:250::1' },
  otherNode: { IPv4: '10.250.0.2', IPv6: 'fd00:250::2' },
  outside: { IPv4: '192.0.2.1', IPv6: '2001:db8::1' },
};

const ranges = ['100.96.0.0/11', '10.250.0.0/16', 'fd00:96::/32', 'fd00:250::/32'];

/**
 * The policies of Gardener in kube-system, with its deny-all, which shoots have from Kubernetes 1.33 on. `knowsRanges`: the policy of CoreDNS
 * contains the ranges of nodes and pods, as far as the Shoot has them.
 */
export function gardenerPolicies({ knowsRanges }: { readonly knowsRanges: boolean }): readonly NetworkPolicy[] {
  return readRenderedPolicies(knowsRanges ? systemPolicies().map(withRanges) : systemPolicies());
}

/** CoreDNS also admits the ranges of nodes and pods, for pods in the network of their node. */
function withRanges(object: KubeObject): KubeObject {
  if (object.metadata.name !== 'gardener.cloud--allow-dns') return object;
  const spec = recordOf(object['spec']);
  const [rule, ...others] = spec['ingress'] as readonly { readonly from: readonly unknown[] }[];
  const from = [...(rule?.from ?? []), ...ranges.map((cidr) => ({ ipBlock: { cidr } }))];
  return { ...object, spec: { ...spec, ingress: [{ ...rule, from }, ...others] } };
}

const allowed = (...names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [`networking.gardener.cloud/${name}`, 'allowed']));

/** The pods of Gardener, on another node than the pods of the CNI. */
export const gardenerPods = {
  coredns: systemPod(
    'coredns',
    { 'k8s-app': 'kube-dns', 'gardener.cloud/role': 'system-component' },
    [8_053, 'TCP'],
    [8_053, 'UDP'],
    [9_153, 'TCP'],
  ),
  /** As the webhook of this extension leaves it in shoots with Cilium, on each node; elsewhere it is in the network of its node. */
  nodeLocalDNS: systemPod(
    'node-local-dns',
    { 'k8s-app': 'node-local-dns', ...allowed('to-dns') },
    [53, 'UDP'],
    [53, 'TCP'],
    [9_253, 'TCP'],
    [9_353, 'TCP'],
  ),
  vpn: systemPod('vpn-shoot', { app: 'vpn-shoot' }),
} as const;

export function systemPod(
  name: string,
  labels: Pod['labels'],
  ...ports: readonly (readonly [port: number, protocol: Protocol])[]
): Pod {
  return {
    namespace: 'kube-system',
    name,
    labels,
    ports: ports.map(([port, protocol]): ContainerPort => ({ port, protocol })),
    hostNetwork: false,
    node: 'node-2',
    addresses: Object.values(addresses.otherPod),
  };
}
