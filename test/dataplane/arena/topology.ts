/**
 * The network around nodes: one bridge, to which all nodes are attached, a router to a host outside of the cluster, and an API server. The
 * namespace of the arena is bridge and router; each node and the outside host have a network namespace of their own.
 */
import { connect, createServer, type Server } from 'node:net';
import { ip, shell } from './command.ts';

/** Addresses of one family; a node has an address per family of its cluster. */
export interface Addresses {
  readonly ipv4?: string;
  readonly ipv6?: string;
}

export type Family = keyof Addresses;

/** Addresses of the nodes' network and of what is behind it. */
export const addresses = {
  /** The router, and the API server on port 443. */
  router: { ipv4: '10.250.0.1', ipv6: 'fd00:250::1' },
  /** Nodes are in subnet 0, unless a class distributes them over subnets; each subnet has a router address of its own. */
  node: (index: number, subnet = 0): Required<Addresses> => ({
    ipv4: `10.250.${subnet}.${10 + index}`,
    ipv6: `fd00:250:0:${subnet}::${10 + index}`,
  }),
  /** A host to which the router has a route, and which has a route to nodes only. */
  outside: { ipv4: '203.0.113.2', ipv6: '2001:db8::2' },
  /** Another address of the same host. */
  outside2: { ipv4: '203.0.113.3' },
} as const satisfies Record<string, Addresses | ((index: number, subnet?: number) => Addresses)>;

/** Name of the network namespace of the outside host. */
export const outside = 'outside';

/** Ranges of a shoot in the arena, by family. */
export const ranges = {
  ipv4: { pods: '100.64.0.0/12', nodes: '10.250.0.0/16', services: '100.104.0.0/16' },
  ipv6: { pods: 'fd00:100::/32', nodes: 'fd00:250::/56', services: 'fd00:10::/112' },
} as const satisfies Record<Family, unknown>;

/** Creates bridge, router and outside host. */
export async function createFabric(): Promise<void> {
  await shell([
    'ip link set lo up',
    'sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1',
    'ip link add fabric type bridge',
    ...[0, 1].flatMap((subnet) =>
      addressLines('fabric', { ipv4: `10.250.${subnet}.1/24`, ipv6: `fd00:250:0:${subnet}::1/64` }),
    ),
    'ip link set fabric up',
    `ip netns add ${outside}`,
    `ip link add outside0 type veth peer name eth0 netns ${outside}`,
    ...addressLines('outside0', { ipv4: '203.0.113.1/24', ipv6: '2001:db8::1/64' }),
    'ip link set outside0 up',
  ]);
  await shell([
    `ip -n ${outside} link set lo up`,
    ...addressLines('eth0', { ipv4: '203.0.113.2/24', ipv6: '2001:db8::2/64' }, outside),
    ...addressLines('eth0', { ipv4: '203.0.113.3/24' }, outside),
    `ip -n ${outside} link set eth0 up`,
    `ip -n ${outside} route add 10.250.0.0/16 via 203.0.113.1`,
    `ip -n ${outside} -6 route add fd00:250::/56 via 2001:db8::1`,
  ]);
}

/** Creates the network namespace of a node with interface eth0 on the bridge. */
export async function attachNode(name: string, own: Addresses): Promise<void> {
  const prefixed = {
    ...(own.ipv4 === undefined ? {} : { ipv4: `${own.ipv4}/24` }),
    ...(own.ipv6 === undefined ? {} : { ipv6: `${own.ipv6}/64` }),
  };
  await shell([
    `ip netns add ${name}`,
    `ip link add ${name} type veth peer name eth0 netns ${name}`,
    `ip link set ${name} master fabric up`,
    `ip -n ${name} link set lo up`,
    ...addressLines('eth0', prefixed, name),
    `ip -n ${name} link set eth0 up`,
    ...(own.ipv4 === undefined ? [] : [`ip -n ${name} route add default via ${own.ipv4.replace(/\d+$/, '1')}`]),
    ...(own.ipv6 === undefined ? [] : [`ip -n ${name} -6 route add default via ${own.ipv6.replace(/\d+$/, '1')}`]),
  ]);
}

/** Sets the route of a cloud provider: the router sends a pod range to its node. */
export async function addCloudRoute(range: string, node: Addresses): Promise<void> {
  const next = range.includes(':') ? node.ipv6 : node.ipv4;
  await ip(`route replace ${range} via ${next}`);
}

/** Lets the outside host send to a range of pods through the router, like a network that routes them. */
export async function routeFromOutside(range: string): Promise<void> {
  await ip(`route add ${range} via ${range.includes(':') ? '2001:db8::1' : '203.0.113.1'}`, outside);
}

/** Forwards connections to port 443 of the router to the API server, which listens on the loopback interface only. */
export async function forwardApiServer(server: string): Promise<readonly Server[]> {
  const { hostname, port } = new URL(server);
  const listen = async (host: string): Promise<Server> => {
    const relay = createServer((client) => {
      const upstream = connect({ host: hostname, port: Number(port) });
      for (const [from, to] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        from.pipe(to);
        from.on('error', () => to.destroy());
        from.on('close', () => to.destroy());
      }
    });
    await new Promise<void>((resolve, reject) => {
      relay.once('error', reject);
      relay.listen({ host, port: 443 }, () => resolve());
    });
    return relay;
  };
  return Promise.all([listen(addresses.router.ipv4), listen(addresses.router.ipv6)]);
}

/** `nodad`, because duplicate address detection delays IPv6 addresses. */
function addressLines(link: string, own: Addresses, namespace?: string): readonly string[] {
  const within = namespace === undefined ? '' : `-n ${namespace} `;
  return [
    ...(own.ipv4 === undefined ? [] : [`ip ${within}address add ${own.ipv4} dev ${link}`]),
    ...(own.ipv6 === undefined ? [] : [`ip ${within}address add ${own.ipv6} dev ${link} nodad`]),
  ];
}
