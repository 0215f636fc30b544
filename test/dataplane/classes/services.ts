import { recordOf } from '../../../pkg/gardener/objects.ts';
import { addresses } from '../arena/topology.ts';
import { ports } from '../pods/host.ts';
import type { Stage } from '../stage.ts';
import { type DataPathClass, shoot } from './class.ts';
import { addressOf, podsReachPods, startPods } from './flows.ts';
import { systemPolicies } from './gardener-policies.ts';

const nodePort = 30_080;

/** Connections from outside to a node without a pod of the Service are translated by this node. */
export const nodePortSnat: DataPathClass = {
  name: 'node-port-snat',
  about: 'VXLAN overlay, NodePort with `loadBalancingMode: snat`',
  families: ['ipv4'],
  documents: shoot({}),
  kernelOptions: ['CONFIG_VXLAN'],
  async run(stage) {
    const b = await stage.pod('b', 1);
    await stage.service({ name: 'web', addresses: ['100.104.0.80'], port: 80, pods: [b], nodePort });
    const [first, second] = stage.cluster.nodes.map((node) => addressOf(node, 'ipv4'));
    const flow = { from: stage.outside, port: nodePort };
    const source = { by: 'b', source: addresses.outside.ipv4 };
    await stage.reaches('outside to NodePort of the node with the pod', { ...flow, to: second ?? '' }, source);
    // In a tunnel, the source must be an address of the pod range of the node that translates.
    const translated = { by: 'b', source: await internalAddress(stage, 'node-1') };
    await stage.reaches('outside to NodePort of another node', { ...flow, to: first ?? '' }, translated);
  },
};

/** Returns the address that the agent of a node took from its pod range for itself. */
async function internalAddress(stage: Stage, node: string): Promise<string> {
  const resource = { group: 'cilium.io', version: 'v2', plural: 'ciliumnodes', namespaced: false };
  const { addresses: all } = recordOf((await stage.cluster.api.client.get({ resource, name: node }))['spec']);
  const list = all as readonly { readonly type: string; readonly ip: string }[];
  return list.find(({ type }) => type === 'CiliumInternalIP')?.ip ?? '';
}

/** The pod sees the client, and its node replies to it directly. */
export const nodePortDsr: DataPathClass = {
  name: 'node-port-dsr',
  about: 'overlay off, `createPodRoutes`, NodePort with `loadBalancingMode: dsr`',
  families: ['ipv4'],
  documents: shoot({
    providerConfig: { overlay: { enabled: false, createPodRoutes: true }, loadBalancingMode: 'dsr' },
  }),
  async run(stage) {
    const b = await stage.pod('b', 1);
    await stage.service({ name: 'web', addresses: ['100.104.0.80'], port: 80, pods: [b], nodePort });
    const [first, second] = stage.cluster.nodes.map((node) => addressOf(node, 'ipv4'));
    const flow = { from: stage.outside, port: nodePort };
    const expected = { by: 'b', source: addresses.outside.ipv4 };
    await stage.reaches('outside to NodePort of the node with the pod', { ...flow, to: second ?? '' }, expected);
    await stage.reaches('outside to NodePort of another node', { ...flow, to: first ?? '' }, expected);
  },
};

const dnsAddress = '100.104.0.10';

/** Requests to the Service of DNS are answered by the cache on the node of the client. */
export const nodeLocalDNS: DataPathClass = {
  name: 'node-local-dns',
  about: 'VXLAN overlay, NodeLocalDNS by local redirect',
  families: ['ipv4'],
  documents: shoot({ nodeLocalDNS: true }),
  kernelOptions: ['CONFIG_VXLAN'],
  async run(stage) {
    const pods = await startPods(stage);
    const dns = await stage.pod('coredns', 1, { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } });
    // Without the policies of Gardener, that of ours for remote nodes would deny everything else.
    await stage.cluster.api.apply(systemPolicies());
    const service = { name: 'kube-dns', namespace: 'kube-system', addresses: [dnsAddress], port: 53, pods: [dns] };
    await stage.service({ ...service, targetPort: ports.coredns });
    const flow = { to: dnsAddress, port: 53, protocol: 'udp' } as const;
    await stage.reaches('pod to DNS, before the caches run', { from: pods.a, ...flow }, { by: 'coredns' });
    const cache = { namespace: 'kube-system', labels: { 'k8s-app': 'node-local-dns' } };
    await stage.pod('cache-1', 0, cache);
    await stage.pod('cache-2', 1, cache);
    await stage.reaches('pod on the first node to DNS, UDP', { from: pods.a, ...flow }, { by: 'cache-1' });
    await stage.reaches(
      'pod on the first node to DNS, TCP',
      { from: pods.a, ...flow, protocol: 'tcp' },
      { by: 'cache-1' },
    );
    await stage.reaches('pod on the second node to DNS, UDP', { from: pods.b, ...flow }, { by: 'cache-2' });
  },
};

const balancer = '10.250.0.200';

/** A node replies to requests for the address of a Service in its subnet. */
export const l2Announcements: DataPathClass = {
  name: 'l2-announcements',
  about: 'VXLAN overlay, addresses of Services announced by ARP',
  families: ['ipv4'],
  documents: shoot({ providerConfig: { l2Announcements: { enabled: true } } }),
  kernelOptions: ['CONFIG_VXLAN'],
  async run(stage) {
    const pods = await startPods(stage);
    await podsReachPods(stage, pods, 'ipv4');
    await stage.cluster.api.apply([
      {
        apiVersion: 'cilium.io/v2',
        kind: 'CiliumLoadBalancerIPPool',
        metadata: { name: 'pool' },
        spec: { blocks: [{ cidr: `${balancer}/32` }] },
      },
      {
        apiVersion: 'cilium.io/v2alpha1',
        kind: 'CiliumL2AnnouncementPolicy',
        metadata: { name: 'all' },
        spec: { loadBalancerIPs: true },
      },
    ]);
    const spec = { type: 'LoadBalancer', loadBalancerClass: 'io.cilium/l2-announcer' };
    await stage.service({ name: 'web', addresses: ['100.104.0.80'], port: 80, pods: [pods.b], spec });
    await stage.reaches(
      'outside to the announced address',
      { from: stage.outside, to: balancer, port: 80 },
      { by: 'b' },
    );
  },
};
