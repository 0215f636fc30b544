import type { Fixtures } from './support/fixtures.ts';
import {
  annotate,
  changeShoot,
  configure,
  emptyShoot,
  type NetworkState,
  network,
  noKubeconfig,
  ourFinalizers,
  type Scenario,
  type Step,
  statusAndMetadata,
  statusWrite,
} from './support/scenario.ts';

const prefix = 'networking.calico.extensions.gardener.cloud/';
const unreachable: Step = { do: 'setShoot', response: { available: false, reason: noKubeconfig } };
const zones = changeShoot({ spec: { controlPlane: { highAvailability: { failureTolerance: { type: 'zone' } } } } });
/** Almost as long as gardenlet waits. */
const long: readonly Step[] = [{ do: 'advanceClock', seconds: 175 }];
const withoutTypha = { typha: { enabled: false } };
const typha = 'ScrapeConfig shoot-calico-typha';

/** Restarts of Calico's components after changes of the control plane. */
export function restartScenarios({ ...fixtures }: Fixtures): Readonly<Record<string, Scenario>> {
  const { clusterObject, networkObject, reconciled, succeeded, waiting, allObjects, changeWrites, firstWrites } =
    fixtures;
  const { secretName } = fixtures;
  const state = (type: string, done: string, annotations: Readonly<Record<string, string>>): NetworkState => ({
    finalizers: ourFinalizers,
    annotations: Object.fromEntries(Object.entries(annotations).map(([name, value]) => [`${prefix}${name}`, value])),
    status: succeeded(type, done),
  });
  const moved = (choice: { readonly config?: object; readonly shoot?: object } = {}): readonly Step[] => [
    { do: 'create', object: clusterObject() },
    changeShoot(choice.shoot ?? {}),
    {
      do: 'create',
      object: networkObject({ operation: 'wait-for-state', ...(choice.config && { config: choice.config }) }),
    },
    annotate('restore'),
  ];
  const changed = { objects: [...allObjects, `Secret ${secretName}`], planned: true };
  const pending = `waiting for the API server of the shoot before a restart: ${noKubeconfig}`;
  return {
    'a restored Network restarts typha when the shoot lists current objects': {
      given: [...moved(), unreachable],
      betweenRuns: [[], [emptyShoot]],
      expected: {
        reason: 'operation annotation',
        results: ['waiting', 'waiting', 'succeeded'],
        writes: [statusWrite, ...statusAndMetadata, ...firstWrites, ...statusAndMetadata],
        network: state('Restore', 'restored', {
          'typha-restarted-at': '<time>',
          'typha-restart-reason': 'control-plane-migration',
          'control-plane-ha': 'false',
        }),
        objects: allObjects,
        planned: true,
      },
    },
    'a restored Network without typha restarts calico-node': {
      given: [...moved({ config: withoutTypha }), emptyShoot],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [
          ...statusAndMetadata,
          ...firstWrites.filter((line) => line !== `create ${typha}`),
          ...statusAndMetadata,
        ],
        network: state('Restore', 'restored', {
          'calico-node-restarted-at': '<time>',
          'calico-node-restart-reason': 'control-plane-migration',
        }),
        objects: allObjects.filter((name) => name !== typha),
        planned: true,
      },
    },
    'a restored Network in hibernation restarts nothing': {
      given: [...moved({ shoot: { spec: { hibernation: { enabled: true } }, status: { hibernated: true } } })],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [...statusAndMetadata, ...firstWrites, ...statusAndMetadata],
        network: state('Restore', 'restored', { 'control-plane-ha': 'false' }),
        objects: allObjects,
        planned: true,
      },
    },
    'another restoration of a restarted Network restarts nothing': {
      given: [...moved(), emptyShoot, { do: 'reconcile' }, unreachable, annotate('restore', '2100-01-01T00:10:00Z')],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: statusAndMetadata,
        network: state('Restore', 'restored', { 'typha-restarted-at': '<time>' }),
        objects: allObjects,
        planned: true,
      },
    },
    'the switch to a highly available control plane restarts typha when the shoot lists current objects': {
      given: [...reconciled(), zones, unreachable, annotate('reconcile')],
      betweenRuns: [[emptyShoot]],
      expected: {
        reason: 'operation annotation',
        results: ['waiting', 'succeeded'],
        writes: [statusWrite, ...statusAndMetadata, ...changeWrites, statusWrite],
        network: state('Reconcile', 'reconciled', {
          'typha-restarted-at': '<time>',
          'typha-restart-reason': 'ha-transition',
          'control-plane-ha': 'true',
        }),
        ...changed,
      },
    },
    'the switch to a highly available control plane changes nothing while the shoot is unreachable': {
      given: [...reconciled(), zones, configure({ vethMTU: '1430' }), annotate('reconcile')],
      betweenRuns: [[]],
      expected: {
        reason: 'operation annotation',
        results: ['waiting', 'waiting'],
        writes: [statusWrite],
        network: {
          operation: 'reconcile',
          finalizers: ourFinalizers,
          annotations: { [`${prefix}control-plane-ha`]: 'false' },
          status: waiting(pending),
        },
        objects: allObjects,
        next: 'operation annotation',
      },
    },
    'a Network that waits long reports the cause once as an error without a code': {
      given: [...reconciled(), zones, annotate('reconcile')],
      betweenRuns: [long, long, long],
      expected: {
        reason: 'operation annotation',
        results: ['waiting', 'waiting', 'waiting', 'waiting'],
        writes: [statusWrite, statusWrite],
        network: {
          operation: 'reconcile',
          finalizers: ourFinalizers,
          status: {
            ...waiting(pending),
            lastError: { description: `Error reconciling Network: ${pending}`, lastUpdateTime: '<time>' },
            observedGeneration: '<generation>',
          },
        },
        objects: allObjects,
        // A new process measures again, and cannot know whether gardenlet sent another request in between.
        restartWrites: [statusWrite],
        next: 'operation annotation',
      },
    },
    'the switch to a highly available control plane without typha is only recorded': {
      given: [...reconciled({ config: withoutTypha }), zones, annotate('reconcile')],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [...statusAndMetadata, statusWrite],
        network: state('Reconcile', 'reconciled', { 'control-plane-ha': 'true' }),
        objects: allObjects.filter((name) => name !== typha),
        planned: true,
      },
    },
    'the first reconciliation of a stored Network records its control plane and restarts nothing': {
      given: [
        ...reconciled(),
        zones,
        { do: 'patch', target: network, patch: { metadata: { annotations: { [`${prefix}control-plane-ha`]: null } } } },
        annotate('reconcile'),
      ],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [...statusAndMetadata, statusWrite],
        network: state('Reconcile', 'reconciled', { 'control-plane-ha': 'true' }),
        objects: allObjects,
        planned: true,
      },
    },
    'a disabled typha loses its monitoring': {
      given: [...reconciled(), configure(withoutTypha), annotate('reconcile')],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [...statusAndMetadata, ...changeWrites, `delete ${typha}`, statusWrite],
        network: state('Reconcile', 'reconciled', {}),
        objects: [...allObjects.filter((name) => name !== typha), `Secret ${secretName}`],
        planned: true,
      },
    },
  };
}
