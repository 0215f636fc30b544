import type { Fixtures } from './support/fixtures.ts';
import {
  annotate,
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
  unreadableData,
} from './support/scenario.ts';

const bird = 'ScrapeConfig shoot-calico-bird';
const gates = { SeamlessOverlaySwitch: true };

/** Only Calico has monitoring of an optional component, and an overlay that waits for routes. */
export function calicoScenarios({ cni, ...fixtures }: Fixtures): Readonly<Record<string, Scenario>> {
  const { clusterObject, networkObject, reconciled, succeeded, allObjects, changeWrites, firstWrites } = fixtures;
  const { managedResource, managedResourceName, secretName } = fixtures;
  const waiting = (note: string): object => ({ ...fixtures.waiting(note), state: { overlay: true } });
  const withOverlay = (overlay: boolean, type: string, done: string): NetworkState => ({
    finalizers: ourFinalizers,
    status: { ...succeeded(type, done), state: { overlay } },
  });
  const again = { finalizers: ourFinalizers, status: succeeded('Reconcile', 'reconciled') };
  const overlayOff: readonly Step[] = [
    { do: 'create', object: clusterObject({ version: '1.36.0' }) },
    { do: 'create', object: networkObject({ config: { overlay: { enabled: true } } }) },
    { do: 'reconcile' },
    configure({ overlay: { enabled: false } }),
    annotate('reconcile'),
  ];
  const moved: readonly Step[] = [
    { do: 'create', object: clusterObject({ version: '1.36.0' }) },
    { do: 'create', object: networkObject({ operation: 'wait-for-state' }) },
  ];
  return {
    'a disabled component loses its monitoring': {
      given: [
        ...reconciled({ config: { birdExporter: { enabled: true } } }),
        configure({ birdExporter: { enabled: false } }),
        annotate('reconcile'),
      ],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [...statusAndMetadata, ...changeWrites, `delete ${bird}`, statusWrite],
        network: again,
        objects: [...allObjects, `Secret ${secretName}`],
        planned: true,
      },
    },
    'the overlay is disabled when every node has its route': {
      given: [...overlayOff, nodes('CalicoIsUp')],
      gates,
      betweenRuns: [[], [nodes('RouteCreated')]],
      expected: {
        reason: 'operation annotation',
        results: ['waiting', 'waiting', 'succeeded'],
        writes: [statusWrite, ...statusAndMetadata, ...changeWrites, statusWrite],
        network: withOverlay(false, 'Reconcile', 'reconciled'),
        objects: [...allObjects, `Secret ${secretName}`],
        planned: true,
      },
    },
    'the overlay is disabled only with routes, also after a migration and a restoration': {
      given: [...overlayOff, nodes('CalicoIsUp'), annotate('migrate'), { do: 'reconcile' }, annotate('restore')],
      gates,
      betweenRuns: [[], [nodes('RouteCreated')]],
      expected: {
        reason: 'operation annotation',
        results: ['waiting', 'waiting', 'succeeded'],
        writes: [statusWrite, ...statusAndMetadata, ...firstWrites, ...statusAndMetadata],
        network: withOverlay(false, 'Restore', 'restored'),
        objects: allObjects,
        planned: true,
      },
    },
    'the overlay is disabled only with routes, also in a seed that has only the state': {
      given: [
        ...moved,
        { do: 'patch', target: network, patch: { status: { state: { overlay: true } } }, subresource: 'status' },
        annotate('restore'),
        nodes('CalicoIsUp'),
      ],
      gates,
      betweenRuns: [[nodes('RouteCreated')]],
      expected: {
        reason: 'operation annotation',
        results: ['waiting', 'succeeded'],
        writes: [statusWrite, ...statusAndMetadata, ...firstWrites, ...statusAndMetadata],
        network: withOverlay(false, 'Restore', 'restored'),
        objects: allObjects,
        planned: true,
      },
    },
    'a restoration without the overlay and without a state does not wait for routes': {
      given: [...moved, emptyShoot, annotate('restore')],
      gates,
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [...statusAndMetadata, ...firstWrites, ...statusAndMetadata],
        network: withOverlay(false, 'Restore', 'restored'),
        objects: allObjects,
        planned: true,
      },
    },
    'the stored state of the overlay is updated without the feature gate': {
      given: [
        ...reconciled(),
        { do: 'patch', target: network, patch: { status: { state: { overlay: true } } }, subresource: 'status' },
        annotate('reconcile'),
      ],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: statusAndMetadata,
        network: withOverlay(false, 'Reconcile', 'reconciled'),
        objects: allObjects,
        planned: true,
      },
    },
    'the overlay remains while a node has no route': {
      given: [...overlayOff, nodes('CalicoIsUp')],
      gates,
      betweenRuns: [[]],
      expected: {
        reason: 'operation annotation',
        results: ['waiting', 'waiting'],
        writes: [statusWrite],
        network: {
          operation: 'reconcile',
          finalizers: ourFinalizers,
          status: waiting(
            'spec.providerConfig.overlay.enabled: waiting for routes to be created on all nodes before disabling overlay: 1 node(s) without a route: n1',
          ),
        },
        objects: allObjects,
        next: 'operation annotation',
      },
    },
    'the overlay remains while the nodes are unreadable, and an earlier error is removed': {
      given: [
        ...overlayOff.slice(0, 3),
        configure(cni.bad.config),
        annotate('reconcile'),
        { do: 'reconcile', result: 'refused' },
        configure({ ...cni.bad.reverted, overlay: { enabled: false } }),
        annotate('reconcile'),
      ],
      gates,
      expected: {
        reason: 'operation annotation',
        results: ['waiting'],
        writes: [statusWrite],
        network: {
          operation: 'reconcile',
          finalizers: ourFinalizers,
          status: waiting(
            `spec.providerConfig.overlay.enabled: the nodes of the shoot cannot be read: ${noKubeconfig}`,
          ),
        },
        objects: allObjects,
        next: 'operation annotation',
      },
    },
    'the overlay remains while the current Secret is unreadable': {
      given: [
        ...overlayOff,
        nodes('RouteCreated'),
        { do: 'replaceSecret', of: managedResource, data: unreadableData('config.yaml') },
      ],
      gates,
      expected: {
        reason: 'operation annotation',
        results: ['waiting'],
        writes: [statusWrite],
        network: {
          operation: 'reconcile',
          finalizers: ourFinalizers,
          status: waiting(
            'spec.providerConfig.overlay.enabled: the current state of the overlay cannot be read: ' +
              `Secret of ManagedResource ${managedResourceName}: data key config.yaml.br cannot be decompressed`,
          ),
        },
        objects: allObjects,
        next: 'operation annotation',
      },
    },
    'the overlay remains while the current Secret is missing': {
      given: [...overlayOff, nodes('RouteCreated'), { do: 'replaceSecret', of: managedResource }],
      gates,
      expected: {
        reason: 'operation annotation',
        results: ['waiting'],
        writes: [statusWrite],
        network: {
          operation: 'reconcile',
          finalizers: ourFinalizers,
          status: waiting(
            'spec.providerConfig.overlay.enabled: the current state of the overlay cannot be read: ' +
              `Secret ${secretName} of ManagedResource ${managedResourceName} is missing`,
          ),
        },
        objects: allObjects.filter((name) => !name.startsWith('Secret ')),
        next: 'operation annotation',
      },
    },
  };
}

function nodes(reasonOfRoute: string): Step {
  const condition = { type: 'NetworkUnavailable', status: 'False', reason: reasonOfRoute };
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' }, status: { conditions: [condition] } };
  return { do: 'setShoot', response: { available: true, value: [node] } };
}
