import {
  annotate,
  configure,
  network,
  ours,
  type Scenario,
  shootChanges,
  statusAndMetadata,
  statusWrite,
} from './support/scenario.ts';
import type { Vocabulary } from './support/vocabulary.ts';

/** Networks that have been reconciled before, by us or by the Go extension. */
export function reconcileScenarios({ cni, ...words }: Vocabulary): Readonly<Record<string, Scenario>> {
  const { clusterObject, networkObject, reconciled, succeeded, everything, changeWrites, secretName } = words;
  const created = { finalizers: ours, status: succeeded('Create', 'reconciled') };
  const again = { finalizers: ours, status: succeeded('Reconcile', 'reconciled') };
  return {
    'annotated without a change': {
      given: [...reconciled(), annotate('reconcile')],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [statusWrite, 'patch Network bar'],
        network: again,
        objects: everything,
        planned: true,
      },
    },
    'a newer timestamp, its annotation lost in the crash of another controller': {
      given: [...reconciled(), annotate(null)],
      expected: {
        reason: 'newer timestamp',
        results: ['succeeded'],
        writes: [statusWrite],
        network: again,
        objects: everything,
        planned: true,
      },
    },
    'nothing to do': {
      given: reconciled(),
      expected: {
        reason: undefined,
        results: ['unchanged'],
        writes: [],
        network: created,
        objects: everything,
        planned: true,
      },
    },
    'nothing to do after a restoration': {
      given: [
        { do: 'shoot', answers: { known: true, value: [] } },
        { do: 'create', object: clusterObject() },
        { do: 'create', object: networkObject({ operation: 'restore' }) },
        { do: 'reconcile' },
      ],
      expected: {
        reason: undefined,
        results: ['unchanged'],
        writes: [],
        network: { finalizers: ours, status: succeeded('Restore', 'restored') },
        objects: everything,
        planned: true,
      },
    },
    'another configuration': {
      given: [...reconciled(), configure(cni.otherConfig), annotate('reconcile')],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [...statusAndMetadata, ...changeWrites, statusWrite],
        network: again,
        objects: [...everything, `Secret ${secretName}`],
        planned: true,
      },
    },
    'another configuration that nobody announced': {
      given: [...reconciled(), configure(cni.otherConfig)],
      expected: {
        reason: 'newer generation',
        results: ['succeeded'],
        writes: [statusWrite, ...changeWrites, statusWrite],
        network: again,
        objects: [...everything, `Secret ${secretName}`],
        planned: true,
      },
    },
    'restored, when the state was restored before': {
      given: [...reconciled(), annotate('restore')],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [statusWrite, 'patch Network bar'],
        network: { finalizers: ours, status: succeeded('Restore', 'restored') },
        objects: everything,
        planned: true,
      },
    },
    'an unfinished restoration that gardenlet asks to reconcile': {
      given: [
        ...reconciled(),
        {
          do: 'patch',
          what: network,
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
        network: { finalizers: ours, status: succeeded('Restore', 'restored') },
        objects: everything,
        planned: true,
        mixed: true,
      },
    },
    'the Cluster changed and nothing else': {
      given: [...reconciled(), shootChanges(cni.otherShoot)],
      expected: {
        reason: undefined,
        results: ['succeeded'],
        writes: [statusWrite, ...changeWrites, statusWrite],
        network: again,
        objects: [...everything, `Secret ${secretName}`],
        planned: true,
      },
    },
  };
}
