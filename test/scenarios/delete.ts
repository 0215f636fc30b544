import { networkFinalizer } from '../../pkg/gardener/constants.ts';
import {
  annotate,
  cluster,
  configure,
  deleted,
  network,
  ours,
  type Scenario,
  type Step,
  shootChanges,
  statusAndMetadata,
  statusWrite,
} from './support/scenario.ts';
import type { Vocabulary } from './support/vocabulary.ts';

/** Delete and force-delete. */
export function deleteScenarios({ cni, ...words }: Vocabulary): Readonly<Record<string, Scenario>> {
  const { clusterObject, networkObject, reconciled, succeeded, stuck, untilOverdue } = words;
  const { everything, removal, monitoringRemoval, managedRemovals } = words;
  const { managedResourceName, held, released } = words;
  const legacy = [
    { kind: 'ConfigMap', metadata: { name: cni.legacyMonitoring.name } },
    ...cni.managedResources.map((one) => ({ kind: 'Secret', metadata: { name: one.secret } })),
  ];
  return {
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
        ...reconciled({ config: cni.most.config }),
        ...legacy.map((one): Step => ({ do: 'create', object: { apiVersion: 'v1', ...one, data: {} } })),
        ...deleted,
      ],
      expected: {
        reason: 'deletion',
        results: ['succeeded'],
        writes: [
          statusWrite,
          ...monitoringRemoval,
          ...cni.most.monitoring.map((one) => `delete ${one}`),
          `delete ConfigMap ${cni.legacyMonitoring.name}`,
          ...managedRemovals.flat().map((line) => line.replace(' -> NotFound', '')),
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
}

const gone = { network: 'gone', objects: [] } as const;
const failedShoot = shootChanges({ status: { lastOperation: { state: 'Failed' } } });
const forcedDeletion = shootChanges({
  metadata: {
    deletionTimestamp: '2026-01-10T09:00:00Z',
    annotations: { 'confirmation.gardener.cloud/force-deletion': 'true' },
  },
});
