import {
  annotate,
  configure,
  ours,
  type Scenario,
  type Step,
  statusAndMetadata,
  statusWrite,
} from './support/scenario.ts';
import type { Vocabulary } from './support/vocabulary.ts';

/** Bad configuration, and configuration whose time has not come. */
export function refuseScenarios({ cni, ...words }: Vocabulary): Readonly<Record<string, Scenario>> {
  const { clusterObject, networkObject, reconciled, succeeded, everything, changeWrites, secretName } = words;
  const { bad } = cni;
  const lastGood = words.learned;
  const refusedOnce: readonly Step[] = [
    ...reconciled(),
    configure(bad.config),
    annotate('reconcile'),
    { do: 'reconcile', until: 'refused' },
  ];
  const refused = (type: string, doing: string): object => {
    const description = `Error ${doing} Network: [${bad.messages.join(', ')}]`;
    return {
      lastOperation: { type, state: 'Error', progress: 50, description, lastUpdateTime: '<time>' },
      lastError: { description, codes: ['ERR_CONFIGURATION_PROBLEM'], lastUpdateTime: '<time>' },
      observedGeneration: '<generation>',
    };
  };
  return {
    'a new Network with a bad configuration': {
      given: [
        { do: 'create', object: clusterObject() },
        { do: 'create', object: networkObject({ config: bad.config }) },
      ],
      expected: {
        reason: 'operation annotation',
        results: ['refused'],
        writes: statusAndMetadata,
        network: { finalizers: [], status: refused('Create', 'reconciling') },
        objects: [],
        next: 'not succeeded',
      },
    },
    'a bad configuration of a running shoot': {
      given: [...reconciled(), configure(bad.config), annotate('reconcile')],
      expected: {
        reason: 'operation annotation',
        results: ['refused'],
        writes: statusAndMetadata,
        network: { finalizers: ours, status: { ...lastGood, ...refused('Reconcile', 'reconciling') } },
        objects: everything,
        next: 'not succeeded',
      },
    },
    'the same bad configuration after a restart': {
      given: refusedOnce,
      expected: {
        reason: 'not succeeded',
        results: ['refused'],
        writes: [],
        network: { finalizers: ours, status: { ...lastGood, ...refused('Reconcile', 'reconciling') } },
        objects: everything,
        next: 'not succeeded',
      },
    },
    'the same bad configuration, asked for again': {
      given: [...refusedOnce, annotate('reconcile', '2100-01-01T00:03:00Z')],
      expected: {
        reason: 'operation annotation',
        results: ['refused'],
        writes: statusAndMetadata,
        network: { finalizers: ours, status: { ...lastGood, ...refused('Reconcile', 'reconciling') } },
        objects: everything,
        next: 'not succeeded',
      },
    },
    'a bad configuration put right': {
      given: [...refusedOnce, configure({ ...bad.takenBack, ...cni.otherConfig })],
      expected: {
        reason: 'not succeeded',
        results: ['succeeded'],
        writes: [statusWrite, ...changeWrites, statusWrite],
        network: { finalizers: ours, status: succeeded('Reconcile', 'reconciled') },
        objects: [...everything, `Secret ${secretName}`],
        planned: true,
      },
    },
    'a bad configuration taken back': {
      given: [...refusedOnce, configure(bad.takenBack), annotate('reconcile')],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: statusAndMetadata,
        network: { finalizers: ours, status: succeeded('Reconcile', 'reconciled') },
        objects: everything,
        planned: true,
      },
    },
    'a restoration with a bad configuration, after a restart': {
      given: [
        { do: 'create', object: clusterObject() },
        { do: 'create', object: networkObject({ operation: 'restore', config: bad.config }) },
        { do: 'reconcile', until: 'refused' },
      ],
      expected: {
        reason: 'operation annotation',
        results: ['refused'],
        writes: [],
        network: { operation: 'restore', finalizers: [], status: refused('Restore', 'restoring') },
        objects: [],
        next: 'operation annotation',
      },
    },
  };
}
