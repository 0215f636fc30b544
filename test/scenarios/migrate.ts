import { networkFinalizer } from '../../pkg/gardener/constants.ts';
import {
  annotate,
  configure,
  deleted,
  network,
  ours,
  type Scenario,
  statusAndMetadata,
  statusWrite,
} from './support/scenario.ts';
import type { Vocabulary } from './support/vocabulary.ts';

/** Away from this seed, and back. */
export function migrateScenarios(words: Vocabulary): Readonly<Record<string, Scenario>> {
  const { clusterObject, networkObject, reconciled, succeeded, stuck, untilOverdue } = words;
  const { everything, firstWrites, keepWrites, removal, monitoringRemoval, managedRemovals } = words;
  const { managedResource, managedResourceName, secretName, held, released } = words;
  const migrated = { finalizers: [], status: succeeded('Migrate', 'migrated') };
  return {
    migrated: {
      given: [...reconciled(), held, annotate('migrate')],
      meanwhile: [[released]],
      expected: {
        reason: 'operation annotation',
        results: ['waiting', 'succeeded'],
        writes: [statusWrite, ...keepWrites, ...removal, ...statusAndMetadata],
        network: migrated,
        objects: [],
      },
    },
    'migrated before anything was reconciled': {
      given: [
        { do: 'create', object: clusterObject() },
        { do: 'create', object: networkObject({ operation: 'migrate' }) },
      ],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: statusAndMetadata,
        network: {
          finalizers: [],
          status: {
            lastOperation: {
              type: 'Migrate',
              state: 'Succeeded',
              progress: 100,
              description: 'Successfully migrated Network',
              lastUpdateTime: '<time>',
            },
            observedGeneration: '<generation>',
          },
        },
        objects: [],
      },
    },
    'migrated with a configuration that cannot be decoded and finalizers of others': {
      given: [
        ...reconciled(),
        configure({ foo: 'bar' }),
        { do: 'patch', what: network, patch: { metadata: { finalizers: [networkFinalizer, 'example.com/theirs'] } } },
        annotate('migrate'),
      ],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [statusWrite, ...keepWrites, ...removal, ...statusAndMetadata],
        network: migrated,
        objects: [],
      },
    },
    'migrated while it is being deleted': {
      given: [...reconciled(), annotate('migrate'), ...deleted],
      expected: {
        reason: 'deletion',
        results: ['succeeded'],
        writes: [statusWrite, ...keepWrites, ...removal, ...statusAndMetadata],
        network: 'gone',
        objects: [],
      },
    },
    'migrated while a deletion of the ManagedResource goes on': {
      given: [...reconciled(), held, { do: 'delete', what: managedResource }, annotate('migrate')],
      meanwhile: [[released]],
      expected: {
        reason: 'operation annotation',
        results: ['waiting', 'succeeded'],
        writes: [
          statusWrite,
          ...keepWrites,
          ...monitoringRemoval,
          ...managedRemovals.slice(1).flat(),
          ...statusAndMetadata,
        ],
        network: migrated,
        // Left to the garbage collector.
        objects: [`Secret ${secretName}`],
      },
    },
    'a migration that is stuck': {
      given: [...reconciled(), held, annotate('migrate')],
      meanwhile: [...untilOverdue, [], []],
      expected: {
        reason: 'operation annotation',
        results: ['waiting', 'waiting', 'waiting', 'waiting', 'waiting'],
        writes: [statusWrite, ...keepWrites, ...removal, statusWrite],
        network: { operation: 'migrate', finalizers: ours, status: stuck('Migrate', 'migrating') },
        objects: [`ManagedResource ${managedResourceName}`],
        next: 'operation annotation',
      },
    },
    'an unfinished migration that gardenlet asks to reconcile': {
      given: [
        ...reconciled(),
        {
          do: 'patch',
          what: network,
          patch: { status: { lastOperation: { type: 'Migrate', state: 'Error' } } },
          subresource: 'status',
        },
        annotate('reconcile'),
      ],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [statusWrite, ...keepWrites, ...removal, ...statusAndMetadata],
        network: migrated,
        objects: [],
      },
    },
    'migrated away': {
      given: [...reconciled(), annotate('migrate'), { do: 'reconcile' }, annotate('reconcile')],
      expected: {
        reason: undefined,
        results: ['skipped'],
        writes: [],
        network: { operation: 'reconcile', ...migrated },
        objects: [],
      },
    },
    'migrated away and back': {
      given: [...reconciled(), annotate('migrate'), { do: 'reconcile' }, annotate('restore')],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [...statusAndMetadata, ...firstWrites, ...statusAndMetadata],
        network: { finalizers: ours, status: succeeded('Restore', 'restored') },
        objects: everything,
        planned: true,
      },
    },
  };
}
