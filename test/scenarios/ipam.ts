import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { ciliumConfig } from './support/cni.ts';
import { type Fixtures, hashed } from './support/fixtures.ts';
import { expectTakeOver, goExtensionState } from './support/go-extension.ts';
import {
  annotate,
  changeShoot,
  network,
  noKubeconfig,
  ourFinalizers,
  type Scenario,
  type Step,
  statusAndMetadata,
  statusWrite,
  unreadableData,
} from './support/scenario.ts';

/** A shoot keeps its IPAM mode, which the state stores for times when the shoot is unreachable (verdict cilium 2). */
export function ipamScenarios({ cni, ...fixtures }: Fixtures): Readonly<Record<string, Scenario>> {
  const { reconciled, succeeded, allObjects, changeWrites, secretName } = fixtures;
  const state = { ipam: 'cluster-pool' };
  const again = { finalizers: ourFinalizers, status: { ...succeeded('Reconcile', 'reconciled'), state } };
  const kept = (given: readonly Step[]): Scenario => ({
    given: [runsWith('cluster-pool'), ...reconciled(), ...given, annotate('reconcile')],
    expected: {
      reason: 'operation annotation',
      results: ['succeeded'],
      writes: statusAndMetadata,
      network: again,
      objects: allObjects,
      planned: true,
    },
  });
  const takenOver = (given: readonly Step[]): Scenario => ({
    given,
    expected: expectTakeOver({ cni, ...fixtures }, again),
  });
  return {
    'the IPAM mode of the running shoot is kept': kept([]),
    'the IPAM mode of an unreachable shoot is kept': kept([unreachable]),
    'the IPAM mode of a hibernated shoot is kept': kept([hibernated, unreachable]),
    'the IPAM mode of a shoot without a cilium-config is kept': kept([respond([])]),
    'an unknown IPAM mode in the cilium-config is ignored with a warning': {
      ...kept([runsWith('x')]),
      expected: { ...kept([]).expected, warnedOfShoot: ['cilium-ipam-ignored'] },
    },
    'the IPAM mode of an unreachable shoot without a state comes from the ManagedResource': kept([
      unreachable,
      withoutState,
    ]),
    'the IPAM mode of an unreachable shoot with an unreadable Secret comes from the state': {
      ...kept([unreachable, unreadableSecret(fixtures)]),
      expected: {
        ...kept([]).expected,
        writes: [...statusAndMetadata, `delete Secret ${secretName}`, `create Secret ${secretName}`, statusWrite],
      },
    },
    'the IPAM mode of the running shoot replaces the rendered one': {
      given: [...reconciled(), runsWith('cluster-pool'), annotate('reconcile')],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [...statusAndMetadata, ...changeWrites, statusWrite],
        network: again,
        objects: [...allObjects, `Secret ${secretName}`],
        planned: true,
      },
    },
    'a take-over from the Go extension keeps the IPAM mode of the running shoot': takenOver([
      runsWith('cluster-pool'),
      ...goExtensionState({ cni, ...fixtures }),
    ]),
    'a take-over from the Go extension keeps the rendered IPAM mode of an unreachable shoot': takenOver(
      goExtensionState({ cni, ...fixtures }, ciliumConfig('cluster-pool')),
    ),
    'a restoration of an unreachable shoot takes the IPAM mode from the state': {
      given: [
        { do: 'create', object: fixtures.clusterObject() },
        { do: 'create', object: fixtures.networkObject({ operation: 'wait-for-state' }) },
        { do: 'patch', target: network, patch: { status: { state } }, subresource: 'status' },
        annotate('restore'),
      ],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [...statusAndMetadata, ...fixtures.firstWrites, ...statusAndMetadata],
        network: { finalizers: ourFinalizers, status: { ...succeeded('Restore', 'restored'), state } },
        objects: allObjects,
        planned: true,
      },
    },
    'a restoration without a state waits until the shoot is reachable': {
      given: [
        { do: 'create', object: fixtures.clusterObject() },
        { do: 'create', object: fixtures.networkObject({ operation: 'restore' }) },
      ],
      betweenRuns: [[], [runsWith('cluster-pool')]],
      expected: {
        reason: 'operation annotation',
        results: ['waiting', 'waiting', 'succeeded'],
        writes: [statusWrite, ...statusAndMetadata, ...fixtures.firstWrites, ...statusAndMetadata],
        network: { finalizers: ourFinalizers, status: { ...succeeded('Restore', 'restored'), state } },
        objects: allObjects,
        planned: true,
      },
    },
    ...unknownScenarios({ cni, ...fixtures }),
    ...hibernatedScenarios({ cni, ...fixtures }),
  };
}

/** The IPAM mode is unknown: every object remains as it is. */
function unknownScenarios(fixtures: Fixtures): Readonly<Record<string, Scenario>> {
  const { cni, reconciled, waiting, allObjects, secretName, managedResourceName } = fixtures;
  const lost = [...reconciled(), withoutState];
  const unknown = (given: readonly Step[], note: string): Scenario => {
    const { state: _, ...status } = {
      state: undefined,
      ...waiting(`the IPAM mode that the shoot runs with cannot be read: ${note}`),
      observedGeneration: '<generation>',
    };
    return {
      given: [...given, annotate('reconcile')],
      expected: {
        reason: 'operation annotation',
        results: ['waiting'],
        writes: [statusWrite],
        network: { operation: 'reconcile', finalizers: ourFinalizers, status },
        objects: allObjects,
        next: 'operation annotation',
      },
    };
  };
  const undecodable = `Secret of ManagedResource ${managedResourceName}: data key config.yaml.br cannot be decompressed`;
  const missing = unknown(
    [...lost, { do: 'replaceSecret', of: fixtures.managedResource }],
    `${noKubeconfig}; Secret ${secretName} of ManagedResource ${managedResourceName} is missing`,
  );
  const unreadable = unknown([...lost, unreadableSecret(fixtures)], `${noKubeconfig}; ${undecodable}`);
  return {
    'a Network waits while the shoot is unreachable and the Secret unreadable': unreadable,
    'a Network waits while the shoot is unreachable and the ManagedResource of the Go extension missing': {
      given: [
        ...goExtensionState(fixtures, ciliumConfig('cluster-pool')),
        { do: 'delete', target: fixtures.managedResource },
      ],
      betweenRuns: [[], [runsWith('cluster-pool')]],
      expected: {
        reason: 'operation annotation',
        results: ['waiting', 'waiting', 'succeeded'],
        writes: [
          statusWrite,
          ...statusAndMetadata,
          ...cni.managedResources.map((one) => `create Secret ${hashed(one)}`),
          ...cni.managedResources.map(
            ({ name }) => `${name === managedResourceName ? 'create' : 'update'} ManagedResource ${name}`,
          ),
          ...cni.monitoring.map((one) => `create ${one}`),
          statusWrite,
        ],
        network: {
          finalizers: ourFinalizers,
          status: { ...fixtures.succeeded('Reconcile', 'reconciled'), state: { ipam: 'cluster-pool' } },
        },
        objects: [...allObjects, ...cni.managedResources.map((one) => `Secret ${hashed(one)}`)],
        planned: true,
      },
    },
    'a Network waits while the shoot is unreachable and the Secret missing': {
      ...missing,
      expected: { ...missing.expected, objects: allObjects.filter((one) => one !== `Secret ${secretName}`) },
    },
    'a Network with an unknown IPAM mode waits until the shoot is reachable': {
      ...unreadable,
      betweenRuns: [[], [runsWith('cluster-pool')]],
      expected: {
        reason: 'operation annotation',
        results: ['waiting', 'waiting', 'succeeded'],
        writes: [statusWrite, ...statusAndMetadata, ...fixtures.changeWrites, statusWrite],
        network: {
          finalizers: ourFinalizers,
          status: { ...fixtures.succeeded('Reconcile', 'reconciled'), state: { ipam: 'cluster-pool' } },
        },
        objects: [...allObjects, `Secret ${secretName}`],
        planned: true,
      },
    },
  };
}

/** A hibernated shoot does not wait. It gets no configuration, so that it never applies a wrong one when it wakes up, before it can be queried. */
function hibernatedScenarios(fixtures: Fixtures): Readonly<Record<string, Scenario>> {
  const { reconciled, succeeded, allObjects, firstWrites, secretName, managedResourceName } = fixtures;
  const config = [managedResourceName, secretName];
  const isConfig = (text: string): boolean => config.some((name) => text.endsWith(` ${name}`));
  const withoutConfig = allObjects.filter((one) => !isConfig(one));
  const status = (type: string, done: string): object => {
    const { state: _, ...rest } = { state: undefined, ...succeeded(type, done) };
    return rest;
  };
  const restored: readonly Step[] = [
    { do: 'create', object: fixtures.clusterObject() },
    hibernated,
    { do: 'create', object: fixtures.networkObject({ operation: 'restore' }) },
  ];
  return {
    'a Network of a hibernated shoot does not wait for the IPAM mode': {
      given: [...reconciled(), withoutState, hibernated, unreadableSecret(fixtures), annotate('reconcile')],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [...statusAndMetadata],
        network: { finalizers: ourFinalizers, status: status('Reconcile', 'reconciled') },
        objects: allObjects,
      },
    },
    'a restoration of a hibernated shoot without a state omits the configuration': {
      given: restored,
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [...statusAndMetadata, ...firstWrites.filter((one) => !isConfig(one)), ...statusAndMetadata],
        network: { finalizers: ourFinalizers, status: status('Restore', 'restored') },
        objects: withoutConfig,
        planned: true,
      },
    },
    'a restoration of a hibernated shoot without a state adds the configuration after the wake-up': {
      given: [...restored, { do: 'reconcile' }, awake, annotate('reconcile')],
      betweenRuns: [[], [runsWith('cluster-pool')]],
      expected: {
        reason: 'operation annotation',
        results: ['waiting', 'waiting', 'succeeded'],
        writes: [statusWrite, ...statusAndMetadata, ...firstWrites.filter(isConfig), statusWrite],
        network: {
          finalizers: ourFinalizers,
          status: { ...succeeded('Reconcile', 'reconciled'), state: { ipam: 'cluster-pool' } },
        },
        objects: allObjects,
        planned: true,
      },
    },
  };
}

/** The shoot responds to every query with a cilium-config with this IPAM mode. */
export function runsWith(ipam: string): Step {
  return respond([ciliumConfig(ipam)]);
}

export const unreachable: Step = { do: 'setShoot', response: { available: false, reason: noKubeconfig } };

export const hibernated = changeShoot({ spec: { hibernation: { enabled: true } }, status: { hibernated: true } });

export const awake = changeShoot({ spec: { hibernation: { enabled: false } }, status: { hibernated: false } });

/** The state is lost, as after a restoration without it. */
const withoutState: Step = {
  do: 'patch',
  target: network,
  patch: { status: { state: null } },
  subresource: 'status',
};

function respond(value: readonly KubeObject[]): Step {
  return { do: 'setShoot', response: { available: true, value } };
}

function unreadableSecret({ managedResource }: Pick<Fixtures, 'managedResource'>): Step {
  return { do: 'replaceSecret', of: managedResource, data: unreadableData('config.yaml') };
}
