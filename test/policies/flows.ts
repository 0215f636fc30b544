/**
 * The traffic of the CNI's components in a shoot: what they need, with its source, and what nobody needs. Ends are pods by name, or places;
 * both ends must exist in a shoot for a row to apply to it.
 */
import type { Protocol } from '../../pkg/networkpolicy/types.ts';

/** Places that are no pods. */
export const places = ['API server', 'nameserver', 'own node', 'other node', 'outside'] as const;
export type Place = (typeof places)[number];

export interface FlowRow {
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly protocols?: readonly Protocol[];
  /** Why the traffic exists; of closed traffic, why nobody needs it. */
  readonly because: string;
}

const apiServer = (from: string, because: string): FlowRow => ({ from, to: 'API server', port: 443, because });

const hostName =
  'KUBERNETES_SERVICE_HOST of system components is the host name of the API server (Gardener, webhook kubernetes-service-host)';

/** Host names are resolved by CoreDNS and by NodeLocalDNS: a pod with Cilium, in the network of the node with Calico. */
function dns(from: string, nodeLocalDNS: 'node-local-dns' | 'own node', because = hostName): readonly FlowRow[] {
  const protocols = ['UDP', 'TCP'] as const;
  return [
    { from, to: 'coredns', port: 8_053, protocols, because },
    { from, to: nodeLocalDNS, port: 53, protocols, because },
    {
      from,
      to: 'nameserver',
      port: 53,
      protocols,
      because: `${because}; pods with dnsPolicy Default ask the one of the node`,
    },
  ];
}

const health = (to: string, port: number, source: string): FlowRow => ({
  from: 'own node',
  to,
  port,
  because: `kubelet probes ${source}`,
});

const metrics = (to: string, port: number): FlowRow => ({
  from: 'vpn-shoot',
  to,
  port,
  because:
    'Prometheus of the seed scrapes through the API server, whose requests leave the VPN in the shoot (pkg/*/monitoring)',
});

export const calicoFlows: readonly FlowRow[] = [
  apiServer('calico-node', 'Felix and the CNI plugin read and write objects'),
  apiServer('calico-typha-deploy', 'Typha watches for all calico-nodes'),
  apiServer('calico-kube-controllers', 'controllers remove what deleted nodes and pods leave behind'),
  apiServer('calico-typha-horizontal-autoscaler', 'the autoscaler counts nodes'),
  apiServer('calico-typha-vertical-autoscaler', 'the autoscaler counts nodes'),
  apiServer('calico-node-vertical-autoscaler', 'the autoscaler counts nodes'),
  apiServer('multus', 'Multus reads NetworkAttachmentDefinitions'),
  { from: 'calico-node', to: 'calico-typha-deploy', port: 5_473, because: 'Felix watches through Typha' },
  ...dns('calico-kube-controllers', 'own node'),
  ...dns('calico-typha-horizontal-autoscaler', 'own node'),
  ...dns('calico-typha-vertical-autoscaler', 'own node'),
  ...dns('calico-node-vertical-autoscaler', 'own node'),
  metrics('calico-node', 9_091),
  metrics('calico-node', 9_094),
  metrics('calico-typha-deploy', 9_093),
  health('calico-node', 9_099, 'Felix'),
  health('calico-typha-deploy', 9_098, 'Typha'),
];

const peers = 'relay collects flows of all agents (Service hubble-peer, port 4244 of the agents)';

export const ciliumFlows: readonly FlowRow[] = [
  apiServer('cilium', 'agents watch and write objects'),
  apiServer('cilium-operator', 'the operator watches and writes objects'),
  apiServer('hubble-ui', 'the backend lists namespaces and pods'),
  apiServer('hubble-generate-certs', 'the Job writes Secrets with certificates'),
  { from: 'hubble-relay', to: 'own node', port: 4_244, because: peers },
  { from: 'hubble-relay', to: 'other node', port: 4_244, because: peers },
  {
    from: 'hubble-ui',
    to: 'hubble-relay',
    port: 4_245,
    because: 'the backend reads flows from relay (FLOWS_API_ADDR)',
  },
  ...dns('hubble-relay', 'node-local-dns', 'relay resolves hubble-peer.kube-system.svc'),
  ...dns('hubble-ui', 'node-local-dns', 'the backend resolves hubble-relay, and the host name of the API server'),
  ...dns('hubble-generate-certs', 'node-local-dns'),
  {
    from: 'node-local-dns',
    to: 'coredns',
    port: 8_053,
    protocols: ['UDP', 'TCP'],
    because: 'misses of names of the cluster',
  },
  { from: 'node-local-dns', to: 'nameserver', port: 53, protocols: ['UDP', 'TCP'], because: 'misses of other names' },
  {
    from: 'application',
    to: 'node-local-dns',
    port: 53,
    protocols: ['UDP', 'TCP'],
    because: 'the local redirect policy of kube-dns',
  },
  {
    from: 'own node',
    to: 'node-local-dns',
    port: 53,
    protocols: ['UDP', 'TCP'],
    because: 'pods in the network of the node',
  },
  { from: 'application', to: 'coredns', port: 8_053, protocols: ['UDP', 'TCP'], because: 'DNS of all pods' },
  {
    from: 'other node',
    to: 'coredns',
    port: 8_053,
    protocols: ['UDP', 'TCP'],
    because: 'pods in the network of their node, which Cilium does not select by the ranges of nodes',
  },
  metrics('cilium', 9_090),
  metrics('cilium', 9_091),
  metrics('cilium-operator', 6_942),
  metrics('cilium-envoy', 9_964),
  metrics('node-local-dns', 9_253),
  metrics('node-local-dns', 9_353),
  health('cilium', 9_879, 'the agent'),
  health('cilium-operator', 9_234, 'the operator'),
  health('hubble-relay', 4_222, 'relay'),
  health('hubble-ui', 8_081, 'the frontend'),
];

const nobody = 'no component serves it to others';

/** Traffic that must not exist. */
export const calicoClosed: readonly FlowRow[] = [
  'calico-kube-controllers',
  'calico-typha-horizontal-autoscaler',
  'calico-typha-vertical-autoscaler',
  'calico-node-vertical-autoscaler',
].flatMap((name): readonly FlowRow[] => [
  { from: 'stranger', to: name, port: 8_080, because: nobody },
  { from: 'application', to: name, port: 8_080, because: nobody },
  { from: 'vpn-shoot', to: name, port: 8_080, because: nobody },
  { from: name, to: 'application', port: 8_080, because: 'it uses the API server only' },
  { from: name, to: 'outside', port: 80, because: 'it uses the API server only' },
  { from: name, to: 'other node', port: 10_250, because: 'it uses the API server only' },
]);

export const ciliumClosed: readonly FlowRow[] = [
  ...['stranger', 'application', 'vpn-shoot'].flatMap((from): readonly FlowRow[] => [
    {
      from,
      to: 'hubble-relay',
      port: 4_245,
      because: 'only hubble-ui is a client in the cluster; people use port-forward',
    },
    { from, to: 'hubble-ui', port: 8_081, because: 'people use port-forward' },
    { from, to: 'hubble-ui', port: 8_090, because: 'only the frontend in the same pod is a client' },
    { from, to: 'hubble-generate-certs', port: 8_080, because: nobody },
  ]),
  ...['hubble-relay', 'hubble-ui', 'hubble-generate-certs'].flatMap((from): readonly FlowRow[] => [
    { from, to: 'application', port: 8_080, because: 'it uses components of the CNI only' },
    { from, to: 'outside', port: 80, because: 'it uses components of the CNI only' },
    { from, to: 'other node', port: 10_250, because: 'it uses components of the CNI only' },
  ]),
  { from: 'hubble-ui', to: 'other node', port: 4_244, because: 'only relay talks to agents' },
  { from: 'application', to: 'node-local-dns', port: 8_080, because: nobody },
  { from: 'node-local-dns', to: 'application', port: 8_080, because: 'it uses nameservers only' },
];

/**
 * Traffic that is open although nobody needs it, by the label `networking.gardener.cloud/to-public-networks`, which the pods inherited from the
 * Go extensions. In Calico the policy opens all addresses, in Cilium those outside of the cluster.
 */
export const openWithoutNeed = 'gardener.cloud--allow-to-public-networks';
