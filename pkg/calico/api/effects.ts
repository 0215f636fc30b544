import type { EffectRules } from '../../network/effects.ts';

const overlay = 'docs/usage/overlay-and-routes.md#switching-the-overlay-of-a-running-shoot';
const ebpf = 'docs/usage/ebpf-and-kube-proxy.md#calico';

const routesCommand =
  'kubectl get nodes -o custom-columns=N:.metadata.name,R:\'.status.conditions[?(@.type=="NetworkUnavailable")].reason\' prints RouteCreated for each node if the provider creates routes';

/**
 * The rules about effects of changes with Calico. A node works with its last data path until its calico-node restarts, so two nodes can differ for
 * the whole rollout. Felix leaves rules and routes as they are when it ends, and BIRD restarts gracefully.
 */
export const calicoEffectRules = {
  'calico-effect-autodetection': {
    impact: 'interruption',
    title: 'connections are interrupted to nodes that detect another address',
    reason:
      'calico-node detects the address of its node when it starts. Peers send packets to the detected address, so a node is unreachable for its peers until they know the new one. Nothing is interrupted where the address stays.',
    before: 'Verify on a node that the method selects the intended interface.',
    page: 'docs/usage/calico.md#addresses-of-pods-and-nodes',
    duration: 'rollout',
  },
  'calico-effect-backend': {
    impact: 'interruption',
    title: 'connections between nodes may be interrupted',
    reason:
      'Without overlay, the existing pool decides whether packets are encapsulated, and calico-node created it with the options of that time. Routes are those of the new backend.',
    before: `Verify that the network has a route to the pod range of each node: ${routesCommand}.`,
    page: overlay,
    duration: 'rollout',
    explains: ['encapsulation', 'routing'],
  },
  'calico-effect-dns-source': {
    impact: 'restart',
    title:
      'agents restart one after the other, and DNS requests to servers of the nodes may get another source address',
    reason:
      'A rule of iptables applies to connections that start after it. Existing connections retain their source address.',
    before: 'Allow the addresses of nodes and pods at these DNS servers.',
    page: 'docs/usage/egress.md#snattoupstreamdns',
    explains: ['masquerading'],
  },
  'calico-effect-ebpf-off': {
    impact: 'interruption',
    title: 'connections of all pods are interrupted',
    reason:
      'Connections that eBPF programs translate are not known to the connection tracking of the kernel, so they break when the programs are removed. Upstream documents the same.',
    after:
      'Where version 0.1 or the Go extension enabled eBPF, replace the nodes on which policies behave unexpectedly.',
    page: ebpf,
    duration: 'rollout',
    explains: ['data plane'],
  },
  'calico-effect-ebpf-on': {
    impact: 'interruption',
    title: 'connections to NodePorts and load balancers are interrupted',
    reason:
      'Connections between pods continue: packets of connections that began before pass the kernel as until now. But nodes with and without eBPF cannot forward connections to NodePorts to each other.',
    page: ebpf,
    duration: 'rollout',
    explains: ['data plane'],
  },
  'calico-effect-ebpf-order': {
    impact: 'interruption',
    title: 'Services do not work on nodes that have neither kube-proxy nor eBPF yet',
    reason: 'Gardener removes kube-proxy from all nodes at once, and calico-node enables eBPF on two nodes at a time.',
    order: 'Enable ebpfDataplane, wait until calico-node has restarted on all nodes, then disable kube-proxy.',
    page: ebpf,
    duration: 'rollout',
    explains: ['data plane'],
  },
  'calico-effect-encapsulation': {
    impact: 'interruption',
    title: 'connections between nodes are interrupted',
    reason:
      'A node that encapsulates packets cannot communicate with a node that encapsulates them in another way or not at all.',
    page: overlay,
    duration: 'rollout',
    explains: ['encapsulation', 'routing', 'address range', 'masquerading'],
  },
  'calico-effect-encapsulation-bird': {
    impact: 'interruption',
    title: 'connections between nodes are interrupted',
    reason:
      'A node that encapsulates packets cannot communicate with a node that does not. Afterwards BIRD makes routes between nodes of one subnet only.',
    before: 'Verify that all nodes are in one subnet, or that the network routes the pod range of each node.',
    page: overlay,
    duration: 'rollout',
    explains: ['encapsulation', 'routing', 'address range', 'masquerading'],
  },
  'calico-effect-encapsulation-off': {
    impact: 'interruption',
    title: 'connections between nodes are interrupted',
    reason:
      'A node that encapsulates packets cannot communicate with a node that does not. Afterwards packets have the addresses of pods, which the network must route.',
    before: `Verify that the network has a route to the pod range of each node: ${routesCommand}.`,
    page: overlay,
    duration: 'rollout',
    explains: ['encapsulation', 'routing', 'address range', 'masquerading'],
  },
  'calico-effect-iptables-order': {
    impact: 'interruption',
    title: 'Services do not work on nodes that have neither kube-proxy nor eBPF',
    reason:
      'kube-proxy starts on all nodes in the time in which calico-node disables eBPF, and neither waits for the other.',
    order: 'Enable kube-proxy, wait until it runs on all nodes, then disable ebpfDataplane.',
    page: ebpf,
    duration: 'rollout',
    explains: ['data plane'],
  },
  'calico-effect-kube-proxy': {
    impact: 'restart',
    title: 'agents restart one after the other, and kube-proxy is started or removed',
    reason:
      'Felix handles Services before and after. Without kube-proxy it also removes the rules that kube-proxy left.',
    page: ebpf,
    explains: ['data plane'],
  },
  'calico-effect-kube-proxy-mode': {
    impact: 'interruption',
    title: 'connections to Services are interrupted',
    reason:
      'kube-proxy replaces its rules by those of the new mode on all nodes. Rules and devices of the old mode may remain until a node is replaced, and Felix uses nftables exactly with mode NFTables.',
    after: 'Replace the nodes, so that nothing of the old mode remains.',
    page: 'docs/usage/ebpf-and-kube-proxy.md#modes-of-kube-proxy',
    duration: 'rollout',
    explains: ['data plane'],
  },
  'calico-effect-multus-off': {
    impact: 'no-restart',
    title: 'pods get no additional interfaces when they start, and no pod restarts',
    reason: 'Multus removes its CNI configuration from a node when it ends. Interfaces of running pods remain.',
    before: 'Remove the annotations for networks from pods that can run without them.',
    page: 'docs/usage/calico.md#optional-components',
  },
  'calico-effect-multus-on': {
    impact: 'no-restart',
    title: 'Multus starts on each node and becomes the first CNI plugin, and no pod restarts',
    reason: 'The plugin calls the one of Calico for each new pod; running pods are not affected.',
    page: 'docs/usage/calico.md#optional-components',
  },
  'calico-effect-network-set-removed': {
    impact: 'no-restart',
    title: 'policies that select GlobalNetworkSet gardener-kube-apiserver no longer match the API server',
    reason: 'The resource manager deletes the object, and Felix applies this to all nodes within seconds.',
    before: 'Change the policies that select it.',
    page: 'docs/usage/calico.md#optional-components',
  },
  'calico-effect-pool-deleted': {
    impact: 'interruption',
    title: 'connections between nodes and to the outside are interrupted until calico-node is restarted by hand',
    reason:
      'With overlay, the IPPool is one of the objects of the network; without it, calico-node creates the pool when it starts. The change deletes the pool, and no calico-node restarts: nothing is encapsulated and masqueraded meanwhile.',
    before: 'Leave overlay set: remove the option only for a reason.',
    after: 'At once: kubectl -n kube-system rollout restart daemonset calico-node.',
    page: overlay,
    explains: ['encapsulation', 'routing', 'address range', 'masquerading'],
  },
  'calico-effect-pool-managed': {
    impact: 'no-restart',
    title: 'the IPPool becomes an object of the network, and replaces the one that calico-node made',
    reason: 'Both have the name default-ipv4-ippool. Its encapsulation is that of the overlay from then on.',
    back: 'Do not remove overlay again: this deletes the pool until calico-node restarts.',
    page: overlay,
    explains: ['address range', 'masquerading', 'encapsulation'],
  },
  'calico-effect-pool-recreated': {
    impact: 'interruption',
    title: 'connections between nodes and to the outside are interrupted',
    reason:
      'With overlay, the IPPool is one of the objects of the network; without it, calico-node creates the pool when it starts. The change deletes the pool first: nothing is encapsulated and masqueraded until the first calico-node has restarted.',
    before: 'Leave overlay set: remove the option only for a reason.',
    page: overlay,
    duration: 'rollout',
    explains: ['encapsulation', 'routing', 'address range', 'masquerading'],
  },
  'calico-effect-pool-unchanged': {
    impact: 'restart',
    title: 'agents restart one after the other, and the pool of the running shoot stays as it is',
    reason:
      'Without overlay, calico-node creates the pool from ipv4.pool and ipv4.mode only if there is none. A running shoot has one, so that the options take effect in new shoots only.',
    after: 'Set overlay to change the encapsulation.',
    page: overlay,
    explains: ['encapsulation', 'address range'],
  },
  'calico-effect-pool-variables': {
    impact: 'restart',
    title: 'agents restart one after the other, connections stay',
    reason:
      'The existing IPPool decides about the encapsulation. The options are variables of calico-node, which only matter where there is no pool.',
    page: overlay,
    explains: ['encapsulation'],
  },
  'calico-effect-repaired': {
    impact: 'restart',
    title: 'agents restart one after the other, and packets between nodes arrive that did not arrive before',
    reason: 'With the old configuration no component made routes, or the encapsulation that the pool requests was off.',
    page: 'docs/usage/overlay-and-routes.md#paths-of-calico',
    explains: ['encapsulation', 'routing'],
  },
  'calico-effect-routes-added': {
    impact: 'restart',
    title: 'agents restart one after the other, and packets take direct routes between nodes of one subnet',
    reason:
      'BIRD distributes the pod ranges among the nodes. Until both nodes run BIRD, packets take the routes of the network, as before.',
    before: 'Verify that the nodes of a subnet can send packets to each other directly, with addresses of pods.',
    page: 'docs/usage/overlay-and-routes.md#sources-of-pod-routes',
    explains: ['routing', 'encapsulation'],
  },
  'calico-effect-routes-removed': {
    impact: 'interruption',
    title: 'connections between nodes stop unless the network routes the pod range of each node',
    reason: 'calico-node removes the routes of BIRD when it starts. Packets then go to the router of the subnet.',
    before: `Verify that the network has these routes: ${routesCommand}.`,
    page: 'docs/usage/overlay-and-routes.md#sources-of-pod-routes',
    explains: ['routing', 'encapsulation'],
  },
  'calico-effect-same-paths': {
    impact: 'restart',
    title: 'agents restart one after the other, connections stay',
    reason:
      'The options change, but neither the component that makes routes nor the encapsulation of packets: the table of paths has the same row before and after.',
    page: 'docs/usage/overlay-and-routes.md#paths-of-calico',
    explains: ['encapsulation', 'routing'],
  },
  'calico-effect-sizing': {
    impact: 'restart',
    title:
      'calico-node and Typha may restart one after the other when their resource requests are set, connections stay',
    reason:
      'In the modes cluster-proportional and vpa an autoscaler sets the requests later; existing requests remain until then. In mode static the requests are those of the configuration at once.',
    page: 'docs/usage/calico.md#typha-and-resource-requests',
  },
  'calico-effect-source-address': {
    impact: 'restart',
    title: 'agents restart one after the other, and new IPv6 connections to the outside have another source address',
    reason:
      'Masquerading is decided for the first packet of a connection, so existing connections retain their address.',
    before:
      'Allow the new addresses, of nodes or of pods, in firewalls outside of the cluster. Routers outside must know addresses of pods.',
    page: 'docs/usage/calico.md#ipv6',
    explains: ['masquerading'],
  },
  'calico-effect-typha-off': {
    impact: 'restart',
    title: 'agents restart one after the other, connections stay, and new pods wait for the agent of their node',
    reason:
      'Typha ends at once, while calico-node is replaced on two nodes at a time. A node whose calico-node still asks Typha learns of no new pods and policies.',
    page: 'docs/usage/calico.md#typha-and-resource-requests',
  },
  'calico-effect-typha-on': {
    impact: 'restart',
    title: 'agents restart one after the other, connections stay, and Typha starts',
    reason: 'calico-node waits for Typha when it starts. Until then the data path of its node remains as it is.',
    page: 'docs/usage/calico.md#typha-and-resource-requests',
  },
  'calico-effect-wireguard': {
    impact: 'interruption',
    title: 'connections between nodes are interrupted for moments',
    reason:
      'Two nodes encrypt when both know the key of the other. They learn it at different times, and packets in between are lost. Existing pods have an MTU without room for the header of WireGuard.',
    before: 'Allow UDP port 51820, with IPv6 51821, between all nodes.',
    after: 'Restart the pods, or replace the nodes, so that pods get the MTU that fits.',
    page: 'docs/usage/encryption.md#calico',
    duration: 'rollout',
    explains: ['encryption', 'MTU', 'masquerading'],
  },
} as const satisfies EffectRules;
