import type { ShootFacts } from '../../gardener/cluster.ts';
import type { PodPath } from '../../network/reachability.ts';
import type { Traffic } from '../../network/traffic.ts';

/** The component that handles Services, in words. */
export interface Proxy {
  /** `kube-proxy, mode IPTables`, or `eBPF of Cilium`. */
  readonly services: string;
  readonly dns: 'CoreDNS' | 'NodeLocalDNS';
}

/** A node with one pod. */
export interface NodePicture {
  readonly name: string;
  /** Example addresses in the ranges of the shoot; a word where a range is not known. */
  readonly address: string;
  readonly pod: { readonly name: string; readonly address: string };
  /** The range from which the pods of the node get their addresses; undefined if it is not known or if there is none. */
  readonly range: string | undefined;
}

/** The places between which a step is drawn. */
export type Place = 'pod a' | 'node a' | 'network' | 'node b' | 'pod b' | 'dns' | 'internet';

/** A packet on one part of its path. */
export interface Step {
  readonly from: Place;
  readonly to: Place;
  readonly text: string;
  /** Source and destination in the header that the pods see. */
  readonly inner: Header;
  /** The header around it, with the protocol of the tunnel. */
  readonly outer?: Header & { readonly protocol: string };
  /** The packet ends here. */
  readonly lost?: true;
}

export interface Header {
  readonly source: string;
  readonly destination: string;
}

export type Destination = 'pod' | 'service' | 'internet' | 'dns';

/** The path of a packet of `pod a`. */
export interface PacketPath {
  readonly to: Destination;
  readonly arrives: boolean;
  readonly steps: readonly Step[];
  /** What the reader must know beside the steps. */
  readonly note?: string;
}

export interface PacketInput {
  readonly cni: string;
  readonly path: PodPath;
  readonly traffic: Traffic;
  readonly facts: ShootFacts;
  readonly proxy: Proxy;
  readonly nodes: readonly [NodePicture, NodePicture];
  /** The address of a Service whose pod is `pod b`. */
  readonly service: string;
}

/** Returns the paths to a pod on another node, to a Service with such a pod, to the Internet, and to DNS. */
export function packetPaths(input: PacketInput): readonly PacketPath[] {
  return [podPath(input), servicePath(input), internetPath(input), dnsPath(input)];
}

function podPath(input: PacketInput): PacketPath {
  const { a, b } = addresses(input);
  const header = { source: a.pod, destination: b.pod };
  const first: Step = { from: 'pod a', to: 'node a', text: policyText(input, 'egress'), inner: header };
  return { to: 'pod', arrives: input.path.reach !== 'no network', steps: [first, ...betweenNodes(input)] };
}

/** The steps from one node to a pod of another one. */
function betweenNodes(input: PacketInput): readonly Step[] {
  const { a, b } = addresses(input);
  const inner = { source: a.pod, destination: b.pod };
  const fault = faultText(input.path);
  if (fault !== undefined) return [{ from: 'node a', to: 'network', text: fault, inner, lost: true }];
  const wrapped = wrapping(input);
  const outer =
    wrapped === undefined ? {} : { outer: { source: a.node, destination: b.node, protocol: wrapped.protocol } };
  const unwrap = wrapped === undefined ? '' : `${wrapped.undo} `;
  return [
    { from: 'node a', to: 'network', text: wrapped?.text ?? plainText(input.path), inner, ...outer },
    { from: 'network', to: 'node b', text: networkText(input), inner, ...outer },
    { from: 'node b', to: 'pod b', text: `${unwrap}${policyText(input, 'ingress')}`, inner },
  ];
}

interface Wrapping {
  readonly protocol: string;
  readonly text: string;
  readonly undo: string;
}

/** Returns how the packet is wrapped between nodes; undefined for a plain packet. */
function wrapping({ path, traffic }: PacketInput): Wrapping | undefined {
  const { transport } = path;
  const { encryption } = traffic;
  const isTunnel = transport !== 'plain' && encryption?.replacesTunnel !== true;
  const tunnel = isTunnel ? (/^(?:VXLAN|Geneve|IPIP)/.exec(transport)?.[0] ?? transport) : undefined;
  if (tunnel === undefined) return encryption && encrypted(encryption.protocol);
  const wrap =
    transport === 'IPIP between subnets'
      ? 'If node b is in another subnet, node a wraps the packet in IPIP, addressed to node b; in the same subnet the packet remains plain.'
      : `Node a wraps the packet in ${tunnel}, addressed to node b.`;
  if (encryption === undefined) return { protocol: tunnel, text: wrap, undo: 'Node b unwraps the packet.' };
  const { protocol } = encryption;
  return {
    protocol: `${tunnel} in ${protocol}`,
    text: `${wrap} ${protocol} encrypts it.`,
    undo: 'Node b decrypts and unwraps the packet.',
  };
}

function encrypted(protocol: string): Wrapping {
  return {
    protocol,
    text: `${protocol} on node a encrypts the packet and addresses it to node b.`,
    undo: 'Node b decrypts the packet.',
  };
}

function plainText({ routes }: PodPath): string {
  return routes === 'infrastructure'
    ? 'Node a sends the packet as it is, with the addresses of the pods.'
    : `Node a has a route to the addresses on node b, made by ${routeMaker(routes)}, and sends the packet as it is.`;
}

function networkText({ path, traffic }: PacketInput): string {
  const isWrapped = path.transport !== 'plain' || traffic.encryption !== undefined;
  if (isWrapped && path.reach === 'any network')
    return 'The network carries it like any packet between two nodes, and needs no routes to pods.';
  switch (path.reach) {
    case 'nodes in one subnet':
      return 'Both nodes must be in one subnet: a router between them does not know the addresses of pods.';
    case 'networks that route the pod range of each node':
      return traffic.encryption === undefined
        ? 'The network must have a route for the pod range of node b, which the infrastructure or its owner creates.'
        : 'The network carries the encrypted packet between the addresses of the nodes.';
    default:
      return 'The network carries the packet.';
  }
}

/** Returns the reason why no network carries the packets; undefined if one does. */
function faultText({ addresses: unit, routes, transport, reach }: PodPath): string | undefined {
  if (reach !== 'no network') return undefined;
  if (unit === 'one range on all nodes')
    return 'Every node assigns addresses of the same configured range, so that no route leads to the right node. The packet is lost.';
  if (routes === 'none')
    return 'No component makes routes to pods of other nodes with these options. The packet is lost.';
  if (routes === 'infrastructure')
    return `Routes of the infrastructure lead to the pod ranges of nodes. Pods have ${unit === 'blocks' ? 'addresses of blocks' : 'other addresses'}, which it does not know. The packet is lost.`;
  if (transport.startsWith('IPIP'))
    return 'BIRD routes the packet to the IPIP device, which Felix does not create with these options. The packet is lost.';
  return 'Agents make routes to ranges of nodes, and pods have single addresses. The packet is lost.';
}

function routeMaker(routes: string): string {
  return routes === 'agents' ? 'the agent on the node' : routes;
}

function servicePath(input: PacketInput): PacketPath {
  const { a, b } = addresses(input);
  const { service, proxy, traffic } = input;
  const first: Step = {
    from: 'pod a',
    to: 'node a',
    text:
      traffic.services === 'kube-proxy'
        ? 'Pod a sends to the Service. On node a, the rules of kube-proxy choose pod b and replace the address of the Service by that of the pod.'
        : `Pod a sends to the Service. On node a, ${proxy.services} chooses pod b and replaces the address of the Service by that of the pod, without kube-proxy.`,
    inner: { source: a.pod, destination: service },
  };
  const policy: Step = {
    from: 'node a',
    to: 'node a',
    text: policyText(input, 'egress'),
    inner: { source: a.pod, destination: b.pod },
  };
  return { to: 'service', arrives: input.path.reach !== 'no network', steps: [first, policy, ...betweenNodes(input)] };
}

function internetPath(input: PacketInput): PacketPath {
  const { a } = addresses(input);
  const destination = input.path.family === 'IPv4' ? '203.0.113.10' : '2001:db8:ffff::10';
  const maker = masqueradedBy(input);
  const inner = { source: a.pod, destination };
  const first: Step = { from: 'pod a', to: 'node a', text: policyText(input, 'egress'), inner };
  if (maker === undefined)
    return {
      to: 'internet',
      arrives: true,
      steps: [
        first,
        {
          from: 'node a',
          to: 'network',
          text: 'The packet is not masqueraded: it leaves with the address of the pod.',
          inner,
        },
        {
          from: 'network',
          to: 'internet',
          text: 'Replies return only if the routers outside know a route to the address of the pod.',
          inner,
        },
      ],
      note: 'Pods are not masqueraded.',
    };
  const masked = { source: a.node, destination };
  return {
    to: 'internet',
    arrives: true,
    steps: [
      first,
      {
        from: 'node a',
        to: 'network',
        text: `Node a masquerades the packet, by ${maker}: it leaves with the address of the node.`,
        inner: masked,
      },
      {
        from: 'network',
        to: 'internet',
        text: 'Replies return to the node, which sends them to the pod.',
        inner: masked,
      },
    ],
  };
}

/** Returns the part of the kernel that masquerades packets of pods; undefined if they are not masqueraded. */
function masqueradedBy({ path, traffic }: PacketInput): string | undefined {
  if (path.egress !== undefined)
    return path.egress === 'pod address' ? undefined : path.egress.replace('node address, by ', '');
  return traffic.masquerade.includes(path.family) ? traffic.policies : undefined;
}

function dnsPath(input: PacketInput): PacketPath {
  const { a } = addresses(input);
  const { traffic, facts, proxy } = input;
  const toService = { source: a.pod, destination: 'Service kube-dns' };
  if (proxy.dns === 'NodeLocalDNS') {
    const text =
      traffic.localDns === 'redirect policy'
        ? 'A local redirect policy directs the request to the pod of NodeLocalDNS on the same node.'
        : 'NodeLocalDNS listens on an address of the node itself, so that the request does not leave the node.';
    return {
      to: 'dns',
      arrives: true,
      steps: [
        { from: 'pod a', to: 'node a', text, inner: toService },
        {
          from: 'node a',
          to: 'dns',
          text: 'NodeLocalDNS answers from its cache, and asks CoreDNS otherwise.',
          inner: toService,
        },
      ],
    };
  }
  const bypassed = facts.nodeLocalDNS;
  return {
    to: 'dns',
    arrives: input.path.reach !== 'no network',
    steps: [
      {
        from: 'pod a',
        to: 'node a',
        text: `Pod a asks the Service kube-dns. On node a, ${traffic.services === 'kube-proxy' ? 'kube-proxy' : proxy.services} replaces its address by that of a pod of CoreDNS.`,
        inner: toService,
      },
      {
        from: 'node a',
        to: 'dns',
        text: 'CoreDNS may run on another node; the request takes the path of a packet to a pod there.',
        inner: { source: a.pod, destination: 'CoreDNS' },
      },
    ],
    ...(bypassed
      ? {
          note: 'The shoot has NodeLocalDNS, but its cache is bypassed: Felix translates the address of the Service itself.',
        }
      : {}),
  };
}

function policyText({ traffic, cni }: PacketInput, direction: 'egress' | 'ingress'): string {
  const [pod, node] = direction === 'egress' ? ['pod a', 'node a'] : ['pod b', 'node b'];
  return `${cni} on ${node} checks the ${direction} policies of ${pod}, in ${traffic.policies}.`;
}

interface Addresses {
  readonly pod: string;
  readonly node: string;
}

function addresses({ nodes: [one, other] }: PacketInput): { readonly a: Addresses; readonly b: Addresses } {
  return { a: { pod: one.pod.address, node: one.address }, b: { pod: other.pod.address, node: other.address } };
}
