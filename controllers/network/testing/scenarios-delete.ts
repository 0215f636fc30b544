import { networkFinalizer } from '../../../pkg/gardener/constants.ts';
import { removal, stuck, untilOverdue } from './removal.ts';
import {
  annotate,
  cluster,
  clusterObject,
  configure,
  deleted,
  everything,
  held,
  managedResourceName,
  network,
  networkObject,
  ours,
  reconciled,
  released,
  type Scenario,
  type Step,
  statusAndMetadata,
  statusWrite,
  succeeded,
} from './scenario.ts';

function shootStep(patch: object): Step {
  return { do: 'patch', what: cluster, patch: { spec: { shoot: patch } } };
}

const failedShoot = shootStep({ status: { lastOperation: { state: 'Failed' } } });
const forcedDeletion = shootStep({
  metadata: {
    deletionTimestamp: '2026-01-10T09:00:00Z',
    annotations: { 'confirmation.gardener.cloud/force-deletion': 'true' },
  },
});

const gone = { network: 'gone', objects: [] } as const;

/** Delete and force-delete. */
export const deleteScenarios: Readonly<Record<string, Scenario>> = {
  deleted: {
    given: [...reconciled(), held, ...deleted],
    meanwhile: [[], [released]],
    expected: {
      reason: 'deletion',
      results: ['waiting', 'waiting', 'succeeded'],
      writes: [statusWrite, ...removal, ...statusAndMetadata],
      ...gone,
    },
  },
  'deleted, and the resource manager has nothing to do': {
    given: [...reconciled(), ...deleted],
    expected: {
      reason: 'deletion',
      results: ['succeeded'],
      writes: [statusWrite, ...removal, ...statusAndMetadata],
      ...gone,
    },
  },
  'deleted with everything that any version ever made': {
    given: [
      ...reconciled({ config: { birdExporter: { enabled: true } } }),
      {
        do: 'create',
        object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'calico-monitoring-config' }, data: {} },
      },
      {
        do: 'create',
        object: {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: `managedresource-${managedResourceName}` },
          data: {},
        },
      },
      ...deleted,
    ],
    expected: {
      reason: 'deletion',
      results: ['succeeded'],
      writes: [
        statusWrite,
        ...removal.slice(0, 3),
        'delete ScrapeConfig shoot-calico-bird',
        'delete ConfigMap calico-monitoring-config',
        `delete Secret managedresource-${managedResourceName}`,
        ...removal.slice(4),
        ...statusAndMetadata,
      ],
      ...gone,
    },
  },
  'deleted with a configuration that cannot be decoded': {
    given: [...reconciled(), configure({ foo: 'bar' }), ...deleted],
    expected: {
      reason: 'deletion',
      results: ['succeeded'],
      writes: [statusWrite, ...removal, ...statusAndMetadata],
      ...gone,
    },
  },
  'deleted when nothing but the finalizer was there': {
    given: [
      { do: 'create', object: clusterObject() },
      { do: 'create', object: networkObject({ metadata: { finalizers: ours } }) },
      ...deleted,
    ],
    expected: { reason: 'deletion', results: ['succeeded'], writes: statusAndMetadata, ...gone },
  },
  'deleted without a Cluster': {
    given: [...reconciled(), { do: 'delete', what: cluster }, ...deleted],
    expected: {
      reason: 'deletion',
      results: ['succeeded'],
      writes: [statusWrite, ...removal, ...statusAndMetadata],
      ...gone,
    },
  },
  'deleted with a finalizer of somebody else': {
    given: [
      ...reconciled(),
      { do: 'patch', what: network, patch: { metadata: { finalizers: [networkFinalizer, 'example.com/theirs'] } } },
      ...deleted,
    ],
    expected: {
      reason: 'deletion',
      results: ['succeeded'],
      writes: [statusWrite, ...removal, ...statusAndMetadata],
      network: { finalizers: ['example.com/theirs'], status: succeeded('Delete', 'deleted') },
      objects: [],
    },
  },
  'deleted with a finalizer of somebody else only': {
    given: [
      { do: 'create', object: clusterObject() },
      { do: 'create', object: networkObject({ metadata: { finalizers: ['example.com/theirs'] } }) },
      ...deleted,
    ],
    expected: {
      reason: undefined,
      results: ['skipped'],
      writes: [],
      network: { operation: 'reconcile', finalizers: ['example.com/theirs'] },
      objects: [],
    },
  },
  'a deletion that is stuck': {
    given: [...reconciled(), annotate('reconcile'), held, ...deleted],
    meanwhile: [...untilOverdue, [], []],
    expected: {
      reason: 'deletion',
      results: ['waiting', 'waiting', 'waiting', 'waiting', 'waiting'],
      writes: [statusWrite, ...removal, statusWrite],
      network: { operation: 'reconcile', finalizers: ours, status: stuck('Delete', 'deleting') },
      objects: [`ManagedResource ${managedResourceName}`],
      next: 'deletion',
    },
  },
  'a deletion that was stuck': {
    given: [...reconciled(), held, ...deleted],
    meanwhile: [...untilOverdue, [released]],
    expected: {
      reason: 'deletion',
      results: ['waiting', 'waiting', 'waiting', 'succeeded'],
      writes: [statusWrite, ...removal, statusWrite, ...statusAndMetadata],
      ...gone,
    },
  },
  'a forced deletion does not wait': {
    given: [...reconciled(), forcedDeletion, held, ...deleted],
    expected: {
      reason: 'deletion',
      results: ['succeeded'],
      writes: [statusWrite, ...removal, ...statusAndMetadata],
      network: 'gone',
      objects: [`ManagedResource ${managedResourceName}`],
    },
  },
  'deleted while the shoot is failed': {
    given: [...reconciled(), failedShoot, ...deleted],
    expected: {
      reason: 'deletion',
      results: ['skipped'],
      writes: [],
      network: {
        finalizers: ours,
        status: { ...succeeded('Create', 'reconciled'), observedGeneration: '<older generation>' },
      },
      objects: everything,
      next: 'deletion',
    },
  },
  'a forced deletion while the shoot is failed': {
    given: [...reconciled(), failedShoot, forcedDeletion, held, ...deleted],
    expected: {
      reason: 'deletion',
      results: ['succeeded'],
      writes: [statusWrite, ...removal, ...statusAndMetadata],
      network: 'gone',
      objects: [`ManagedResource ${managedResourceName}`],
    },
  },
};
