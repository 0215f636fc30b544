import { type Cidr, parseCidr } from '../gardener/cidr.ts';
import { type ShootFacts, shootFacts } from '../gardener/cluster.ts';
import type { IPFamily } from '../gardener/network.ts';
import { type NodeSizes, readNodeSizes } from '../gardener/node-sizes.ts';
import { recordOf } from '../gardener/objects.ts';
import { type Diagnostic, networkRules, reporter } from './diagnostics.ts';
import { podRange } from './shoot.ts';
import { describeShoot } from './shoot-findings.ts';

/** The number of nodes and pods for which the address ranges of a shoot have room (docs/usage/sizing.md). */
export interface Capacity {
  readonly pods: readonly RangeCapacity[];
  /** Absent if the range of nodes is not known. */
  readonly nodes?: RangeCapacity;
  /** The smallest number of nodes of all ranges. */
  readonly maximumNodes: bigint;
  /** The kubelet's maxPods, or the number of addresses in the pod range of a node, if that is smaller. */
  readonly podsPerNode: bigint;
  readonly workers: NodeSizes['workers'];
  /** The limit of the provider that makes a route for each node; absent if no routes are needed, or if the limit is not known. */
  readonly routes?: RouteLimit;
}

export interface RouteLimit {
  /** spec.provider.type of the Shoot. */
  readonly provider: string;
  readonly limit: number;
  /** Whether operators can raise the limit. */
  readonly isDefault: boolean;
  /** The object that the limit applies to. */
  readonly per: 'route table' | 'router';
}

export interface CapacityInput {
  readonly shoot: Readonly<Record<string, unknown>>;
  /** Prefix length of the IPv4 ranges that the CNI itself assigns to nodes; absent if it uses those of kube-controller-manager. */
  readonly ipv4NodeMask?: number | undefined;
  /** Whether the infrastructure routes packets to the pods of each node; default false. */
  readonly infrastructureRoutes?: boolean | undefined;
}

/** Room for nodes in the ranges of one family. */
export interface RangeCapacity {
  readonly family: IPFamily;
  /** As written in the Shoot. */
  readonly ranges: readonly string[];
  /** Prefix length of the part of one node; absent for ranges of node addresses. */
  readonly nodeMask?: number;
  readonly nodes: bigint;
}

/**
 * Computes the room in the ranges of a Shoot, as Gardener does for its cluster-autoscaler (calculateMaxNodesForPodsNetwork). Ranges that the
 * infrastructure allocates, and those that cannot be parsed, do not count. Returns undefined if the pod range is not known.
 */
export function computeCapacity(input: CapacityInput): Capacity | undefined {
  const { shoot, ipv4NodeMask = 0, infrastructureRoutes = false } = input;
  const facts = shootFacts(shoot);
  const sizes = readNodeSizes(shoot);
  // kube-controller-manager assigns a range to each node even if the CNI does not use it, so that both limit the number of nodes.
  const assigned = { ...sizes.nodeMask, IPv4: ipv4NodeMask || sizes.nodeMask.IPv4 };
  const pods = (['IPv4', 'IPv6'] as const).flatMap((family) => {
    const range = podRange({ family, podCIDR: facts.networking.pods, shoot: facts });
    const masks = [assigned[family], sizes.nodeMask[family]];
    return range === undefined ? [] : [podCapacity(range, Math.min(...masks))];
  });
  if (pods.length === 0) return undefined;
  const [nodes] = nodeRanges(facts)
    .map(([family, ranges]) => nodeCapacity(family, ranges))
    .sort(bySize);
  const limits = [...pods, ...(nodes === undefined ? [] : [nodes])].map((one) => one.nodes);
  const routes = infrastructureRoutes ? findRouteLimit(shoot) : undefined;
  const addresses = pods.map(({ family }) => usableAddresses(family, assigned[family]));
  return {
    pods,
    ...(nodes && { nodes }),
    maximumNodes: smallest(limits),
    podsPerNode: smallest([BigInt(sizes.maxPods), ...addresses]),
    workers: sizes.workers,
    ...(routes && { routes }),
  };
}

/** Limits of providers that are the same for all accounts or have a default (docs/usage/overlay-and-routes.md#route-limits-of-providers). */
const routeLimits: readonly RouteLimit[] = [
  { provider: 'aws', limit: 500, isDefault: true, per: 'route table' },
  { provider: 'azure', limit: 400, isDefault: false, per: 'route table' },
  { provider: 'openstack', limit: 30, isDefault: true, per: 'router' },
];

function findRouteLimit(shoot: CapacityInput['shoot']): RouteLimit | undefined {
  const { type } = recordOf(recordOf(shoot['spec'])['provider']);
  return routeLimits.find(({ provider }) => provider === type);
}

/** Returns the warnings about ranges that have no room for all nodes that the worker pools may have. */
export function capacityFindings(input: CapacityInput): readonly Diagnostic[] {
  const capacity = computeCapacity(input);
  if (capacity?.workers.maximum === undefined) return [];
  const { pods, nodes, workers } = capacity;
  const needed = BigInt(capacity.workers.maximum) + BigInt(workers.surge);
  const found = (one: RangeCapacity, path: string): readonly Diagnostic[] => {
    if (one.nodes >= needed) return [];
    const object = describeShoot(shootFacts(input.shoot));
    const message = `${describeRoom(one)}, but ${describeWorkers(workers)}`;
    return [report('network-range-small', { object, path, message })];
  };
  const [least] = [...pods].sort(bySize);
  return [
    ...(least === undefined ? [] : found(least, 'spec.networking.pods')),
    ...(nodes === undefined ? [] : found(nodes, 'spec.networking.nodes')),
  ];
}

/** Describes the room in ranges, such as `100.64.0.0/22 has room for 4 nodes with /24 each`. */
function describeRoom({ ranges, nodes, nodeMask }: RangeCapacity): string {
  const verb = ranges.length === 1 ? 'has' : 'have';
  const part = nodeMask === undefined ? '' : ` with /${nodeMask} each`;
  return `${ranges.join(' and ')} ${verb} room for ${countNodes(nodes)}${part}`;
}

/** Describes the largest number of nodes of all pools, such as `the worker pools may have 16 nodes, and 2 more during updates`. */
export function describeWorkers({ maximum = 0, surge }: NodeSizes['workers']): string {
  const more = surge === 0 ? '' : `, and ${surge.toLocaleString('en')} more during updates`;
  return `the worker pools may have ${countNodes(BigInt(maximum))}${more}`;
}

/** Formats a number of nodes; beyond a million, which no cluster reaches, as `over 1,000,000 nodes`. */
export function countNodes(nodes: bigint): string {
  if (nodes > 1_000_000n) return 'over 1,000,000 nodes';
  return `${nodes.toLocaleString('en')} node${nodes === 1n ? '' : 's'}`;
}

const report = reporter(networkRules);

function nodeRanges({ networking, observed }: ShootFacts): readonly (readonly [IPFamily, readonly Cidr[]])[] {
  const texts = new Set([...(networking.nodes === undefined ? [] : [networking.nodes]), ...observed.nodes]);
  const ranges = [...texts].flatMap((text) => parseCidr(text) ?? []);
  return [...Map.groupBy(ranges, ({ family }) => family)];
}

function podCapacity({ text, family, prefix }: Cidr, mask: number): RangeCapacity {
  return { family, ranges: [text], nodeMask: mask, nodes: mask < prefix ? 0n : 1n << BigInt(mask - prefix) };
}

/** In IPv4 the first and the last address of a range are reserved. */
function nodeCapacity(family: IPFamily, ranges: readonly Cidr[]): RangeCapacity {
  const reserved = family === 'IPv4' ? 2n : 0n;
  const nodes = ranges.reduce((total, { first, last }) => {
    const usable = last - first + 1n - reserved;
    return total + (usable > 0n ? usable : 0n);
  }, 0n);
  return { family, ranges: ranges.map(({ text }) => text), nodes };
}

/** The first and the last address of the range of a node are reserved (ValidateNodeCIDRMaskWithMaxPod). */
function usableAddresses(family: IPFamily, mask: number): bigint {
  const bits = (family === 'IPv4' ? 32 : 128) - mask;
  return bits < 2 ? 0n : (1n << BigInt(bits)) - 2n;
}

function bySize(one: RangeCapacity, other: RangeCapacity): number {
  return one.nodes < other.nodes ? -1 : Number(one.nodes > other.nodes);
}

function smallest(numbers: readonly bigint[]): bigint {
  return numbers.reduce((one, other) => (other < one ? other : one));
}
