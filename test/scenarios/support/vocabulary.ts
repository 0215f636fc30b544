import { annotations } from '../../../pkg/gardener/constants.ts';
import type { KubeObject } from '../../../pkg/gardener/objects.ts';
import type { Cni, ManagedNames } from './cni.ts';
import { hold, type Named, networkName, release, type Step, timestamp } from './scenario.ts';

/** What scenarios say of one CNI: its objects, steps with them, and its writes as `Expected.writes` lists them. */
export interface Vocabulary {
  readonly cni: Cni;
  /** The ManagedResource that holds the CNI. */
  readonly managedResource: Named;
  readonly managedResourceName: string;
  readonly secretName: string;
  readonly held: Step;
  readonly released: Step;
  readonly networkObject: (choice?: NetworkChoice) => KubeObject;
  /** The Cluster that goes with it. */
  readonly clusterObject: (choice?: ShootChoice) => KubeObject;
  readonly providerConfig: (fields: object) => object;
  /** A Network with its Cluster, reconciled. */
  readonly reconciled: (choice?: NetworkChoice) => readonly Step[];
  /** What a good run leaves in the status beside its result. */
  readonly learned: object;
  /** The status after a good run of this type. */
  readonly succeeded: (type: string, done: string) => object;
  /** The status of a running shoot whose plan waits for something. */
  readonly waits: (note: string) => object;
  /** The status while one or more ManagedResources take too long to go. */
  readonly stuck: (type: string, doing: string, names?: readonly string[]) => object;
  /** After two runs the resource manager has been busy for the two minutes that a deletion may take; it says what with. */
  readonly untilOverdue: readonly (readonly Step[])[];
  /** Everything in the seed when a shoot has the CNI without extras. */
  readonly everything: readonly string[];
  readonly firstWrites: readonly string[];
  /** Another configuration. */
  readonly changeWrites: readonly string[];
  readonly keepWrites: readonly string[];
  /** What goes, in this order, when everything of a shoot without extras goes. */
  readonly removal: readonly string[];
  /** Its parts: monitoring with or without what only older versions made, then the ManagedResources with their Secrets. */
  readonly monitoringRemoval: readonly string[];
  readonly managedRemovals: readonly (readonly string[])[];
}

export interface NetworkChoice {
  readonly operation?: string | null;
  readonly config?: object;
  readonly metadata?: object;
  readonly spec?: object;
  readonly status?: object;
}

export interface ShootChoice {
  readonly version?: string;
  readonly metadata?: object;
  readonly spec?: object;
  readonly status?: object;
}

export function vocabulary(cni: Cni): Vocabulary {
  const [main] = cni.managedResources;
  const managedResource: Named = { kind: 'ManagedResource', name: main.name };
  const providerConfig = (fields: object): object => ({ apiVersion: cni.apiVersion, kind: 'NetworkConfig', ...fields });
  const networkObject = (choice: NetworkChoice = {}): KubeObject => networkOf(cni, providerConfig, choice);
  const clusterObject = (choice: ShootChoice = {}): KubeObject => clusterOf(cni, choice);
  const state = Object.keys(cni.state).length === 0 ? {} : { state: cni.state };
  const learned = { ipFamilies: ['IPv4'], ...state };
  const succeeded = (type: string, done: string): object => ({
    ...learned,
    lastOperation: {
      type,
      state: 'Succeeded',
      progress: 100,
      description: `Successfully ${done} Network`,
      lastUpdateTime: '<time>',
    },
    observedGeneration: '<generation>',
  });
  const monitoringRemoval = cni.monitoring.map((one) => `delete ${one}`);
  const managedRemovals = cni.managedResources.map(managedRemoval);
  return {
    cni,
    managedResource,
    managedResourceName: main.name,
    secretName: hashed(main),
    held: hold(managedResource),
    released: release(managedResource),
    networkObject,
    clusterObject,
    providerConfig,
    reconciled: (choice = {}) => [
      { do: 'create', object: clusterObject() },
      { do: 'create', object: networkObject(choice) },
      { do: 'reconcile' },
    ],
    learned,
    succeeded,
    waits: (note) => ({
      ...learned,
      lastOperation: {
        type: 'Reconcile',
        state: 'Processing',
        progress: 50,
        description: note,
        lastUpdateTime: '<time>',
      },
      observedGeneration: '<older generation>',
    }),
    stuck: (type, doing, names = [main.name]) => {
      const texts = names.map((name) => `ManagedResource ${name} still exists: Deletion of ${cni.workload} is pending`);
      const description = `Error ${doing} Network: ${texts.join('; ')}`;
      return {
        ...succeeded(type, ''),
        lastOperation: { type, state: 'Error', progress: 50, description, lastUpdateTime: '<time>' },
        lastError: { description, lastUpdateTime: '<time>' },
      };
    },
    untilOverdue: [[{ do: 'pass', seconds: 110 }], [pending(cni, managedResource), { do: 'pass', seconds: 20 }]],
    everything: [
      ...cni.managedResources.flatMap((one) => [`ManagedResource ${one.name}`, `Secret ${hashed(one)}`]),
      ...cni.monitoring,
    ],
    firstWrites: [
      ...cni.managedResources.map((one) => `create Secret ${hashed(one)}`),
      ...cni.managedResources.map((one) => `create ManagedResource ${one.name}`),
      ...cni.monitoring.map((one) => `create ${one}`),
    ],
    changeWrites: [`create Secret ${hashed(main)}`, `update ManagedResource ${main.name}`],
    keepWrites: cni.managedResources.map((one) => `patch ManagedResource ${one.name}`),
    removal: [...monitoringRemoval, ...managedRemovals.flat()],
    monitoringRemoval,
    managedRemovals,
  };
}

/** A Secret as the worlds print it. */
export function hashed({ secret }: ManagedNames): string {
  return `${secret}-<hash>`;
}

/** The resource manager says what it is stuck with. */
export function pending({ workload }: Cni, what: Named): Step {
  const condition = {
    type: 'ResourcesApplied',
    status: 'False',
    reason: 'DeletionPending',
    message: `Deletion of ${workload} is pending`,
    lastTransitionTime: '2026-01-10T10:00:00Z',
    lastUpdateTime: '2026-01-10T10:00:00Z',
  };
  return { do: 'patch', what, subresource: 'status', patch: { status: { conditions: [condition] } } };
}

function managedRemoval(one: ManagedNames): readonly string[] {
  return [
    `delete Secret ${one.secret} -> NotFound`,
    `delete Secret ${hashed(one)}`,
    `delete ManagedResource ${one.name}`,
  ];
}

/** A Network as gardenlet writes it: with a trigger, unless `operation` is null. */
function networkOf(cni: Cni, providerConfig: (fields: object) => object, choice: NetworkChoice): KubeObject {
  const { operation = 'reconcile', config = cni.config } = choice;
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
      type: cni.plugin.type,
      ipFamilies: ['IPv4'],
      podCIDR: '100.96.0.0/11',
      serviceCIDR: '100.64.0.0/13',
      providerConfig: providerConfig(config),
      ...choice.spec,
    },
    ...(choice.status === undefined ? {} : { status: choice.status }),
  };
}

function clusterOf(cni: Cni, { version = '1.34.3', metadata, spec, status }: ShootChoice): KubeObject {
  const shoot = {
    apiVersion: 'core.gardener.cloud/v1beta1',
    kind: 'Shoot',
    metadata: { name: 'bar', namespace: 'garden-foo', ...metadata },
    spec: {
      provider: { type: 'aws', workers: [{ name: 'worker-a' }] },
      networking: {
        type: cni.plugin.type,
        pods: '100.96.0.0/11',
        services: '100.64.0.0/13',
        nodes: '10.250.0.0/16',
        ipFamilies: ['IPv4'],
      },
      kubernetes: { version, kubeProxy: { enabled: true, mode: 'IPTables' } },
      ...spec,
    },
    status: {
      technicalID: 'shoot--foo--bar',
      networking: { pods: ['100.96.0.0/11'], services: ['100.64.0.0/13'], nodes: ['10.250.0.0/16'] },
      ...status,
    },
  };
  return {
    apiVersion: 'extensions.gardener.cloud/v1alpha1',
    kind: 'Cluster',
    metadata: { name: '' },
    spec: { cloudProfile: {}, seed: {}, shoot },
  };
}
