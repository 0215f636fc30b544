import { annotations, networkFinalizer } from '../../../pkg/gardener/constants.ts';
import type { KubeObject } from '../../../pkg/gardener/objects.ts';
import type { Observed } from '../../../pkg/network/plugin.ts';
import type { Outcome } from '../context.ts';
import type { Reason } from '../decide.ts';

/**
 * A piece of a Network's life as data, so that the seed in memory and a real API server can play the same. Objects have no namespace and the
 * Cluster no name: the world that plays the scenario gives them one.
 */
export interface Scenario {
  /** What happened before the controller is looked at. */
  readonly given: readonly Step[];
  readonly gates?: Readonly<Record<string, boolean>>;
  /** What others do after the first, second, ... run that ended waiting or threw. */
  readonly meanwhile?: readonly (readonly Step[])[];
  readonly expected: Expected;
}

/** One thing that somebody does. */
export type Step =
  /** A status in it is stored, too. */
  | { readonly do: 'create'; readonly object: KubeObject }
  | { readonly do: 'patch'; readonly what: Named; readonly patch: object; readonly subresource?: 'status' }
  | { readonly do: 'delete'; readonly what: Named }
  /** The Secret that the ManagedResource refers to goes, or one of its name with this data takes its place. */
  | { readonly do: 'replaceSecret'; readonly data?: Readonly<Record<string, string>>; readonly labels?: object }
  /** Our controller, undisturbed, until a run ends like this; succeeds, unless told. */
  | { readonly do: 'reconcile'; readonly until?: Result }
  /** What the shoot says about its nodes from now on. */
  | { readonly do: 'nodes'; readonly nodes: Observed<readonly KubeObject[]> }
  | { readonly do: 'pass'; readonly seconds: number };

export interface Named {
  readonly kind: 'Network' | 'Cluster' | 'ManagedResource' | 'Secret' | 'ConfigMap' | 'ScrapeConfig';
  /** The Cluster needs none. */
  readonly name?: string;
}

export type Result = Outcome['result'] | 'threw';

export interface Expected {
  /** Why a controller that has just been started works on the Network; without a reason the first run happens all the same. */
  readonly reason: Reason | undefined;
  /** How each run ended. */
  readonly results: readonly Result[];
  /** All writes in their order, as `watchedClient` notes them. */
  readonly writes: readonly string[];
  readonly network: 'gone' | NetworkState;
  /** What is left beside Network and Cluster, as `Kind name`. */
  readonly objects: readonly string[];
  /** Everything that a plan asks for is there, and providerStatus says so. */
  readonly planned?: boolean;
  /** Two operations are asked for at once; which one the status names in the end depends on where a process was killed. */
  readonly mixed?: true;
  /** Why it would be worked on again after a restart; nothing, unless a configuration is refused or something is waited for. */
  readonly next?: Reason;
}

export interface NetworkState {
  /** The operation annotation, where there is one left. */
  readonly operation?: string;
  readonly finalizers: readonly string[];
  /** Without providerStatus; times are `<time>`. */
  readonly status?: object;
}

export const networkName = 'bar';
export const managedResourceName = 'extension-networking-calico-config';
export const secretName = `managedresource-${managedResourceName}-<hash>`;
export const network: Named = { kind: 'Network', name: networkName };
export const cluster: Named = { kind: 'Cluster' };
export const managedResource: Named = { kind: 'ManagedResource', name: managedResourceName };
const resourceManagerFinalizer = 'resources.gardener.cloud/gardener-resource-manager';

export interface NetworkChoice {
  readonly operation?: string | null;
  readonly config?: object;
  readonly metadata?: object;
  readonly spec?: object;
  readonly status?: object;
}

/** A Network as gardenlet writes it: with a trigger, unless `operation` is null. */
export function networkObject(choice: NetworkChoice = {}): KubeObject {
  const { operation = 'reconcile', config = { overlay: { enabled: false } } } = choice;
  return {
    apiVersion: 'extensions.gardener.cloud/v1alpha1',
    kind: 'Network',
    metadata: {
      name: networkName,
      annotations: {
        [annotations.timestamp]: timestamp,
        ...(operation === null ? {} : { [annotations.operation]: operation }),
      },
      ...choice.metadata,
    },
    spec: {
      type: 'calico',
      ipFamilies: ['IPv4'],
      podCIDR: '100.96.0.0/11',
      serviceCIDR: '100.64.0.0/13',
      providerConfig: providerConfig(config),
      ...choice.spec,
    },
    ...(choice.status === undefined ? {} : { status: choice.status }),
  };
}

export function providerConfig(fields: object): object {
  return { apiVersion: 'calico.networking.extensions.gardener.cloud/v1alpha1', kind: 'NetworkConfig', ...fields };
}

const timestamp = '2026-01-10T10:00:00.123456789Z';
/** gardenlet's next timestamp: later than anything that was answered, with whatever clock. */
const laterTimestamp = '2100-01-01T00:00:00.5Z';

export interface ShootChoice {
  readonly version?: string;
  readonly metadata?: object;
  readonly status?: object;
}

/** The Cluster that goes with it. */
export function clusterObject(choice: ShootChoice = {}): KubeObject {
  return {
    apiVersion: 'extensions.gardener.cloud/v1alpha1',
    kind: 'Cluster',
    metadata: { name: '' },
    spec: { cloudProfile: {}, seed: {}, shoot: shoot(choice) },
  };
}

function shoot({ version = '1.34.3', metadata, status }: ShootChoice): object {
  return {
    apiVersion: 'core.gardener.cloud/v1beta1',
    kind: 'Shoot',
    metadata: { name: 'bar', namespace: 'garden-foo', ...metadata },
    spec: {
      provider: { type: 'aws', workers: [{ name: 'worker-a' }] },
      networking: {
        type: 'calico',
        pods: '100.96.0.0/11',
        services: '100.64.0.0/13',
        nodes: '10.250.0.0/16',
        ipFamilies: ['IPv4'],
      },
      kubernetes: { version, kubeProxy: { enabled: true, mode: 'IPTables' } },
    },
    status: {
      technicalID: 'shoot--foo--bar',
      networking: { pods: ['100.96.0.0/11'], services: ['100.64.0.0/13'], nodes: ['10.250.0.0/16'] },
      ...status,
    },
  };
}

/** gardenlet asks for something. */
export function annotate(operation: string | null, time = laterTimestamp): Step {
  const given = { [annotations.operation]: operation, [annotations.timestamp]: time };
  return { do: 'patch', what: network, patch: { metadata: { annotations: given } } };
}

/** Somebody changes fields of the configuration; null removes one. */
export function configure(fields: object): Step {
  return { do: 'patch', what: network, patch: { spec: { providerConfig: fields } } };
}

/** gardenlet deletes the Network. */
export const deleted: readonly Step[] = [
  {
    do: 'patch',
    what: network,
    patch: {
      metadata: { annotations: { [annotations.confirmDeletion]: 'true', [annotations.timestamp]: laterTimestamp } },
    },
  },
  { do: 'delete', what: network },
];

/** A Network with its Cluster, reconciled. */
export function reconciled(choice: NetworkChoice = {}): readonly Step[] {
  return [
    { do: 'create', object: clusterObject() },
    { do: 'create', object: networkObject(choice) },
    { do: 'reconcile' },
  ];
}

/** The gardener-resource-manager holds the ManagedResource until it has let go of the shoot's objects. */
export const held: Step = {
  do: 'patch',
  what: managedResource,
  patch: { metadata: { finalizers: [resourceManagerFinalizer] } },
};
export const released: Step = { do: 'patch', what: managedResource, patch: { metadata: { finalizers: null } } };

/** The state after a good run of this type. */
export function succeeded(type: string, done: string): object {
  return {
    ipFamilies: ['IPv4'],
    lastOperation: {
      type,
      state: 'Succeeded',
      progress: 100,
      description: `Successfully ${done} Network`,
      lastUpdateTime: '<time>',
    },
    observedGeneration: '<generation>',
  };
}

export const ours = [networkFinalizer];

/** Everything in the seed when a shoot has calico without extras. */
export const everything = [
  'ConfigMap calico-dashboards',
  `ManagedResource ${managedResourceName}`,
  'ScrapeConfig shoot-calico-felix',
  'ScrapeConfig shoot-calico-typha',
  `Secret ${secretName}`,
];

/** Writes of a run, as `Expected.writes` lists them. */
export const statusWrite = 'patch Network/status bar';
/** A status, then finalizer or annotation: how work begins, and how a request without a change is answered. */
export const statusAndMetadata = [statusWrite, 'patch Network bar'] as const;
export const changeWrites = [`create Secret ${secretName}`, `update ManagedResource ${managedResourceName}`] as const;
export const firstWrites = [
  `create Secret ${secretName}`,
  `create ManagedResource ${managedResourceName}`,
  'create ConfigMap calico-dashboards',
  'create ScrapeConfig shoot-calico-felix',
  'create ScrapeConfig shoot-calico-typha',
] as const;
