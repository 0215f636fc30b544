import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { ciliumConfig } from './support/cni.ts';
import { goExtension, takenOverFromGo } from './support/go-extension.ts';
import {
  annotate,
  garbage,
  network,
  noKubeconfig,
  ours,
  type Scenario,
  type Step,
  shootChanges,
  statusAndMetadata,
  statusWrite,
} from './support/scenario.ts';
import { hashed, type Vocabulary } from './support/vocabulary.ts';

/** The IPAM mode that a shoot runs with is kept, and remembered for when the shoot cannot be asked (verdict cilium 2). */
export function ipamScenarios({ cni, ...words }: Vocabulary): Readonly<Record<string, Scenario>> {
  const { reconciled, succeeded, everything, changeWrites, secretName } = words;
  const state = { ipam: 'cluster-pool' };
  const again = { finalizers: ours, status: { ...succeeded('Reconcile', 'reconciled'), state } };
  const kept = (given: readonly Step[]): Scenario => ({
    given: [runsWith('cluster-pool'), ...reconciled(), ...given, annotate('reconcile')],
    expected: {
      reason: 'operation annotation',
      results: ['succeeded'],
      writes: statusAndMetadata,
      network: again,
      objects: everything,
      planned: true,
    },
  });
  const takenOver = (given: readonly Step[]): Scenario => ({
    given,
    expected: takenOverFromGo({ cni, ...words }, again),
  });
  return {
    'the IPAM mode of the running shoot, again': kept([]),
    'the IPAM mode of a shoot that cannot be reached any more': kept([unreachable]),
    'the IPAM mode of a hibernated shoot': kept([hibernated, unreachable]),
    'the IPAM mode of a shoot that lost its cilium-config': kept([answers([])]),
    'the IPAM mode of a shoot whose cilium-config names none that exists': {
      ...kept([runsWith('x')]),
      expected: { ...kept([]).expected, warnedOfShoot: ['cilium-ipam-ignored'] },
    },
    'the IPAM mode of a shoot that cannot be reached, from the ManagedResource': kept([unreachable, forgotten]),
    'the IPAM mode of a shoot that cannot be reached, from the state, when the Secret is unreadable': {
      ...kept([unreachable, unreadable(words)]),
      expected: {
        ...kept([]).expected,
        writes: [...statusAndMetadata, `delete Secret ${secretName}`, `create Secret ${secretName}`, statusWrite],
      },
    },
    'the shoot says with which IPAM mode it runs only later': {
      given: [...reconciled(), runsWith('cluster-pool'), annotate('reconcile')],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [...statusAndMetadata, ...changeWrites, statusWrite],
        network: again,
        objects: [...everything, `Secret ${secretName}`],
        planned: true,
      },
    },
    'taken over from the Go extension with the IPAM mode of the running shoot': takenOver([
      runsWith('cluster-pool'),
      ...goExtension({ cni, ...words }),
    ]),
    'taken over from the Go extension with the IPAM mode that it rendered, the shoot unreachable': takenOver(
      goExtension({ cni, ...words }, ciliumConfig('cluster-pool')),
    ),
    'restored on another seed with the IPAM mode of its state, the shoot unreachable': {
      given: [
        { do: 'create', object: words.clusterObject() },
        { do: 'create', object: words.networkObject({ operation: 'wait-for-state' }) },
        { do: 'patch', what: network, patch: { status: { state } }, subresource: 'status' },
        annotate('restore'),
      ],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [...statusAndMetadata, ...words.firstWrites, ...statusAndMetadata],
        network: { finalizers: ours, status: { ...succeeded('Restore', 'restored'), state } },
        objects: everything,
        planned: true,
      },
    },
    'restored from a seed of the Go extension, which remembers no IPAM mode, the shoot unreachable at first': {
      given: [
        { do: 'create', object: words.clusterObject() },
        { do: 'create', object: words.networkObject({ operation: 'restore' }) },
      ],
      meanwhile: [[], [runsWith('cluster-pool')]],
      expected: {
        reason: 'operation annotation',
        results: ['waiting', 'waiting', 'succeeded'],
        writes: [statusWrite, ...statusAndMetadata, ...words.firstWrites, ...statusAndMetadata],
        network: { finalizers: ours, status: { ...succeeded('Restore', 'restored'), state } },
        objects: everything,
        planned: true,
      },
    },
    ...unknownScenarios({ cni, ...words }),
    ...hibernatedScenarios({ cni, ...words }),
  };
}

/** Nobody can say which mode it is: everything stays as it is. */
function unknownScenarios(words: Vocabulary): Readonly<Record<string, Scenario>> {
  const { cni, reconciled, waits, everything, secretName, managedResourceName } = words;
  const lost = [...reconciled(), forgotten];
  const waiting = (given: readonly Step[], note: string): Scenario => {
    const { state: _, ...status } = {
      state: undefined,
      ...waits(`the IPAM mode that the shoot runs with cannot be read: ${note}`),
      observedGeneration: '<generation>',
    };
    return {
      given: [...given, annotate('reconcile')],
      expected: {
        reason: 'operation annotation',
        results: ['waiting'],
        writes: [statusWrite],
        network: { operation: 'reconcile', finalizers: ours, status },
        objects: everything,
        next: 'operation annotation',
      },
    };
  };
  const undecodable = `Secret of ManagedResource ${managedResourceName}: data key config.yaml.br cannot be decompressed`;
  const gone = waiting(
    [...lost, { do: 'replaceSecret', of: words.managedResource }],
    `${noKubeconfig}; Secret ${secretName} of ManagedResource ${managedResourceName} is missing`,
  );
  const unread = waiting([...lost, unreadable(words)], `${noKubeconfig}; ${undecodable}`);
  return {
    'the IPAM mode is unknown while the shoot is unreachable and the Secret unreadable': unread,
    'the IPAM mode is unknown while the shoot is unreachable and the ManagedResource of the Go extension gone': {
      given: [...goExtension(words, ciliumConfig('cluster-pool')), { do: 'delete', what: words.managedResource }],
      meanwhile: [[], [runsWith('cluster-pool')]],
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
          finalizers: ours,
          status: { ...words.succeeded('Reconcile', 'reconciled'), state: { ipam: 'cluster-pool' } },
        },
        objects: [...everything, ...cni.managedResources.map((one) => `Secret ${hashed(one)}`)],
        planned: true,
      },
    },
    'the IPAM mode is unknown while the shoot is unreachable and the Secret gone': {
      ...gone,
      expected: { ...gone.expected, objects: everything.filter((one) => one !== `Secret ${secretName}`) },
    },
    'the IPAM mode is unknown until the shoot can be reached again': {
      ...unread,
      meanwhile: [[], [runsWith('cluster-pool')]],
      expected: {
        reason: 'operation annotation',
        results: ['waiting', 'waiting', 'succeeded'],
        writes: [statusWrite, ...statusAndMetadata, ...words.changeWrites, statusWrite],
        network: {
          finalizers: ours,
          status: { ...words.succeeded('Reconcile', 'reconciled'), state: { ipam: 'cluster-pool' } },
        },
        objects: [...everything, `Secret ${secretName}`],
        planned: true,
      },
    },
  };
}

/**
 * A hibernated shoot is not held: it is given no configuration, so that nothing wrong is applied when it wakes up, before it could be asked.
 */
function hibernatedScenarios(words: Vocabulary): Readonly<Record<string, Scenario>> {
  const { reconciled, succeeded, everything, firstWrites, secretName, managedResourceName } = words;
  const config = [managedResourceName, secretName];
  const isConfig = (text: string): boolean => config.some((name) => text.endsWith(` ${name}`));
  const withoutConfig = everything.filter((one) => !isConfig(one));
  const status = (type: string, done: string): object => {
    const { state: _, ...rest } = { state: undefined, ...succeeded(type, done) };
    return rest;
  };
  const restored: readonly Step[] = [
    { do: 'create', object: words.clusterObject() },
    hibernated,
    { do: 'create', object: words.networkObject({ operation: 'restore' }) },
  ];
  return {
    'the IPAM mode is unknown while the shoot is hibernated and the Secret unreadable': {
      given: [...reconciled(), forgotten, hibernated, unreadable(words), annotate('reconcile')],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [...statusAndMetadata],
        network: { finalizers: ours, status: status('Reconcile', 'reconciled') },
        objects: everything,
      },
    },
    'restored from a seed of the Go extension while the shoot is hibernated': {
      given: restored,
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [...statusAndMetadata, ...firstWrites.filter((one) => !isConfig(one)), ...statusAndMetadata],
        network: { finalizers: ours, status: status('Restore', 'restored') },
        objects: withoutConfig,
        planned: true,
      },
    },
    'restored from a seed of the Go extension while the shoot was hibernated, which wakes up': {
      given: [...restored, { do: 'reconcile' }, awake, annotate('reconcile')],
      meanwhile: [[], [runsWith('cluster-pool')]],
      expected: {
        reason: 'operation annotation',
        results: ['waiting', 'waiting', 'succeeded'],
        writes: [statusWrite, ...statusAndMetadata, ...firstWrites.filter(isConfig), statusWrite],
        network: {
          finalizers: ours,
          status: { ...succeeded('Reconcile', 'reconciled'), state: { ipam: 'cluster-pool' } },
        },
        objects: everything,
        planned: true,
      },
    },
  };
}

/** What the shoot has in place of an answer to anything else. */
export function runsWith(ipam: string): Step {
  return answers([ciliumConfig(ipam)]);
}

export const unreachable: Step = { do: 'shoot', answers: { known: false, reason: noKubeconfig } };

export const hibernated = shootChanges({ spec: { hibernation: { enabled: true } }, status: { hibernated: true } });

export const awake = shootChanges({ spec: { hibernation: { enabled: false } }, status: { hibernated: false } });

/** The state is lost, as after a restore without it. */
const forgotten: Step = {
  do: 'patch',
  what: network,
  patch: { status: { state: null } },
  subresource: 'status',
};

function answers(value: readonly KubeObject[]): Step {
  return { do: 'shoot', answers: { known: true, value } };
}

function unreadable({ managedResource }: Pick<Vocabulary, 'managedResource'>): Step {
  return { do: 'replaceSecret', of: managedResource, data: garbage('config.yaml') };
}
