import { parseGoBoolean } from './go-boolean.ts';
import { isRecord, recordOf } from './objects.ts';

/**
 * Limit for lists of IP families and ranges in a Shoot. The highest limit of any provider is 50 ranges per VPC (AWS). ShootFacts cuts
 * longer lists after one more entry, so that validation still detects the excess and no code iterates over the rest.
 */
export const maxEntries = 64;

/**
 * The fields of a Shoot that the extension uses, unvalidated. Lists are never undefined; those of families and ranges have at most
 * `maxEntries` + 1 entries.
 */
export interface ShootFacts {
  readonly name: string;
  readonly namespace: string;
  readonly kubernetesVersion: string;
  /** `explicit` distinguishes `enabled: true` from an absent field, which has the same meaning. */
  readonly kubeProxy: { readonly enabled: boolean; readonly explicit: boolean; readonly mode: string | undefined };
  readonly verticalPodAutoscaler: boolean;
  readonly apiServer: {
    readonly featureGates: Readonly<Record<string, boolean>>;
    readonly runtimeConfig: Readonly<Record<string, boolean>>;
  };
  readonly networking: {
    readonly type: string | undefined;
    readonly providerConfig: unknown;
    readonly pods: string | undefined;
    readonly services: string | undefined;
    readonly nodes: string | undefined;
    readonly ipFamilies: readonly string[];
  };
  /** `status.networking`: authoritative where a family has several ranges (docs/design/gardener.md#fields-of-shoot-and-cluster). */
  readonly observed: {
    readonly pods: readonly string[];
    readonly services: readonly string[];
    readonly nodes: readonly string[];
  };
  readonly nodeLocalDNS: boolean;
  readonly workerPools: number;
  /** Sum of the minimum sizes of all worker pools. */
  readonly minimumNodes: number;
  /** Sum of the largest sizes of all pools; undefined where a pool has none, or where there is no pool. */
  readonly maximumNodes: number | undefined;
  /** Nodes of the shoot run its control plane. */
  readonly selfHosted: boolean;
  /** `spec.controlPlane.highAvailability` is set. */
  readonly highlyAvailable: boolean;
  /** `spec.dns.domain`: the external domain of the shoot, below which its API server has the name `api`. */
  readonly dnsDomain: string | undefined;
  readonly advertisedAddresses: readonly { readonly name: string; readonly url: string }[];
  readonly constraints: readonly { readonly type: string; readonly status: string }[];
  /** Both `spec.hibernation.enabled` and `status.hibernated` are true. */
  readonly hibernated: boolean;
  readonly failed: boolean;
  readonly deleting: boolean;
  readonly forceDeletion: boolean;
}

/**
 * Reads the Shoot in a Cluster leniently, since Gardener may be newer or older than this extension: unknown fields, a missing seed and
 * fields of an unexpected type count as absent (docs/design/gardener.md#cluster). Returns undefined for a Cluster without a Shoot.
 */
export function clusterShootFacts(cluster: unknown): ShootFacts | undefined {
  const shoot = isRecord(cluster) && isRecord(cluster['spec']) ? cluster['spec']['shoot'] : undefined;
  return isRecord(shoot) ? shootFacts(shoot) : undefined;
}

/** Reads a Shoot in the same way; the offline commands accept one in place of Network and Cluster. */
export function shootFacts(shoot: Readonly<Record<string, unknown>>): ShootFacts {
  const [metadata, spec, status] = [recordOf(shoot['metadata']), recordOf(shoot['spec']), recordOf(shoot['status'])];
  const kubernetes = recordOf(spec['kubernetes']);
  const annotations = recordOf(metadata['annotations']);
  return {
    name: text(metadata['name']) ?? '',
    namespace: text(metadata['namespace']) ?? '',
    kubernetesVersion: text(kubernetes['version']) ?? '',
    kubeProxy: kubeProxy(recordOf(kubernetes['kubeProxy'])),
    verticalPodAutoscaler: recordOf(kubernetes['verticalPodAutoscaler'])['enabled'] === true,
    apiServer: {
      featureGates: booleans(recordOf(kubernetes['kubeAPIServer'])['featureGates']),
      runtimeConfig: booleans(recordOf(kubernetes['kubeAPIServer'])['runtimeConfig']),
    },
    networking: networking(recordOf(spec['networking'])),
    observed: observedRanges(recordOf(status['networking'])),
    nodeLocalDNS: recordOf(recordOf(spec['systemComponents'])['nodeLocalDNS'])['enabled'] === true,
    workerPools: list(recordOf(spec['provider'])['workers']).length,
    minimumNodes: list(recordOf(spec['provider'])['workers'])
      .map(recordOf)
      .reduce((sum, pool) => sum + minimum(pool), 0),
    maximumNodes: maximum(list(recordOf(spec['provider'])['workers']).map(recordOf)),
    selfHosted: list(recordOf(spec['provider'])['workers']).some((pool) => isRecord(recordOf(pool)['controlPlane'])),
    highlyAvailable: isRecord(recordOf(spec['controlPlane'])['highAvailability']),
    dnsDomain: text(recordOf(spec['dns'])['domain']),
    advertisedAddresses: list(status['advertisedAddresses'])
      .map(recordOf)
      .map((one) => ({ name: text(one['name']) ?? '', url: text(one['url']) ?? '' })),
    constraints: list(status['constraints'])
      .map(recordOf)
      .map((c) => ({ type: text(c['type']) ?? '', status: text(c['status']) ?? '' })),
    hibernated: recordOf(spec['hibernation'])['enabled'] === true && status['hibernated'] === true,
    failed: recordOf(status['lastOperation'])['state'] === 'Failed',
    deleting: text(metadata['deletionTimestamp']) !== undefined,
    forceDeletion: parseGoBoolean(annotations['confirmation.gardener.cloud/force-deletion']) === true,
  };
}

type Shoot = Readonly<Record<string, unknown>>;

/** Returns `networking.type` of the facts, without reading the others. */
export function readNetworkType(shoot: Shoot): string | undefined {
  return text(recordOf(recordOf(shoot['spec'])['networking'])['type']);
}

/** Returns `workerPools` of the facts, without reading the others. */
export function countWorkerPools(shoot: Shoot): number {
  return list(recordOf(recordOf(shoot['spec'])['provider'])['workers']).length;
}

/** Returns `deleting` of the facts, without reading the others. */
export function isDeleting(shoot: Shoot): boolean {
  return text(recordOf(shoot['metadata'])['deletionTimestamp']) !== undefined;
}

/** Whether kube-proxy runs, and in mode IPVS. */
export function isIpvs({ enabled, mode }: ShootFacts['kubeProxy']): boolean {
  return enabled && mode === 'IPVS';
}

function kubeProxy(proxy: Readonly<Record<string, unknown>>): ShootFacts['kubeProxy'] {
  return { enabled: proxy['enabled'] !== false, explicit: proxy['enabled'] === true, mode: text(proxy['mode']) };
}

function minimum(pool: Readonly<Record<string, unknown>>): number {
  const { minimum: nodes } = pool;
  return typeof nodes === 'number' && Number.isFinite(nodes) ? nodes : 0;
}

function maximum(pools: readonly Readonly<Record<string, unknown>>[]): number | undefined {
  const sizes = pools.map(({ maximum: nodes }) => nodes);
  if (sizes.length === 0 || !sizes.every((size) => typeof size === 'number' && Number.isFinite(size))) return undefined;
  return sizes.reduce<number>((sum, size) => sum + Number(size), 0);
}

function networking(raw: Readonly<Record<string, unknown>>): ShootFacts['networking'] {
  return {
    type: text(raw['type']),
    providerConfig: raw['providerConfig'],
    pods: text(raw['pods']),
    services: text(raw['services']),
    nodes: text(raw['nodes']),
    ipFamilies: entries(raw['ipFamilies']),
  };
}

function observedRanges(raw: Readonly<Record<string, unknown>>): ShootFacts['observed'] {
  return { pods: entries(raw['pods']), services: entries(raw['services']), nodes: entries(raw['nodes']) };
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Returns the strings of a list, cut after `maxEntries` + 1. */
function entries(value: unknown): readonly string[] {
  return list(value)
    .filter((entry) => typeof entry === 'string')
    .slice(0, maxEntries + 1);
}

function booleans(value: unknown): Readonly<Record<string, boolean>> {
  return Object.fromEntries(
    Object.entries(recordOf(value)).filter((entry): entry is [string, boolean] => typeof entry[1] === 'boolean'),
  );
}
