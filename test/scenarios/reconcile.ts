import type { Fixtures } from './support/fixtures.ts';
import {
  annotate,
  changeShoot,
  configure,
  emptyShoot,
  network,
  ourFinalizers,
  type Scenario,
  type Step,
  statusAndMetadata,
  statusWrite,
} from './support/scenario.ts';

/** Networks that were reconciled before. */
export function reconcileScenarios({ cni, ...fixtures }: Fixtures): Readonly<Record<string, Scenario>> {
  const { clusterObject, networkObject, reconciled, succeeded, allObjects, changeWrites, secretName } = fixtures;
  const created = { finalizers: ourFinalizers, status: succeeded('Create', 'reconciled') };
  const again = { finalizers: ourFinalizers, status: succeeded('Reconcile', 'reconciled') };
  const restored: readonly Step[] = [
    emptyShoot,
    { do: 'create', object: clusterObject() },
    { do: 'create', object: networkObject({ operation: 'restore' }) },
    { do: 'reconcile' },
  ];
  return {
    'the annotation reconcile without a change writes only the status': {
      given: [...reconciled(), annotate('reconcile')],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [statusWrite, 'patch Network bar'],
        network: again,
        objects: allObjects,
        planned: true,
      },
    },
    'a newer timestamp without an annotation is a request': {
      given: [...reconciled(), annotate(null)],
      expected: {
        reason: 'newer timestamp',
        results: ['succeeded'],
        writes: [statusWrite],
        network: again,
        objects: allObjects,
        planned: true,
      },
    },
    'a reconciled Network needs no write': {
      given: reconciled(),
      expected: {
        reason: undefined,
        results: ['unchanged'],
        writes: [],
        network: created,
        objects: allObjects,
        planned: true,
      },
    },
    'a restored Network needs no write': {
      given: restored,
      expected: {
        reason: undefined,
        results: ['unchanged'],
        writes: [],
        network: { finalizers: ourFinalizers, status: succeeded('Restore', 'restored') },
        objects: allObjects,
        planned: true,
      },
    },
    'another configuration replaces the ManagedResource': {
      given: [...reconciled(), configure(cni.otherConfig), annotate('reconcile')],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [...statusAndMetadata, ...changeWrites, statusWrite],
        network: again,
        objects: [...allObjects, `Secret ${secretName}`],
        planned: true,
      },
    },
    'another configuration without an annotation is applied after a restart': {
      given: [...reconciled(), configure(cni.otherConfig)],
      expected: {
        reason: 'newer generation',
        results: ['succeeded'],
        writes: [statusWrite, ...changeWrites, statusWrite],
        network: again,
        objects: [...allObjects, `Secret ${secretName}`],
        planned: true,
      },
    },
    'the annotation restore for a restored Network writes only the status': {
      given: [...restored, annotate('restore')],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [statusWrite, 'patch Network bar'],
        network: { finalizers: ourFinalizers, status: succeeded('Restore', 'restored') },
        objects: allObjects,
        planned: true,
      },
    },
    'the annotation reconcile completes an unfinished restoration': {
      given: [
        ...restored,
        {
          do: 'patch',
          target: network,
          patch: {
            status: {
              lastOperation: { type: 'Restore', state: 'Error' },
              lastError: { description: 'Error restoring Network: x', codes: ['ERR_X'] },
            },
          },
          subresource: 'status',
        },
        annotate('reconcile'),
      ],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [statusWrite, 'patch Network bar'],
        network: { finalizers: ourFinalizers, status: succeeded('Restore', 'restored') },
        objects: allObjects,
        planned: true,
        mixed: true,
      },
    },
    'a changed Cluster replaces the ManagedResource': {
      given: [...reconciled(), changeShoot(cni.otherShoot)],
      expected: {
        reason: undefined,
        results: ['succeeded'],
        writes: [statusWrite, ...changeWrites, statusWrite],
        network: again,
        objects: [...allObjects, `Secret ${secretName}`],
        planned: true,
      },
    },
  };
}
