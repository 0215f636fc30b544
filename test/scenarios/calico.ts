import {
  annotate,
  configure,
  garbage,
  type NetworkState,
  network,
  noKubeconfig,
  ours,
  type Scenario,
  type Step,
  statusAndMetadata,
  statusWrite,
} from './support/scenario.ts';
import type { Vocabulary } from './support/vocabulary.ts';

const bird = 'ScrapeConfig shoot-calico-bird';
const gates = { SeamlessOverlaySwitch: true };

/** What only calico has: monitoring that comes and goes with a component, and the overlay that waits for routes. */
export function calicoScenarios({ cni, ...words }: Vocabulary): Readonly<Record<string, Scenario>> {
  const { clusterObject, networkObject, reconciled, succeeded, everything, changeWrites, firstWrites } = words;
  const { managedResource, managedResourceName, secretName } = words;
  const waits = (note: string): object => ({ ...words.waits(note), state: { overlay: true } });
  const remembering = (overlay: boolean, type: string, done: string): NetworkState => ({
    finalizers: ours,
    status: { ...succeeded(type, done), state: { overlay } },
  });
  const again = { finalizers: ours, status: succeeded('Reconcile', 'reconciled') };
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
    'a component less, whose monitoring goes': {
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
        objects: [...everything, `Secret ${secretName}`],
        planned: true,
      },
    },
    'the overlay goes when every node has its route': {
      given: [...overlayOff, nodes('CalicoIsUp')],
      gates,
      meanwhile: [[], [nodes('RouteCreated')]],
      expected: {
        reason: 'operation annotation',
        results: ['waiting', 'waiting', 'succeeded'],
        writes: [statusWrite, ...statusAndMetadata, ...changeWrites, statusWrite],
        network: remembering(false, 'Reconcile', 'reconciled'),
        objects: [...everything, `Secret ${secretName}`],
        planned: true,
      },
    },
    'the overlay goes only with routes, also when the shoot moves to another seed meanwhile': {
      given: [...overlayOff, nodes('CalicoIsUp'), annotate('migrate'), { do: 'reconcile' }, annotate('restore')],
      gates,
      meanwhile: [[], [nodes('RouteCreated')]],
      expected: {
        reason: 'operation annotation',
        results: ['waiting', 'waiting', 'succeeded'],
        writes: [statusWrite, ...statusAndMetadata, ...firstWrites, ...statusAndMetadata],
        network: remembering(false, 'Restore', 'restored'),
        objects: everything,
        planned: true,
      },
    },
    'the overlay goes only with routes, also in another seed that knows but the state': {
      given: [
        ...moved,
        { do: 'patch', what: network, patch: { status: { state: { overlay: true } } }, subresource: 'status' },
        annotate('restore'),
        nodes('CalicoIsUp'),
      ],
      gates,
      meanwhile: [[nodes('RouteCreated')]],
      expected: {
        reason: 'operation annotation',
        results: ['waiting', 'succeeded'],
        writes: [statusWrite, ...statusAndMetadata, ...firstWrites, ...statusAndMetadata],
        network: remembering(false, 'Restore', 'restored'),
        objects: everything,
        planned: true,
      },
    },
    'restored without the overlay from a seed of the Go extension, which remembers nothing': {
      given: [...moved, annotate('restore')],
      gates,
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [...statusAndMetadata, ...firstWrites, ...statusAndMetadata],
        network: remembering(false, 'Restore', 'restored'),
        objects: everything,
        planned: true,
      },
    },
    'what was remembered stays true without the gate': {
      given: [
        ...reconciled(),
        { do: 'patch', what: network, patch: { status: { state: { overlay: true } } }, subresource: 'status' },
        annotate('reconcile'),
      ],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: statusAndMetadata,
        network: remembering(false, 'Reconcile', 'reconciled'),
        objects: everything,
        planned: true,
      },
    },
    'the overlay stays while nodes have no route': {
      given: [...overlayOff, nodes('CalicoIsUp')],
      gates,
      meanwhile: [[]],
      expected: {
        reason: 'operation annotation',
        results: ['waiting', 'waiting'],
        writes: [statusWrite],
        network: {
          operation: 'reconcile',
          finalizers: ours,
          status: waits('spec.providerConfig.overlay.enabled: waiting for routes of 1 node(s): n1'),
        },
        objects: everything,
        next: 'operation annotation',
      },
    },
    'the overlay stays while the nodes cannot be read, and an earlier error is over': {
      given: [
        ...overlayOff.slice(0, 3),
        configure(cni.bad.config),
        annotate('reconcile'),
        { do: 'reconcile', until: 'refused' },
        configure({ ...cni.bad.takenBack, overlay: { enabled: false } }),
        annotate('reconcile'),
      ],
      gates,
      expected: {
        reason: 'operation annotation',
        results: ['waiting'],
        writes: [statusWrite],
        network: {
          operation: 'reconcile',
          finalizers: ours,
          status: waits(`spec.providerConfig.overlay.enabled: the nodes of the shoot cannot be read: ${noKubeconfig}`),
        },
        objects: everything,
        next: 'operation annotation',
      },
    },
    'the overlay stays while what is there cannot be read': {
      given: [
        ...overlayOff,
        nodes('RouteCreated'),
        { do: 'replaceSecret', of: managedResource, data: garbage('config.yaml') },
      ],
      gates,
      expected: {
        reason: 'operation annotation',
        results: ['waiting'],
        writes: [statusWrite],
        network: {
          operation: 'reconcile',
          finalizers: ours,
          status: waits(
            'spec.providerConfig.overlay.enabled: the present state of the overlay cannot be read: ' +
              `Secret of ManagedResource ${managedResourceName}: data key config.yaml.br cannot be decompressed`,
          ),
        },
        objects: everything,
        next: 'operation annotation',
      },
    },
    'the overlay stays while the Secret of what is there is gone': {
      given: [...overlayOff, nodes('RouteCreated'), { do: 'replaceSecret', of: managedResource }],
      gates,
      expected: {
        reason: 'operation annotation',
        results: ['waiting'],
        writes: [statusWrite],
        network: {
          operation: 'reconcile',
          finalizers: ours,
          status: waits(
            'spec.providerConfig.overlay.enabled: the present state of the overlay cannot be read: ' +
              `Secret ${secretName} of ManagedResource ${managedResourceName} is missing`,
          ),
        },
        objects: everything.filter((name) => !name.startsWith('Secret ')),
        next: 'operation annotation',
      },
    },
  };
}

function nodes(reasonOfRoute: string): Step {
  const condition = { type: 'NetworkUnavailable', status: 'False', reason: reasonOfRoute };
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' }, status: { conditions: [condition] } };
  return { do: 'shoot', answers: { known: true, value: [node] } };
}
