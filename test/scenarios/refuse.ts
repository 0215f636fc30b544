import type { Fixtures } from './support/fixtures.ts';
import {
  annotate,
  configure,
  ourFinalizers,
  type Scenario,
  type Step,
  statusAndMetadata,
  statusWrite,
} from './support/scenario.ts';

/** Refused configurations. */
export function refuseScenarios({ cni, ...fixtures }: Fixtures): Readonly<Record<string, Scenario>> {
  const { clusterObject, networkObject, reconciled, succeeded, allObjects, changeWrites, secretName } = fixtures;
  const { bad } = cni;
  const lastGood = fixtures.planStatus;
  const refusedOnce: readonly Step[] = [
    ...reconciled(),
    configure(bad.config),
    annotate('reconcile'),
    { do: 'reconcile', result: 'refused' },
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
    'a new Network with a bad configuration is refused without any object': {
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
    'a bad configuration does not change the objects of a running shoot': {
      given: [...reconciled(), configure(bad.config), annotate('reconcile')],
      expected: {
        reason: 'operation annotation',
        results: ['refused'],
        writes: statusAndMetadata,
        network: { finalizers: ourFinalizers, status: { ...lastGood, ...refused('Reconcile', 'reconciling') } },
        objects: allObjects,
        next: 'not succeeded',
      },
    },
    'a refused configuration needs no write after a restart': {
      given: refusedOnce,
      expected: {
        reason: 'not succeeded',
        results: ['refused'],
        writes: [],
        network: { finalizers: ourFinalizers, status: { ...lastGood, ...refused('Reconcile', 'reconciling') } },
        objects: allObjects,
        next: 'not succeeded',
      },
    },
    'a refused configuration is reported again on request': {
      given: [...refusedOnce, annotate('reconcile', '2100-01-01T00:03:00Z')],
      expected: {
        reason: 'operation annotation',
        results: ['refused'],
        writes: statusAndMetadata,
        network: { finalizers: ourFinalizers, status: { ...lastGood, ...refused('Reconcile', 'reconciling') } },
        objects: allObjects,
        next: 'not succeeded',
      },
    },
    'a corrected configuration is applied': {
      given: [...refusedOnce, configure({ ...bad.reverted, ...cni.otherConfig })],
      expected: {
        reason: 'not succeeded',
        results: ['succeeded'],
        writes: [statusWrite, ...changeWrites, statusWrite],
        network: { finalizers: ourFinalizers, status: succeeded('Reconcile', 'reconciled') },
        objects: [...allObjects, `Secret ${secretName}`],
        planned: true,
      },
    },
    'a reverted configuration writes only the status': {
      given: [...refusedOnce, configure(bad.reverted), annotate('reconcile')],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: statusAndMetadata,
        network: { finalizers: ourFinalizers, status: succeeded('Reconcile', 'reconciled') },
        objects: allObjects,
        planned: true,
      },
    },
    'a refused restoration needs no write after a restart': {
      given: [
        { do: 'create', object: clusterObject() },
        { do: 'create', object: networkObject({ operation: 'restore', config: bad.config }) },
        { do: 'reconcile', result: 'refused' },
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
