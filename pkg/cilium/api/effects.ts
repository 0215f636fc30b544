import type { EffectRules } from '../../network/effects.ts';

const overlay = 'docs/usage/overlay-and-routes.md#switching-the-overlay-of-a-running-shoot';
const routes = 'docs/usage/overlay-and-routes.md#sources-of-pod-routes';
const egress = 'docs/usage/cilium.md#masquerading-and-egress';
const encryption = 'docs/usage/encryption.md#cilium';
const services = 'docs/usage/cilium.md#services-and-the-api-server';

/**
 * The rules about effects of changes with Cilium. Programs and tables in the kernel work without the agents, so that a restart alone interrupts
 * nothing (docs/reference/dataplane.md#change-rollout); a new agent replaces the programs of its node at once.
 */
export const ciliumEffectRules = {
  'cilium-effect-api-server': {
    impact: 'restart',
    title: 'agents restart one after the other and connect to another address of the API server, connections stay',
    reason:
      'Agents and operator do not start if they cannot reach the API server; the data path of the node then remains as it is.',
    before: 'Verify that nodes reach the API server at the new address and port.',
    page: services,
  },
  'cilium-effect-audit-off': {
    impact: 'interruption',
    title: 'connections stop that policies deny',
    reason: 'In audit mode policies only log. Afterwards agents drop packets of existing connections as well.',
    before: 'Search the flows with verdict AUDIT: hubble observe --verdict AUDIT.',
    page: 'docs/usage/cilium.md#pods-policies-and-encryption',
  },
  'cilium-effect-audit-on': {
    impact: 'restart',
    title: 'agents restart one after the other, connections stay, and policies drop nothing',
    reason: 'In audit mode policies only log what they would drop, for all pods of the shoot.',
    page: 'docs/usage/cilium.md#pods-policies-and-encryption',
  },
  'cilium-effect-bgp-off': {
    impact: 'interruption',
    title: 'connections stop that use routes announced by BGP',
    reason: 'An agent without the BGP control plane ends its sessions, and routers withdraw the routes.',
    before: 'Replace the announced routes by others.',
    page: 'docs/usage/cilium-agent-options.md#passwords-of-bgp-peers',
  },
  'cilium-effect-bgp-on': {
    impact: 'restart',
    title: 'agents restart one after the other, connections stay, and BGP policies take effect',
    reason:
      'Agents announce what objects of kind CiliumBGPClusterConfig select; without such objects nothing is announced.',
    page: 'docs/usage/cilium-agent-options.md#passwords-of-bgp-peers',
  },
  'cilium-effect-bgp-sessions': {
    impact: 'interruption',
    title: 'unless peers use graceful restart, connections over routes announced by BGP are interrupted',
    reason:
      'The sessions of a node end with its agent. Routers withdraw the routes of the node until the new agent has announced them, unless gracefulRestart is enabled in the CiliumBGPPeerConfig.',
    before: 'Enable gracefulRestart in the CiliumBGPPeerConfig.',
    page: 'docs/usage/cilium-agent-options.md#passwords-of-bgp-peers',
    duration: 'rollout',
  },
  'cilium-effect-cni-exclusive': {
    impact: 'restart',
    title:
      'agents restart one after the other, connections stay, and other CNI configurations are removed from the nodes',
    reason:
      'Agents rename the configurations of other CNI plugins, such as Multus, which are not called for new pods any more.',
    page: 'docs/usage/cilium.md#pods-policies-and-encryption',
  },
  'cilium-effect-devices': {
    impact: 'interruption',
    title: 'connections that enter or leave the cluster through other devices are interrupted',
    reason:
      'Agents load-balance and masquerade on the selected devices only. On a device that is no longer selected, packets of existing connections are not translated back.',
    before: 'Verify the names of the devices on nodes of all worker pools: agents do not start if no device matches.',
    page: 'docs/usage/cilium.md#tunnel-and-routing',
    duration: 'rollout',
    explains: ['routing'],
  },
  'cilium-effect-egress-gateway-off': {
    impact: 'interruption',
    title: 'connections through egress gateways are interrupted, and pods leave the cluster through their own node',
    reason: 'Agents no longer send packets to the gateway, which has another address than the node of the pod.',
    before: 'Allow the addresses of all nodes where only those of the gateways are allowed.',
    page: 'docs/usage/egress.md#egress-gateway',
    explains: ['egress gateway'],
  },
  'cilium-effect-egress-gateway-on': {
    impact: 'restart',
    title:
      'agents restart one after the other, connections stay, and policies of kind CiliumEgressGatewayPolicy take effect',
    reason:
      'Without such policies nothing changes for any pod. Connections that a policy selects get the address of the gateway.',
    page: 'docs/usage/egress.md#egress-gateway',
    explains: ['egress gateway'],
  },
  'cilium-effect-encryption-nodes': {
    impact: 'interruption',
    title: 'connections between nodes are interrupted for moments',
    reason:
      'Two nodes encrypt packets of the nodes themselves when both agents do. They change at different times, and packets in between are lost.',
    page: encryption,
    duration: 'rollout',
    explains: ['encryption'],
  },
  'cilium-effect-encryption-off': {
    impact: 'interruption',
    title: 'packets are no longer encrypted, and connections between nodes are interrupted for moments',
    reason:
      'A node sends encrypted packets to a node whose agent has removed WireGuard, until it learns that the key is gone.',
    page: encryption,
    duration: 'rollout',
    explains: ['encryption'],
  },
  'cilium-effect-encryption-on': {
    impact: 'interruption',
    title: 'connections between nodes are interrupted for moments',
    reason:
      'Two nodes encrypt when both know the key of the other; until then packets are not encrypted. They learn it at different times, and packets in between are lost. Existing pods have an MTU without room for the header of WireGuard.',
    before: 'Allow UDP port 51871 between all nodes.',
    after: 'Restart the pods, or replace the nodes, so that pods get the MTU that fits.',
    page: encryption,
    duration: 'rollout',
    explains: ['encryption', 'MTU'],
  },
  'cilium-effect-gateway-api-off': {
    impact: 'interruption',
    title: 'connections through Gateways stop, and Gateways lose their addresses',
    reason: 'Agents and operator no longer serve objects of the Gateway API.',
    before: 'Lead the traffic of all Gateways to other load balancers.',
    page: 'docs/usage/gateway-api.md#options',
  },
  'cilium-effect-gateway-api-on': {
    impact: 'restart',
    title: 'agents restart one after the other, connections stay, and Gateways are served',
    reason: 'The operator makes a Service for each Gateway of its class; without such objects nothing is served.',
    before: 'Install the CRDs of the Gateway API.',
    page: 'docs/usage/gateway-api.md#first-gateway',
  },
  'cilium-effect-gateway-traffic-policy': {
    impact: 'interruption',
    title: 'connections through Gateways may be interrupted',
    reason: 'Load balancers check nodes in another way and send connections to other nodes.',
    page: 'docs/usage/gateway-api.md#options',
  },
  'cilium-effect-kube-proxy': {
    impact: 'interruption',
    title: 'connections to Services are interrupted',
    reason:
      'Cilium and kube-proxy translate addresses in tables of their own. Connections that one of them translates are unknown to the other.',
    page: 'docs/usage/ebpf-and-kube-proxy.md#cilium',
    duration: 'rollout',
    explains: ['data plane', 'masquerading'],
  },
  'cilium-effect-l2-off': {
    impact: 'interruption',
    title: 'connections to announced addresses of Services stop',
    reason: 'Without announcements no node replies to requests for these addresses in the local network.',
    before: 'Give these Services other addresses.',
    page: 'docs/usage/cilium-agent-options.md#rate-limit-of-l2-announcements',
  },
  'cilium-effect-l2-on': {
    impact: 'restart',
    title: 'agents restart one after the other, connections stay, and L2 announcement policies take effect',
    reason:
      'Agents announce what objects of kind CiliumL2AnnouncementPolicy select; without such objects nothing is announced.',
    page: 'docs/usage/cilium-agent-options.md#rate-limit-of-l2-announcements',
  },
  'cilium-effect-load-balancing': {
    impact: 'interruption',
    title: 'connections to NodePorts and load balancers are interrupted',
    reason:
      'The mode decides which node replies. Replies of connections that began in the other mode do not find their way.',
    before: 'With dsr and hybrid, verify that the network accepts replies with addresses of Services.',
    page: services,
    duration: 'rollout',
    explains: ['data plane'],
  },
  'cilium-effect-masquerading': {
    impact: 'interruption',
    title: 'connections to the outside of the cluster are interrupted',
    reason:
      'eBPF and iptables remember the address and port of a masqueraded connection in tables of their own. Packets of connections that one of them masquerades are not translated back by the other.',
    before: 'If the source address changes, allow the new addresses in firewalls outside of the cluster.',
    page: egress,
    duration: 'rollout',
    explains: ['masquerading'],
  },
  'cilium-effect-masquerading-off': {
    impact: 'interruption',
    title: 'connections to the outside of the cluster stop unless routers outside know the addresses of pods',
    reason:
      'Packets leave the cluster with the addresses of pods. Replies arrive only where the network outside routes the pod range of each node.',
    before:
      'Verify that routers outside send packets for the pod range of each node to it, and that firewalls allow these addresses.',
    page: egress,
    explains: ['masquerading'],
  },
  'cilium-effect-native-range': {
    impact: 'restart',
    title: 'agents restart one after the other, connections stay',
    reason:
      'Packets to the native range are not masqueraded. The range is that of the pods, whose packets are not masqueraded with or without it.',
    page: 'docs/usage/cilium.md#tunnel-and-routing',
    explains: ['routing'],
  },
  'cilium-effect-routes-added': {
    impact: 'restart',
    title: 'agents restart one after the other, and packets take direct routes between nodes of one subnet',
    reason:
      'Agents make routes to nodes that they reach directly. Other packets take the routes of the network, as before.',
    before: 'Verify that the nodes of a subnet can send packets to each other directly, with addresses of pods.',
    page: routes,
    explains: ['routing'],
  },
  'cilium-effect-routes-removed': {
    impact: 'interruption',
    title: 'connections between nodes stop unless the network routes the pod range of each node',
    reason:
      'An agent removes the direct routes of its node when it starts. Packets then go to the router of the subnet.',
    before: 'Verify that the network has a route to the pod range of each node.',
    page: routes,
    explains: ['routing'],
  },
  'cilium-effect-snat-rules': {
    impact: 'restart',
    title: 'agents restart one after the other, connections stay',
    reason: 'Only rules of iptables change, which apply to connections that begin after them.',
    page: egress,
    explains: ['masquerading'],
  },
  'cilium-effect-socket-lb': {
    impact: 'interruption',
    title: 'connections of pods to Services are interrupted',
    reason:
      'Agents translate addresses at the socket again, when a connection begins. Connections that were translated packet by packet may lose their translation.',
    page: 'docs/usage/service-meshes.md#limits',
    duration: 'rollout',
  },
  'cilium-effect-socket-lb-limited': {
    impact: 'restart',
    title: 'agents restart one after the other, connections stay, and new ones of pods are translated packet by packet',
    reason:
      'A connection that was translated at its socket has the address of the pod since it began, and needs no translation.',
    page: 'docs/usage/service-meshes.md#limits',
  },
  'cilium-effect-source-address': {
    impact: 'restart',
    title: 'agents restart one after the other, and new connections to the outside have another source address',
    reason:
      'Rules of iptables decide about the first packet of a connection, so existing connections retain their address.',
    before: 'Allow the addresses of nodes in firewalls outside of the cluster.',
    page: egress,
    explains: ['masquerading'],
  },
  'cilium-effect-strict-off': {
    impact: 'restart',
    title: 'agents restart one after the other, connections stay, and unencrypted packets are no longer dropped',
    reason: 'Nodes encrypt as before; only the check is removed.',
    page: 'docs/usage/encryption.md#strict-mode',
    explains: ['encryption'],
  },
  'cilium-effect-strict-on': {
    impact: 'restart',
    title: 'agents restart one after the other, connections stay, and unencrypted packets to other nodes are dropped',
    reason: 'All nodes encrypt already, so that their packets are not affected.',
    before:
      'Verify that all agents encrypt: kubectl -n kube-system exec ds/cilium -c cilium-agent -- cilium-dbg encrypt status.',
    page: 'docs/usage/encryption.md#strict-mode',
    explains: ['encryption'],
  },
  'cilium-effect-strict-order': {
    impact: 'interruption',
    title: 'connections between updated nodes and the others are interrupted',
    reason:
      'A node in strict mode drops packets to nodes whose key it does not know, which are all that are not updated yet.',
    order: 'Enable the encryption, wait until all agents have restarted, then enable strictMode.',
    page: 'docs/usage/encryption.md#strict-mode',
    duration: 'rollout',
    explains: ['encryption'],
  },
  'cilium-effect-tunnel': {
    impact: 'interruption',
    title: 'connections between nodes are interrupted',
    reason:
      'Nodes with different tunnels, or with and without a tunnel, exchange no packets (docs/reference/dataplane.md#change-overlay-on).',
    page: overlay,
    duration: 'rollout',
    explains: ['encapsulation', 'routing', 'MTU'],
  },
  'cilium-effect-tunnel-direct': {
    impact: 'interruption',
    title: 'connections between nodes are interrupted',
    reason:
      'Nodes with and without a tunnel exchange no packets. Afterwards agents make routes to nodes that they reach directly; packets to other nodes take the routes of the network.',
    before: 'Verify that all nodes are in one subnet, or that the network routes the pod range of each node.',
    page: overlay,
    duration: 'rollout',
    explains: ['encapsulation', 'routing', 'MTU'],
  },
  'cilium-effect-tunnel-off': {
    impact: 'interruption',
    title: 'connections between nodes are interrupted',
    reason:
      'Nodes with and without a tunnel exchange no packets (docs/reference/dataplane.md#change-overlay-off). Afterwards packets have the addresses of pods, which the network must route.',
    before:
      'Verify that the network has a route to the pod range of each node: kubectl get nodes -o custom-columns=N:.metadata.name,R:\'.status.conditions[?(@.type=="NetworkUnavailable")].reason\' prints RouteCreated for each node if the provider creates routes.',
    page: overlay,
    duration: 'rollout',
    explains: ['encapsulation', 'routing', 'MTU'],
  },
  'cilium-effect-unused': {
    impact: 'restart',
    title: 'agents restart one after the other, connections stay',
    reason:
      'No packet depends on the value: kube-proxy handles Services in its place, or the shoot does not have the IP family to which it belongs.',
    page: services,
    explains: ['data plane', 'masquerading'],
  },
} as const satisfies EffectRules;
