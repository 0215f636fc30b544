import { networkFinalizer } from '../../pkg/gardener/constants.ts';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { hideHashes } from './support/faults.ts';
import type { Fixtures } from './support/fixtures.ts';
import {
  annotate,
  changeShoot,
  cluster,
  configure,
  deleteNetwork,
  network,
  ourFinalizers,
  type Scenario,
  type Step,
  statusAndMetadata,
  statusWrite,
} from './support/scenario.ts';

/** Deletions and forced deletions. */
export function deleteScenarios({ cni, ...fixtures }: Fixtures): Readonly<Record<string, Scenario>> {
  const { clusterObject, networkObject, reconciled, succeeded, overdue, untilOverdue, afterRestart } = fixtures;
  const { allObjects, removal, monitoringRemoval, managedRemovals } = fixtures;
  const { managedResource, managedResourceName, secretName, held, released } = fixtures;
  const legacy = [
    { kind: 'ConfigMap', metadata: { name: cni.legacyMonitoring.name } },
    ...cni.managedResources.map((one) => ({ kind: 'Secret', metadata: { name: one.secret } })),
  ];
  return {
    'a deletion waits for the ManagedResources': {
      given: [...reconciled(), held, ...deleteNetwork],
      betweenRuns: [[], [released]],
      expected: {
        reason: 'deletion',
        results: ['waiting', 'waiting', 'succeeded'],
        writes: [statusWrite, ...removal, ...statusAndMetadata],
        ...gone,
      },
    },
    'a deletion ends in one run if nothing holds the ManagedResources': {
      given: [...reconciled(), ...deleteNetwork],
      expected: {
        reason: 'deletion',
        results: ['succeeded'],
        writes: [statusWrite, ...removal, ...statusAndMetadata],
        ...gone,
      },
    },
    'a deletion removes the objects of earlier versions': {
      given: [
        ...reconciled({ config: cni.allOptions.config }),
        ...legacy.map((one): Step => ({ do: 'create', object: { apiVersion: 'v1', ...one, data: {} } })),
        ...deleteNetwork,
      ],
      expected: {
        reason: 'deletion',
        results: ['succeeded'],
        writes: [
          statusWrite,
          ...monitoringRemoval,
          ...cni.allOptions.monitoring.map((one) => `delete ${one}`),
          `delete ConfigMap ${cni.legacyMonitoring.name}`,
          ...cni.managedResources.flatMap((one, index) => [
            `delete Secret ${one.secret}`,
            ...(managedRemovals[index] ?? []),
          ]),
          ...statusAndMetadata,
        ],
        ...gone,
      },
    },
    'a deletion does not remove Secrets of others that a ManagedResource refers to': {
      given: [
        ...reconciled(),
        ...victims.map((name): Step => ({ do: 'create', object: foreignSecret(name) })),
        { do: 'patch', target: managedResource, patch: { spec: { secretRefs: victims.map((name) => ({ name })) } } },
        ...deleteNetwork,
      ],
      expected: {
        reason: 'deletion',
        results: ['succeeded'],
        // The garbage collector removes the Secret that nothing refers to any more.
        writes: [
          statusWrite,
          ...removal.filter((line) => line !== `delete Secret ${secretName}`),
          ...statusAndMetadata,
        ],
        network: 'gone',
        objects: [...victims.map((name) => `Secret ${hideHashes(name)}`), `Secret ${secretName}`],
      },
    },
    'a deletion does not decode the configuration': {
      given: [...reconciled(), configure({ foo: 'bar' }), ...deleteNetwork],
      expected: {
        reason: 'deletion',
        results: ['succeeded'],
        writes: [statusWrite, ...removal, ...statusAndMetadata],
        ...gone,
      },
    },
    'a deletion without objects releases the Network': {
      given: [
        { do: 'create', object: clusterObject() },
        { do: 'create', object: networkObject({ metadata: { finalizers: ourFinalizers } }) },
        ...deleteNetwork,
      ],
      expected: { reason: 'deletion', results: ['succeeded'], writes: statusAndMetadata, ...gone },
    },
    'a deletion needs no Cluster': {
      given: [...reconciled(), { do: 'delete', target: cluster }, ...deleteNetwork],
      expected: {
        reason: 'deletion',
        results: ['succeeded'],
        writes: [statusWrite, ...removal, ...statusAndMetadata],
        ...gone,
      },
    },
    'a deletion does not remove finalizers of others': {
      given: [
        ...reconciled(),
        { do: 'patch', target: network, patch: { metadata: { finalizers: [networkFinalizer, 'example.com/theirs'] } } },
        ...deleteNetwork,
      ],
      expected: {
        reason: 'deletion',
        results: ['succeeded'],
        writes: [statusWrite, ...removal, ...statusAndMetadata],
        network: { finalizers: ['example.com/theirs'], status: succeeded('Delete', 'deleted') },
        objects: [],
      },
    },
    'a deletion without our finalizer is skipped': {
      given: [
        { do: 'create', object: clusterObject() },
        { do: 'create', object: networkObject({ metadata: { finalizers: ['example.com/theirs'] } }) },
        ...deleteNetwork,
      ],
      expected: {
        reason: undefined,
        results: ['skipped'],
        writes: [],
        network: { operation: 'reconcile', finalizers: ['example.com/theirs'] },
        objects: [],
      },
    },
    'an overdue deletion reports once what it waits for': {
      given: [...reconciled(), annotate('reconcile'), held, ...deleteNetwork],
      betweenRuns: [...untilOverdue, afterRestart, []],
      expected: {
        reason: 'deletion',
        results: ['waiting', 'waiting', 'waiting', 'waiting', 'waiting'],
        writes: [statusWrite, ...removal, statusWrite],
        network: { operation: 'reconcile', finalizers: ourFinalizers, status: overdue('Delete', 'deleting') },
        objects: [`ManagedResource ${managedResourceName}`],
        next: 'deletion',
      },
    },
    'an overdue deletion ends when the ManagedResource is gone': {
      given: [...reconciled(), held, ...deleteNetwork],
      betweenRuns: [...untilOverdue, [released]],
      expected: {
        reason: 'deletion',
        results: ['waiting', 'waiting', 'waiting', 'succeeded'],
        writes: [statusWrite, ...removal, statusWrite, ...statusAndMetadata],
        ...gone,
      },
    },
    'a forced deletion does not wait for the ManagedResource': {
      given: [...reconciled(), forcedDeletion, held, ...deleteNetwork],
      expected: {
        reason: 'deletion',
        results: ['succeeded'],
        writes: [statusWrite, ...removal, ...statusAndMetadata],
        network: 'gone',
        objects: [`ManagedResource ${managedResourceName}`],
      },
    },
    'a deletion is skipped while the shoot is failed': {
      given: [...reconciled(), failedShoot, ...deleteNetwork],
      expected: {
        reason: 'deletion',
        results: ['skipped'],
        writes: [],
        network: {
          finalizers: ourFinalizers,
          status: { ...succeeded('Create', 'reconciled'), observedGeneration: '<older generation>' },
        },
        objects: allObjects,
        next: 'deletion',
      },
    },
    'a forced deletion proceeds while the shoot is failed': {
      given: [...reconciled(), failedShoot, forcedDeletion, held, ...deleteNetwork],
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

/** Names of Secrets that neither extension gives to a Secret of this ManagedResource. */
const victims = [
  'victim',
  'gardener-other',
  'managedresource-victim',
  'managedresource-extension-networking-x-01234567',
];

function foreignSecret(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name }, type: 'Opaque', data: {} };
}

const gone = { network: 'gone', objects: [] } as const;
const failedShoot = changeShoot({ status: { lastOperation: { state: 'Failed' } } });
const forcedDeletion = changeShoot({
  metadata: {
    deletionTimestamp: '2026-01-10T09:00:00Z',
    annotations: { 'confirmation.gardener.cloud/force-deletion': 'true' },
  },
});
