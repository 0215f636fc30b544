import {
  annotate,
  deleted,
  network,
  ours,
  type Scenario,
  type Step,
  statusAndMetadata,
  statusWrite,
} from './support/scenario.ts';
import type { Vocabulary } from './support/vocabulary.ts';

/** Networks that are new to us, and those that are none of our business. */
export function createScenarios({ cni, ...words }: Vocabulary): Readonly<Record<string, Scenario>> {
  const { clusterObject, networkObject, reconciled, succeeded, everything, firstWrites } = words;
  const { managedResource, managedResourceName, secretName, held, released } = words;
  const created = { finalizers: ours, status: succeeded('Create', 'reconciled') };
  const fresh: readonly Step[] = [
    { do: 'create', object: clusterObject() },
    { do: 'create', object: networkObject() },
  ];
  return {
    'a new Network': {
      given: fresh,
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [...statusAndMetadata, ...firstWrites, statusWrite],
        network: created,
        objects: everything,
        planned: true,
      },
    },
    'a new Network with every monitoring object there is': {
      given: [
        { do: 'create', object: clusterObject() },
        { do: 'create', object: networkObject({ config: cni.most.config }) },
      ],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [
          ...statusAndMetadata,
          ...firstWrites,
          ...cni.most.monitoring.map((one) => `create ${one}`),
          statusWrite,
        ],
        network: created,
        objects: [...everything, ...cni.most.monitoring],
        planned: true,
      },
    },
    'a new Network without any annotation': {
      given: [
        { do: 'create', object: clusterObject() },
        { do: 'create', object: networkObject({ metadata: { annotations: { 'example.com/mine': 'kept' } } }) },
      ],
      expected: {
        reason: 'not succeeded',
        results: ['succeeded'],
        writes: [...statusAndMetadata, ...firstWrites, statusWrite],
        network: created,
        objects: everything,
        planned: true,
      },
    },
    'a new Network over what an earlier one left behind': {
      given: [...reconciled({ config: cni.otherConfig }), ...strippedAway, { do: 'create', object: networkObject() }],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [
          ...statusAndMetadata,
          `create Secret ${secretName}`,
          ...firstWrites.slice(1).map((line) => `${line} -> AlreadyExists`),
          // Now it looks.
          `create Secret ${secretName} -> AlreadyExists`,
          `update ManagedResource ${managedResourceName}`,
          statusWrite,
        ],
        network: created,
        objects: [...everything, `Secret ${secretName}`],
        planned: true,
      },
    },
    'a new Network while what an earlier one left behind is being deleted': {
      given: [
        ...reconciled(),
        held,
        { do: 'patch', what: managedResource, patch: { spec: { keepObjects: true } } },
        { do: 'delete', what: managedResource },
        ...strippedAway,
        { do: 'create', object: networkObject() },
      ],
      meanwhile: [[], [released]],
      expected: {
        reason: 'operation annotation',
        results: ['waiting', 'waiting', 'succeeded'],
        writes: [
          ...statusAndMetadata,
          ...firstWrites.map((line) => `${line} -> AlreadyExists`),
          'patch Network/status bar',
          'patch Network/status bar',
          `create Secret ${secretName} -> AlreadyExists`,
          `create ManagedResource ${managedResourceName}`,
          statusWrite,
        ],
        network: created,
        objects: everything,
        planned: true,
      },
    },
    'a hibernated shoot, which cannot be reached': {
      given: [
        {
          do: 'create',
          object: clusterObject({ spec: { hibernation: { enabled: true } }, status: { hibernated: true } }),
        },
        { do: 'create', object: networkObject() },
      ],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [...statusAndMetadata, ...firstWrites, statusWrite],
        network: created,
        objects: everything,
        planned: true,
      },
    },
    // The state is the extension's own: one that remembers something replaces it as a whole.
    restored: {
      given: [
        { do: 'shoot', answers: { known: true, value: [] } },
        { do: 'create', object: clusterObject() },
        { do: 'create', object: networkObject({ operation: 'wait-for-state' }) },
        { do: 'patch', what: network, patch: { status: { state: { some: 'state' } } }, subresource: 'status' },
        annotate('restore'),
      ],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [...statusAndMetadata, ...firstWrites, statusWrite, 'patch Network bar'],
        network: {
          finalizers: ours,
          status: { ...succeeded('Restore', 'restored'), state: { some: 'state', ...cni.state } },
        },
        objects: everything,
        planned: true,
      },
    },
    'waits for its state': {
      given: [
        { do: 'create', object: clusterObject() },
        { do: 'create', object: networkObject({ operation: 'wait-for-state' }) },
      ],
      expected: {
        reason: undefined,
        results: ['skipped'],
        writes: [],
        network: { operation: 'wait-for-state', finalizers: [] },
        objects: [],
      },
    },
    'a failed shoot': {
      given: [
        { do: 'create', object: clusterObject({ status: { lastOperation: { state: 'Failed' } } }) },
        { do: 'create', object: networkObject() },
      ],
      expected: {
        reason: 'operation annotation',
        results: ['skipped'],
        writes: [],
        network: { operation: 'reconcile', finalizers: [] },
        objects: [],
        next: 'operation annotation',
      },
    },
    'the Network of another extension': {
      given: [
        { do: 'create', object: clusterObject() },
        { do: 'create', object: networkObject({ spec: { type: 'flannel' } }) },
      ],
      expected: {
        reason: 'operation annotation',
        results: ['skipped'],
        writes: [],
        network: { operation: 'reconcile', finalizers: [] },
        objects: [],
        next: 'operation annotation',
      },
    },
    'the Network of another class': {
      given: [
        { do: 'create', object: clusterObject() },
        { do: 'create', object: networkObject({ spec: { class: 'garden' } }) },
      ],
      expected: {
        reason: 'operation annotation',
        results: ['skipped'],
        writes: [],
        network: { operation: 'reconcile', finalizers: [] },
        objects: [],
        next: 'operation annotation',
      },
    },
    'the Network is gone': {
      given: [{ do: 'create', object: clusterObject() }],
      expected: { reason: undefined, results: ['gone'], writes: [], network: 'gone', objects: [] },
    },
    'the Network went before anything was done': {
      given: [...fresh, ...deleted],
      expected: { reason: undefined, results: ['gone'], writes: [], network: 'gone', objects: [] },
    },
    'the Cluster comes later': {
      given: [{ do: 'create', object: networkObject() }],
      meanwhile: [[{ do: 'create', object: clusterObject() }]],
      expected: {
        reason: 'operation annotation',
        results: ['threw', 'succeeded'],
        writes: ['patch Network/status bar', ...statusAndMetadata, ...firstWrites, statusWrite],
        network: created,
        objects: everything,
        planned: true,
      },
    },
  };
}

/** Somebody takes the finalizer away and deletes the Network. */
const strippedAway: readonly Step[] = [
  { do: 'patch', what: network, patch: { metadata: { finalizers: null } } },
  ...deleted,
];
