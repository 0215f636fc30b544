import type { Fixtures } from './support/fixtures.ts';
import {
  annotate,
  deleteNetwork,
  emptyShoot,
  network,
  ourFinalizers,
  type Scenario,
  type Step,
  statusAndMetadata,
  statusWrite,
} from './support/scenario.ts';

/** New Networks, and Networks that are skipped. */
export function createScenarios({ cni, ...fixtures }: Fixtures): Readonly<Record<string, Scenario>> {
  const { clusterObject, networkObject, reconciled, succeeded, allObjects, firstWrites } = fixtures;
  const { managedResource, managedResourceName, secretName, held, released } = fixtures;
  const created = { finalizers: ourFinalizers, status: succeeded('Create', 'reconciled') };
  const fresh: readonly Step[] = [
    { do: 'create', object: clusterObject() },
    { do: 'create', object: networkObject() },
  ];
  return {
    'a new Network creates every object': {
      given: fresh,
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [...statusAndMetadata, ...firstWrites, statusWrite],
        network: created,
        objects: allObjects,
        planned: true,
      },
    },
    'a new Network with all options creates every monitoring object': {
      given: [
        { do: 'create', object: clusterObject() },
        { do: 'create', object: networkObject({ config: cni.allOptions.config }) },
      ],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [
          ...statusAndMetadata,
          ...firstWrites,
          ...cni.allOptions.monitoring.map((one) => `create ${one}`),
          statusWrite,
        ],
        network: created,
        objects: [...allObjects, ...cni.allOptions.monitoring],
        planned: true,
      },
    },
    'a new Network needs no annotation': {
      given: [
        { do: 'create', object: clusterObject() },
        { do: 'create', object: networkObject({ metadata: { annotations: { 'example.com/mine': 'kept' } } }) },
      ],
      expected: {
        reason: 'not succeeded',
        results: ['succeeded'],
        writes: [...statusAndMetadata, ...firstWrites, statusWrite],
        network: created,
        objects: allObjects,
        planned: true,
      },
    },
    'a new Network adopts the objects of an earlier one': {
      given: [
        ...reconciled({ config: cni.otherConfig }),
        ...strippedAndDeleted,
        { do: 'create', object: networkObject() },
      ],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [
          ...statusAndMetadata,
          `create Secret ${secretName}`,
          ...firstWrites.slice(1).map((line) => `${line} -> AlreadyExists`),
          // The second attempt reads what exists.
          `create Secret ${secretName} -> AlreadyExists`,
          `update ManagedResource ${managedResourceName}`,
          statusWrite,
        ],
        network: created,
        objects: [...allObjects, `Secret ${secretName}`],
        planned: true,
      },
    },
    'a new Network waits for the deletion of the ManagedResource of an earlier one': {
      given: [
        ...reconciled(),
        held,
        { do: 'patch', target: managedResource, patch: { spec: { keepObjects: true } } },
        { do: 'delete', target: managedResource },
        ...strippedAndDeleted,
        { do: 'create', object: networkObject() },
      ],
      betweenRuns: [[], [released]],
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
        objects: allObjects,
        planned: true,
      },
    },
    'a new Network of a hibernated shoot succeeds without reaching the shoot': {
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
        objects: allObjects,
        planned: true,
      },
    },
    // Members of the state that others wrote remain.
    'a restored Network keeps its state': {
      given: [
        emptyShoot,
        { do: 'create', object: clusterObject() },
        { do: 'create', object: networkObject({ operation: 'wait-for-state' }) },
        { do: 'patch', target: network, patch: { status: { state: { some: 'state' } } }, subresource: 'status' },
        annotate('restore'),
      ],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [...statusAndMetadata, ...firstWrites, statusWrite, 'patch Network bar'],
        network: {
          finalizers: ourFinalizers,
          status: { ...succeeded('Restore', 'restored'), state: { some: 'state', ...cni.state } },
        },
        objects: allObjects,
        planned: true,
      },
    },
    'a Network with wait-for-state is skipped': {
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
    'a Network of a failed shoot is skipped': {
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
    'a Network of another type is skipped': {
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
    'a Network of another class is skipped': {
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
    'a Network that does not exist needs nothing': {
      given: [{ do: 'create', object: clusterObject() }],
      expected: { reason: undefined, results: ['gone'], writes: [], network: 'gone', objects: [] },
    },
    'a Network that was deleted before its first run needs nothing': {
      given: [...fresh, ...deleteNetwork],
      expected: { reason: undefined, results: ['gone'], writes: [], network: 'gone', objects: [] },
    },
    'a Network without a Cluster fails until the Cluster exists': {
      given: [{ do: 'create', object: networkObject() }],
      betweenRuns: [[{ do: 'create', object: clusterObject() }]],
      expected: {
        reason: 'operation annotation',
        results: ['threw', 'succeeded'],
        writes: ['patch Network/status bar', ...statusAndMetadata, ...firstWrites, statusWrite],
        network: created,
        objects: allObjects,
        planned: true,
      },
    },
  };
}

/** An operator removes the finalizer and deletes the Network. */
const strippedAndDeleted: readonly Step[] = [
  { do: 'patch', target: network, patch: { metadata: { finalizers: null } } },
  ...deleteNetwork,
];
