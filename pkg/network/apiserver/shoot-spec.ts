import { type Cidr, parseCidr } from '../../gardener/cidr.ts';
import { type IPFamily, ipFamilies } from '../../gardener/network.ts';
import { isRecord, recordOf } from '../../gardener/objects.ts';

/** The fields of a Shoot about which Gardener's API server has rules that concern the network, with Gardener's defaults. */
export interface ShootSpec {
  /** A Shoot without spec.provider, which API servers reject, is an excerpt, and has workers. */
  readonly workerless: boolean;
  readonly type: string | undefined;
  readonly hasProviderConfig: boolean;
  /** Undefined for a list with other values or duplicates, on which no further rule about ranges can depend. */
  readonly families: readonly IPFamily[] | undefined;
  /** False if `families` is Gardener's default. */
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
  const spec = recordOf(shoot['spec']);
  const [networking, kubernetes] = [recordOf(spec['networking']), recordOf(spec['kubernetes'])];
  const pools: unknown = recordOf(spec['provider'])['workers'] ?? [];
  const workers = records(pools);
  const workerless = isRecord(spec['provider']) && Array.isArray(pools) && pools.length === 0;
  const families = readFamilies(networking['ipFamilies']);
  const ofPools = workers.map(readMaxPods);
  const maxPods = largest([readMaxPods(spec), ...ofPools]) || defaultMaxPods;
  const masks = readMasks(recordOf(kubernetes['kubeControllerManager']));
  return {
    workerless,
    type: text(networking['type']),
    hasProviderConfig: (networking['providerConfig'] ?? null) !== null,
    families,
    hasFamilies: Array.isArray(networking['ipFamilies']) && networking['ipFamilies'].length > 0,
    pods: range(networking['pods']),
    services: range(networking['services']),
    nodes: range(networking['nodes']),
    givenMask: masks,
    nodeMask: workerless
      ? masks
      : defaultMasks({
          masks,
          families: families ?? [],
          maxPods: largest([readMaxPods(spec) ?? defaultMaxPods, ...ofPools]),
        }),
    maxPods,
    kubeProxy: readKubeProxy(kubernetes['kubeProxy']),
    seedName: text(spec['seedName']),
  };
}

/** The kubelet's default. */
const defaultMaxPods = 110;

/** Gardener's default for IPv6. */
const defaultMaskIPv6 = 64;

function defaultMasks(input: {
  readonly masks: NodeMasks;
  readonly families: readonly IPFamily[];
  readonly maxPods: number;
}): NodeMasks {
  const { masks, families, maxPods } = input;
  // About twice as many addresses as pods, so that the address of a deleted pod is not in use again at once.
  const calculated = 32 - Math.ceil(Math.log2(maxPods * 2));
  if (families.length === 2) return { primary: masks.primary ?? calculated, ipv6: masks.ipv6 ?? defaultMaskIPv6 };
  if (families[0] === 'IPv4') return { primary: masks.primary ?? calculated, ipv6: masks.ipv6 };
  const isUnset = masks.primary === undefined && masks.ipv6 === undefined;
  return isUnset ? { primary: defaultMaskIPv6, ipv6: undefined } : masks;
}

function readFamilies(value: unknown): readonly IPFamily[] | undefined {
  const given: unknown = value ?? [];
  if (!Array.isArray(given)) return undefined;
  if (given.length === 0) return ['IPv4'];
  const known = ipFamilies.filter((family) => given.includes(family));
  return known.length === given.length ? (given as readonly IPFamily[]) : undefined;
}

function largest(numbers: readonly (number | undefined)[]): number {
  return numbers.reduce<number>((most, one) => Math.max(most, one ?? 0), 0);
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
