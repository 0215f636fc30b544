import { isGoTrue } from './go-boolean.ts';
import { isRecord, recordOf } from './objects.ts';

/**
 * Entries of one family or range list of a Shoot that anybody may have: AWS takes 50 ranges for one VPC, which is the most of all providers.
 * Of longer lists ShootFacts has one entry more, so that everybody sees that they are too long, and nobody works on the rest.
 */
export const mostEntries = 64;

/**
 * What the extension needs to know of a Shoot; every list is there, possibly empty, those of families and ranges with at most `mostEntries` + 1
 * entries. Raw texts: nothing has been validated.
 */
export interface ShootFacts {
  readonly name: string;
  readonly namespace: string;
  readonly kubernetesVersion: string;
  /** `explicit`: somebody wrote `enabled: true`; a field that is not there means the same, but says less. */
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
  /** Sum of the smallest sizes of all pools: how many nodes there are at least. */
  readonly minimumNodes: number;
  /** Sum of the largest sizes of all pools; undefined where a pool has none, or where there is no pool. */
  readonly maximumNodes: number | undefined;
  readonly advertisedAddresses: readonly { readonly name: string; readonly url: string }[];
  readonly constraints: readonly { readonly type: string; readonly status: string }[];
  /** Wanted and done: `spec.hibernation.enabled` and `status.hibernated`. */
  readonly hibernated: boolean;
  readonly failed: boolean;
  readonly deleting: boolean;
  readonly forceDeletion: boolean;
}

/**
 * Reads the Shoot out of a Cluster, leniently: Gardener may be newer or older than we, so unknown fields, a missing seed and
 * members of an unexpected type are as if they were not there (docs/design/gardener.md#cluster). Undefined when there is no shoot object at all.
 */
export function shootOfCluster(cluster: unknown): ShootFacts | undefined {
  const shoot = isRecord(cluster) && isRecord(cluster['spec']) ? cluster['spec']['shoot'] : undefined;
  return isRecord(shoot) ? shootFacts(shoot) : undefined;
}

/** The same for a Shoot object itself, which the offline commands accept in place of Network and Cluster. */
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
    advertisedAddresses: list(status['advertisedAddresses'])
      .map(recordOf)
      .map((one) => ({ name: text(one['name']) ?? '', url: text(one['url']) ?? '' })),
    constraints: list(status['constraints'])
      .map(recordOf)
      .map((c) => ({ type: text(c['type']) ?? '', status: text(c['status']) ?? '' })),
    hibernated: recordOf(spec['hibernation'])['enabled'] === true && status['hibernated'] === true,
    failed: recordOf(status['lastOperation'])['state'] === 'Failed',
    deleting: text(metadata['deletionTimestamp']) !== undefined,
    forceDeletion: isGoTrue(annotations['confirmation.gardener.cloud/force-deletion']),
  };
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

/** The texts of a list, at most one more than are allowed. */
function entries(value: unknown): readonly string[] {
  return list(value)
    .filter((entry) => typeof entry === 'string')
    .slice(0, mostEntries + 1);
}

function booleans(value: unknown): Readonly<Record<string, boolean>> {
  return Object.fromEntries(
    Object.entries(recordOf(value)).filter((entry): entry is [string, boolean] => typeof entry[1] === 'boolean'),
  );
}
