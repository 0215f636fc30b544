import { isRecord, recordOf } from '../gardener/objects.ts';
import {
  type Capacity,
  capacityFindings,
  computeCapacity,
  countNodes,
  describeWorkers,
  type RangeCapacity,
  type RouteLimit,
} from '../network/capacity.ts';
import { pluginFor } from '../network/plan.ts';
import type { PlanResult } from '../network/plugin.ts';
import { plugins } from '../plugins/index.ts';
import type { OfflineResult } from './completeness.ts';
import type { Subject } from './subjects.ts';

/** Adds the warnings about ranges that are too small for the worker pools to a plan; for a Cluster without a Shoot there are none. */
export function withCapacityFindings(result: PlanResult, cluster: unknown): PlanResult {
  const input = capacityInput(result, cluster);
  if (input === undefined) return result;
  return { ...result, diagnostics: [...result.diagnostics, ...capacityFindings(input)] };
}

/**
 * Returns the function that computes the room in the ranges of the Shoot in a Cluster; it returns undefined if they are not known. It does not
 * retain the plan.
 */
export function capacityOf(
  result: OfflineResult | undefined,
  { network, cluster }: Pick<Subject, 'network' | 'cluster'>,
): () => Capacity | undefined {
  const input = capacityInput(result, cluster);
  return () => {
    if (input === undefined) return undefined;
    const plugin = pluginFor(plugins, network.spec.type);
    const paths = plugin?.podPaths?.(plugin.decode({ network, cluster, featureGates: {} })) ?? [];
    return computeCapacity({ ...input, infrastructureRoutes: paths.some(({ routes }) => routes === 'infrastructure') });
  };
}

/** Describes the room in the ranges of a shoot in one line. */
export function describeCapacity({ maximumNodes, podsPerNode, pods, nodes, workers, routes }: Capacity): string {
  const limit = (kind: string, one: RangeCapacity): string =>
    `${kind} range ${one.ranges.join(' and ')}: ${countNodes(one.nodes)}`;
  const limits = [...pods.map((one) => limit('pod', one)), ...(nodes === undefined ? [] : [limit('node', nodes)])];
  const pools = workers.maximum === undefined ? '' : `; ${describeWorkers(workers)}`;
  return `room for ${countNodes(maximumNodes)} with ${podsPerNode.toLocaleString('en')} pods each (${limits.join(', ')})${pools}${routes === undefined ? '' : `; ${describeRoutes(routes)}`}`;
}

/** Describes the limit, which may differ from that of the user's account, and therefore does not count. */
function describeRoutes({ provider, limit, isDefault, per }: RouteLimit): string {
  return `without an overlay each node needs a route: ${provider} has ${limit} per ${per}${isDefault ? ' by default' : ''}`;
}

/** Returns the room in ranges for programs; numbers beyond those that JSON stores exactly are the largest such number. */
export function capacityToJson({ maximumNodes, podsPerNode, pods, nodes, workers, routes }: Capacity): object {
  const range = (one: RangeCapacity): object => ({ ...one, nodes: toNumber(one.nodes) });
  return {
    maximumNodes: toNumber(maximumNodes),
    podsPerNode: toNumber(podsPerNode),
    pods: pods.map(range),
    ...(nodes && { nodes: range(nodes) }),
    workers,
    ...(routes && { routes }),
  };
}

function toNumber(count: bigint): number {
  return Math.min(Number(count), Number.MAX_SAFE_INTEGER);
}

function capacityInput(
  result: OfflineResult | undefined,
  cluster: unknown,
): Parameters<typeof computeCapacity>[0] | undefined {
  const { shoot } = recordOf(recordOf(cluster)['spec']);
  if (!isRecord(shoot)) return undefined;
  return { shoot, ipv4NodeMask: result?.outcome === 'planned' ? result.plan.ipv4NodeMask : undefined };
}
