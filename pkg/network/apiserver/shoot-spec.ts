import { type Cidr, parseCidr } from '../../gardener/cidr.ts';
import { maxEntries } from '../../gardener/cluster.ts';
import { ipFamilies } from '../../gardener/network.ts';
import { isRecord, recordOf } from '../../gardener/objects.ts';

/** The fields of a Shoot about which Gardener's API server has rules that concern the network, with Gardener's defaults. */
export interface ShootSpec {
  readonly name: string | undefined;
  readonly namespace: string | undefined;
  /** spec.kubernetes.version. */
  readonly version: string | undefined;
  readonly pools: readonly WorkerPool[];
  /** A Shoot without spec.provider, which API servers reject, is an excerpt, and has workers. */
  readonly workerless: boolean;
  readonly type: string | undefined;
  /** spec.provider.type. */
  readonly provider: string | undefined;
  readonly hasProviderConfig: boolean;
  /** As written, or Gardener's default; undefined for a value that is no list of strings, and for one with too many. */
  readonly families: readonly string[] | undefined;
  /** False if the Shoot has no list of families. */
  readonly hasFamilies: boolean;
  readonly pods: Range | undefined;
  readonly services: Range | undefined;
  readonly nodes: Range | undefined;
  /** Masks as written. */
  readonly givenMask: NodeMasks;
  /** Masks with Gardener's defaults. */
  readonly nodeMask: NodeMasks;
  /** The largest number of pods on a node, of all worker pools. */
  readonly maxPods: number;
  readonly kubeProxy: { readonly mode: string; readonly nftables: boolean } | undefined;
  readonly seedName: string | undefined;
}

/** Fields of a worker pool as written; undefined if absent or of a wrong type. */
export interface WorkerPool {
  readonly name: string | undefined;
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
  /** A number, or a percentage of the nodes. */
  readonly maxSurge: string | number | undefined;
  readonly maxUnavailable: string | number | undefined;
  readonly updateStrategy: string | undefined;
}

/** A range as written; `cidr` is undefined if it cannot be parsed. */
export interface Range {
  readonly text: string;
  readonly cidr: Cidr | undefined;
}

/** Prefix lengths of the pod range of a node. */
export interface NodeMasks {
  /** nodeCIDRMaskSize, the one of IPv6 in IPv6 single-stack. */
  readonly primary: number | undefined;
  /** nodeCIDRMaskSizeIPv6. */
  readonly ipv6: number | undefined;
}

/** Reads a Shoot leniently: values of a wrong type, about which `fieldFindings` reports, count as absent. */
export function readShootSpec(shoot: Readonly<Record<string, unknown>>): ShootSpec {
  const [metadata, spec] = [recordOf(shoot['metadata']), recordOf(shoot['spec'])];
  const [networking, kubernetes] = [recordOf(spec['networking']), recordOf(spec['kubernetes'])];
  const pools: unknown = recordOf(spec['provider'])['workers'] ?? [];
  const workers = records(pools);
  const workerless = isRecord(spec['provider']) && Array.isArray(pools) && pools.length === 0;
  const families = readFamilies(networking['ipFamilies']);
  const ofPools = workers.map(readMaxPods);
  const maxPods = largest([readMaxPods(spec), ...ofPools]) || defaultMaxPods;
  const maxPodsForMask = largest([readMaxPods(spec) ?? defaultMaxPods, ...ofPools]) || defaultMaxPods;
  const masks = readMasks(recordOf(kubernetes['kubeControllerManager']));
  return {
    name: text(metadata['name']),
    namespace: text(metadata['namespace']),
    version: text(kubernetes['version']),
    pools: workers.map(readPool),
    workerless,
    type: text(networking['type']),
    provider: text(recordOf(spec['provider'])['type']),
    hasProviderConfig: (networking['providerConfig'] ?? null) !== null,
    families,
    hasFamilies: Array.isArray(networking['ipFamilies']),
    pods: range(networking['pods']),
    services: range(networking['services']),
    nodes: range(networking['nodes']),
    givenMask: masks,
    nodeMask: workerless ? masks : defaultMasks({ masks, families: families ?? [], maxPods: maxPodsForMask }),
    maxPods,
    kubeProxy: readKubeProxy(kubernetes['kubeProxy']),
    seedName: text(spec['seedName']),
  };
}

export function isFamily(family: string): boolean {
  return (ipFamilies as readonly string[]).includes(family);
}

/** The kubelet's default. */
const defaultMaxPods = 110;

/** Gardener's default for IPv6. */
const defaultMaskIPv6 = 64;

function defaultMasks(input: {
  readonly masks: NodeMasks;
  readonly families: readonly string[];
  readonly maxPods: number;
}): NodeMasks {
  const { masks, families, maxPods } = input;
  // About twice as many addresses as pods, so that the address of a deleted pod is not in use again at once.
  const calculated = 32 - Math.ceil(Math.log2(maxPods * 2));
  switch (families.join(' ')) {
    case 'IPv4':
      return { primary: masks.primary ?? calculated, ipv6: masks.ipv6 };
    case 'IPv6':
      return masks.primary === undefined && masks.ipv6 === undefined
        ? { primary: defaultMaskIPv6, ipv6: undefined }
        : masks;
    case 'IPv4 IPv6':
    case 'IPv6 IPv4':
      return { primary: masks.primary ?? calculated, ipv6: masks.ipv6 ?? defaultMaskIPv6 };
    default:
      return masks;
  }
}

function readFamilies(value: unknown): readonly string[] | undefined {
  const given: unknown = value ?? [];
  if (!Array.isArray(given) || given.length > maxEntries || !given.every((one) => typeof one === 'string'))
    return undefined;
  return given.length === 0 ? ['IPv4'] : given;
}

function largest(numbers: readonly (number | undefined)[]): number {
  return numbers.reduce<number>((most, one) => Math.max(most, one ?? 0), 0);
}

function readPool(pool: Readonly<Record<string, unknown>>): WorkerPool {
  const { maxSurge, maxUnavailable } = pool;
  return {
    name: text(pool['name']),
    minimum: integer(pool['minimum']),
    maximum: integer(pool['maximum']),
    maxSurge: text(maxSurge) ?? integer(maxSurge),
    maxUnavailable: text(maxUnavailable) ?? integer(maxUnavailable),
    updateStrategy: text(pool['updateStrategy']),
  };
}

function readMaxPods(parent: Readonly<Record<string, unknown>>): number | undefined {
  return integer(recordOf(recordOf(parent['kubernetes'])['kubelet'])['maxPods']);
}

function readMasks(controllerManager: Readonly<Record<string, unknown>>): NodeMasks {
  return {
    primary: integer(controllerManager['nodeCIDRMaskSize']),
    ipv6: integer(controllerManager['nodeCIDRMaskSizeIPv6']),
  };
}

function readKubeProxy(value: unknown): ShootSpec['kubeProxy'] {
  if (!isRecord(value)) return undefined;
  const nftables = recordOf(value['featureGates'])['NFTablesProxyMode'] !== false;
  return { mode: text(value['mode']) ?? 'IPTables', nftables };
}

function range(value: unknown): Range | undefined {
  const given = text(value);
  return given === undefined ? undefined : { text: given, cidr: parseCidr(given) };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function integer(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
}

function records(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.map(recordOf) : [];
}
