import type { LabelSelector, NetworkPolicy, Pod, PolicyPort, PolicyRule } from './types.ts';

/** What Gardener has in kube-system of every shoot (Gardener 1.148, pkg/component/shoot/system and pkg/component/networking). */
export interface SystemInput {
  /** Gardener denies the rest from Kubernetes 1.33 on. */
  readonly denyAll: boolean;
  /** Ranges of nodes and pods, which may ask CoreDNS. */
  readonly ranges: readonly string[];
}

export const systemNamespace = 'kube-system';

/** The policies of Gardener in kube-system; pods opt in by labels. */
export function gardenerPolicies({ denyAll, ranges }: SystemInput): readonly NetworkPolicy[] {
  const everything = ['0.0.0.0/0', '::/0'].map((cidr) => ({ ipBlock: { cidr } }));
  const dnsPods = (name: string): LabelSelector => ({
    matchExpressions: [{ key: 'k8s-app', operator: 'In', values: [name] }],
  });
  const anyPod = { namespaceSelector: {}, podSelector: {} };
  return [
    ...(denyAll ? [policy('deny-all', {}, { ingress: [], egress: [] })] : []),
    policy('allow-to-apiserver', allowed('to-apiserver'), { egress: [{ peers: [], ports: tcp(443) }] }),
    policy('allow-to-dns', allowed('to-dns'), {
      egress: [
        { peers: [{ podSelector: dnsPods('kube-dns') }], ports: both(8_053) },
        { peers: [...everything, { podSelector: dnsPods('node-local-dns') }], ports: both(53) },
      ],
    }),
    policy('allow-to-kubelet', allowed('to-kubelet'), { egress: [{ peers: [], ports: tcp(10_250) }] }),
    policy('allow-to-public-networks', allowed('to-public-networks'), { egress: [{ peers: everything, ports: [] }] }),
    policy('allow-from-seed', allowed('from-seed'), {
      ingress: [{ peers: [{ podSelector: { matchLabels: { app: 'vpn-shoot' } } }], ports: [] }],
    }),
    policy('allow-vpn', { matchLabels: { app: 'vpn-shoot' } }, { ingress: [open], egress: [open] }),
    policy(
      'allow-dns',
      { matchLabels: { 'k8s-app': 'kube-dns' } },
      {
        ingress: [
          { peers: [anyPod, ...ranges.map((cidr) => ({ ipBlock: { cidr } }))], ports: [...tcp(9_153), ...both(8_053)] },
        ],
        egress: [{ peers: [], ports: [...tcp(443), ...both(53)] }],
      },
    ),
  ];
}

/** The policies of this extension in kube-system of shoots with Cilium, which admit DNS (charts/cilium/network-policy). */
export function ciliumDnsPolicies({ localPods }: { readonly localPods: boolean }): readonly NetworkPolicy[] {
  const remoteNodes: NetworkPolicy = {
    kind: 'CiliumNetworkPolicy',
    namespace: systemNamespace,
    name: 'gardener.cloud--allow-dns-from-remote-nodes',
    podSelector: { matchLabels: systemPods.coredns.labels },
    ingress: [{ peers: [{ entities: ['other-node'] }], ports: both(8_053) }],
  };
  const nodeLocalDNS: NetworkPolicy = {
    kind: 'CiliumClusterwideNetworkPolicy',
    namespace: systemNamespace,
    name: 'nodelocaldns',
    podSelector: { matchLabels: systemPods.nodeLocalDNS.labels },
    ingress: [
      { peers: [{ namespaceSelector: {}, podSelector: {} }], ports: [...both(53), ...tcp(9_253), ...tcp(9_353)] },
    ],
  };
  return localPods ? [remoteNodes, nodeLocalDNS] : [remoteNodes];
}

const open: PolicyRule = { peers: [], ports: [] };
const tcp = (port: number): readonly PolicyPort[] => [{ protocol: 'TCP', port }];
const both = (port: number): readonly PolicyPort[] => [{ protocol: 'UDP', port }, ...tcp(port)];
const allowed = (name: string): LabelSelector => ({
  matchLabels: { [`networking.gardener.cloud/${name}`]: 'allowed' },
});

function policy(
  name: string,
  podSelector: LabelSelector,
  rules: Pick<NetworkPolicy, 'ingress' | 'egress'>,
): NetworkPolicy {
  return { kind: 'NetworkPolicy', namespace: systemNamespace, name: `gardener.cloud--${name}`, podSelector, ...rules };
}

function systemPod(name: string, labels: Pod['labels']): Pod {
  return { namespace: systemNamespace, name, labels, ports: [], hostNetwork: false, addresses: [], workload: name };
}

/** Pods of Gardener with which the pods of users exchange traffic. */
export const systemPods = {
  coredns: systemPod('coredns', { 'k8s-app': 'kube-dns' }),
  /** NodeLocalDNS in shoots with Cilium. */
  nodeLocalDNS: systemPod('node-local-dns', { 'k8s-app': 'node-local-dns' }),
  /** The end of the VPN, from which requests of the API server come. */
  vpn: systemPod('vpn-shoot', { app: 'vpn-shoot' }),
} as const;

/** Labels of kube-system beside its name. */
export const systemNamespaceLabels = { 'gardener.cloud/purpose': 'kube-system' } as const;
