import { recordOf } from './objects.ts';

/** The fields of a Shoot that determine the number of its nodes and of their pods. */
export interface NodeSizes {
  /** The highest maxPods of all kubelets. */
  readonly maxPods: number;
  readonly workers: WorkerSizes;
  /** Prefix lengths of the pod ranges of a node, with Gardener's defaults. */
  readonly nodeMask: { readonly IPv4: number; readonly IPv6: number };
}

export interface WorkerSizes {
  /** Sum of the maximum sizes of all worker pools; undefined if a pool has none, or if there is no pool. */
  readonly maximum: number | undefined;
  /** Sum of the nodes that rolling updates of all pools add. */
  readonly surge: number;
}

/**
 * Reads the sizes in a Shoot leniently: values of an unexpected type count as absent. Gardener's defaults are applied
 * (SetDefaults_Shoot and SetDefaults_Worker of core.gardener.cloud/v1beta1), because Shoots before their creation lack them.
 */
export function readNodeSizes(shoot: Readonly<Record<string, unknown>>): NodeSizes {
  const spec = recordOf(shoot['spec']);
  const kubernetes = recordOf(spec['kubernetes']);
  const workers: unknown = recordOf(spec['provider'])['workers'];
  const pools = Array.isArray(workers) ? workers.map(recordOf) : [];
  const maxPods = pools
    .map(poolMaxPods)
    .reduce((one, other) => Math.max(one, other), maxPodsOf(kubernetes) ?? defaultMaxPods);
  const maxima = pools.map(({ maximum }) => size(maximum));
  const known = maxima.length > 0 && maxima.every((one) => one !== undefined);
  return {
    maxPods,
    workers: {
      maximum: known ? sum(maxima) : undefined,
      surge: sum(pools.map(surge)),
    },
    nodeMask: nodeMasks(recordOf(kubernetes['kubeControllerManager']), {
      maxPods,
      families: recordOf(spec['networking'])['ipFamilies'],
    }),
  };
}

/** The kubelet’s default. */
const defaultMaxPods = 110;

/** Gardener’s default for pod ranges of nodes in IPv6. */
const defaultIPv6Mask = 64;

function poolMaxPods(pool: Readonly<Record<string, unknown>>): number {
  return maxPodsOf(recordOf(pool['kubernetes'])) ?? 0;
}

function maxPodsOf(kubernetes: Readonly<Record<string, unknown>>): number | undefined {
  return size(recordOf(kubernetes['kubelet'])['maxPods']);
}

/** Pools that are updated in place or have no nodes add none by default, others add one. */
function surge(pool: Readonly<Record<string, unknown>>): number {
  const { maxSurge, maximum, updateStrategy, zones } = pool;
  if (typeof maxSurge === 'string') {
    const percent = /^(\d{1,3})%$/.exec(maxSurge)?.[1];
    const count = Array.isArray(zones) ? Math.max(1, zones.length) : 1;
    return percent === undefined ? 0 : percentSurge({ percent: Number(percent), maximum: size(maximum) ?? 0, count });
  }
  // A pool without nodes is never updated.
  if (maximum === 0) return 0;
  const isInPlace = updateStrategy === 'AutoInPlaceUpdate' || updateStrategy === 'ManualInPlaceUpdate';
  return size(maxSurge) ?? (isInPlace ? 0 : 1);
}

/**
 * Returns the nodes that a percentage adds in all zones: Gardener distributes the nodes over the zones, the first ones get one more, and weights the
 * percentage by the nodes of the zone (DistributePercentOverZones); machine-controller-manager rounds it up in each zone.
 */
function percentSurge(input: { readonly percent: number; readonly maximum: number; readonly count: number }): number {
  const { percent, maximum, count } = input;
  const [least, larger] = [Math.floor(maximum / count), maximum % count];
  const inZone = (nodes: number): number => {
    const ratio = larger === 0 ? 100 : (100 / (maximum / count)) * nodes;
    return Math.ceil((nodes * Math.ceil((ratio * percent) / 100)) / 100);
  };
  return larger * inZone(least + 1) + (count - larger) * inZone(least);
}

/** In shoots with IPv6 only, either field sets the mask. */
function nodeMasks(
  controllerManager: Readonly<Record<string, unknown>>,
  { maxPods, families }: { readonly maxPods: number; readonly families: unknown },
): NodeSizes['nodeMask'] {
  const { nodeCIDRMaskSize: mask, nodeCIDRMaskSizeIPv6: maskIPv6 } = controllerManager;
  const isDualStack = Array.isArray(families) && families.length > 1;
  const shared = isDualStack ? [] : [mask];
  return {
    IPv4: firstSize([mask], 32) ?? defaultIPv4Mask(maxPods),
    IPv6: firstSize([maskIPv6, ...shared], 128) ?? defaultIPv6Mask,
  };
}

/** Twice as many addresses as pods, since the address of a terminated pod is not reused immediately. */
function defaultIPv4Mask(maxPods: number): number {
  return Math.max(0, 32 - Math.ceil(Math.log2(Math.max(1, maxPods) * 2)));
}

/** Fields with numbers are int32 in Gardener. */
const largest = 2 ** 31 - 1;

function size(value: unknown, most = largest): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most ? value : undefined;
}

function firstSize(values: readonly unknown[], most: number): number | undefined {
  return values.map((value) => size(value, most)).find((value) => value !== undefined);
}

function sum(numbers: readonly (number | undefined)[]): number {
  return numbers.reduce<number>((total, one) => total + (one ?? 0), 0);
}
