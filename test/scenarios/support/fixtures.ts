import { annotations } from '../../../pkg/gardener/constants.ts';
import type { KubeObject } from '../../../pkg/gardener/objects.ts';
import type { Cni, ManagedNames } from './cni.ts';
import { hold, type Named, networkName, release, type Step, timestamp } from './scenario.ts';

/** Objects, steps, statuses and writes of one CNI for scenarios; writes as in `Expected.writes`. */
export interface Fixtures {
  readonly cni: Cni;
  /** The ManagedResource that holds the CNI. */
  readonly managedResource: Named;
  readonly managedResourceName: string;
  readonly secretName: string;
  readonly held: Step;
  readonly released: Step;
  readonly networkObject: (choice?: NetworkChoice) => KubeObject;
  /** The Cluster of the Network. */
  readonly clusterObject: (choice?: ShootChoice) => KubeObject;
  readonly providerConfig: (fields: object) => object;
  /** Creates a Network with its Cluster, and reconciles it. */
  readonly reconciled: (choice?: NetworkChoice) => readonly Step[];
  /** The members of the status that a plan sets, except providerStatus. */
  readonly planStatus: object;
  /** The status after a successful run with this operation. */
  readonly succeeded: (type: string, done: string) => object;
  /** The status of a reconciled Network while its plan waits. */
  readonly waiting: (note: string) => object;
  /** The status while the deletion of these ManagedResources is overdue. */
  readonly overdue: (type: string, doing: string, names?: readonly string[]) => object;
  /** Steps between three runs, after which the deletion takes longer than the allowed two minutes; the resource manager reports the cause. */
  readonly untilOverdue: readonly (readonly Step[])[];
  /** A process that was started again measures the wait from its start. */
  readonly afterRestart: readonly Step[];
  /** All objects of a shoot with the default configuration, as `Kind name`. */
  readonly allObjects: readonly string[];
  /** Creates all objects. */
  readonly firstWrites: readonly string[];
  /** Applies another configuration. */
  readonly changeWrites: readonly string[];
  /** Sets keepObjects. */
  readonly keepWrites: readonly string[];
  /** Deletes all objects. */
  readonly removal: readonly string[];
  /** The parts of `removal`: monitoring, then each ManagedResource with its Secrets. */
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

export function createFixtures(cni: Cni): Fixtures {
  const [main] = cni.managedResources;
  const managedResource: Named = { kind: 'ManagedResource', name: main.name };
  const providerConfig = (fields: object): object => ({ apiVersion: cni.apiVersion, kind: 'NetworkConfig', ...fields });
  const networkObject = (choice: NetworkChoice = {}): KubeObject => createNetwork(cni, providerConfig, choice);
  const clusterObject = (choice: ShootChoice = {}): KubeObject => createCluster(cni, choice);
  const state = Object.keys(cni.state).length === 0 ? {} : { state: cni.state };
  const planStatus = { ipFamilies: ['IPv4'], ...state };
  const succeeded = (type: string, done: string): object => ({
    ...planStatus,
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
    planStatus,
    succeeded,
    waiting: (note) => ({
      ...planStatus,
      lastOperation: {
        type: 'Reconcile',
        state: 'Processing',
        progress: 50,
        description: note,
        lastUpdateTime: '<time>',
      },
      observedGeneration: '<older generation>',
    }),
    overdue: (type, doing, names = [main.name]) => {
      const texts = names.map((name) => `ManagedResource ${name} still exists: Deletion of ${cni.workload} is pending`);
      const description = `Error ${doing} Network: ${texts.join('; ')}`;
      return {
        ...succeeded(type, ''),
        lastOperation: { type, state: 'Error', progress: 50, description, lastUpdateTime: '<time>' },
        lastError: { description, lastUpdateTime: '<time>' },
      };
    },
    untilOverdue: [
      [{ do: 'advanceClock', seconds: 110 }],
      [reportPending(cni, managedResource), { do: 'advanceClock', seconds: 20 }],
    ],
    afterRestart: [{ do: 'advanceClock', seconds: 130 }],
    allObjects: [
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

/** Returns the name of a Secret in recorded writes. */
export function hashed({ secret }: ManagedNames): string {
  return `${secret}-<hash>`;
}

/** The resource manager reports a pending deletion. */
export function reportPending({ workload }: Cni, target: Named): Step {
  const condition = {
    type: 'ResourcesApplied',
    status: 'False',
    reason: 'DeletionPending',
    message: `Deletion of ${workload} is pending`,
    lastTransitionTime: '2026-01-10T10:00:00Z',
    lastUpdateTime: '2026-01-10T10:00:00Z',
  };
  return { do: 'patch', target, subresource: 'status', patch: { status: { conditions: [condition] } } };
}

function managedRemoval(one: ManagedNames): readonly string[] {
  return [`delete Secret ${hashed(one)}`, `delete ManagedResource ${one.name}`];
}

/** Returns a Network as gardenlet writes it, with an operation annotation unless `operation` is null. */
function createNetwork(cni: Cni, providerConfig: (fields: object) => object, choice: NetworkChoice): KubeObject {
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

function createCluster(cni: Cni, { version = '1.34.3', metadata, spec, status }: ShootChoice): KubeObject {
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
