import { networkFinalizer } from '../../pkg/gardener/constants.ts';
import type { Fixtures } from './support/fixtures.ts';
import {
  annotate,
  configure,
  deleteNetwork,
  emptyShoot,
  network,
  ourFinalizers,
  type Scenario,
  statusAndMetadata,
  statusWrite,
} from './support/scenario.ts';

/** Migrations from this seed, and restorations in it. */
export function migrateScenarios(fixtures: Fixtures): Readonly<Record<string, Scenario>> {
  const { clusterObject, networkObject, reconciled, succeeded, overdue, untilOverdue, afterRestart } = fixtures;
  const { allObjects, firstWrites, keepWrites, removal, monitoringRemoval, managedRemovals } = fixtures;
  const { managedResource, managedResourceName, secretName, held, released } = fixtures;
  const migrated = { finalizers: [], status: succeeded('Migrate', 'migrated') };
  return {
    'a migration keeps the objects in the shoot and removes those in the seed': {
      given: [...reconciled(), held, annotate('migrate')],
      betweenRuns: [[released]],
      expected: {
        reason: 'operation annotation',
        results: ['waiting', 'succeeded'],
        writes: [statusWrite, ...keepWrites, ...removal, ...statusAndMetadata],
        network: migrated,
        objects: [],
      },
    },
    'a migration of a new Network only reports success': {
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
    'a migration does not decode the configuration, and removes finalizers of others': {
      given: [
        ...reconciled(),
        configure({ foo: 'bar' }),
        { do: 'patch', target: network, patch: { metadata: { finalizers: [networkFinalizer, 'example.com/theirs'] } } },
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
    'a migration takes precedence over a deletion': {
      given: [...reconciled(), annotate('migrate'), ...deleteNetwork],
      expected: {
        reason: 'deletion',
        results: ['succeeded'],
        writes: [statusWrite, ...keepWrites, ...removal, ...statusAndMetadata],
        network: 'gone',
        objects: [],
      },
    },
    'a migration waits for a ManagedResource that is already being deleted': {
      given: [...reconciled(), held, { do: 'delete', target: managedResource }, annotate('migrate')],
      betweenRuns: [[released]],
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
        // The garbage collector deletes it.
        objects: [`Secret ${secretName}`],
      },
    },
    'an overdue migration reports once what it waits for': {
      given: [...reconciled(), held, annotate('migrate')],
      betweenRuns: [...untilOverdue, afterRestart, []],
      expected: {
        reason: 'operation annotation',
        results: ['waiting', 'waiting', 'waiting', 'waiting', 'waiting'],
        writes: [statusWrite, ...keepWrites, ...removal, statusWrite],
        network: { operation: 'migrate', finalizers: ourFinalizers, status: overdue('Migrate', 'migrating') },
        objects: [`ManagedResource ${managedResourceName}`],
        next: 'operation annotation',
      },
    },
    'the annotation reconcile completes an unfinished migration': {
      given: [
        ...reconciled(),
        {
          do: 'patch',
          target: network,
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
    'a migrated Network is skipped': {
      given: [...reconciled(), annotate('migrate'), { do: 'reconcile' }, annotate('reconcile')],
      expected: {
        reason: undefined,
        results: ['skipped'],
        writes: [],
        network: { operation: 'reconcile', ...migrated },
        objects: [],
      },
    },
    'the annotation restore restores a migrated Network': {
      given: [...reconciled(), annotate('migrate'), { do: 'reconcile' }, emptyShoot, annotate('restore')],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [...statusAndMetadata, ...firstWrites, ...statusAndMetadata],
        network: { finalizers: ourFinalizers, status: succeeded('Restore', 'restored') },
        objects: allObjects,
        planned: true,
      },
    },
  };
}
