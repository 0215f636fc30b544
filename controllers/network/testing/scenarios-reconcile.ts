import {
  annotate,
  changeWrites,
  cluster,
  clusterObject,
  configure,
  everything,
  held,
  managedResource,
  managedResourceName,
  network,
  networkObject,
  ours,
  providerConfig,
  reconciled,
  released,
  type Scenario,
  type Step,
  secretName,
  statusAndMetadata,
  statusWrite,
  succeeded,
} from './scenario.ts';

const created = { finalizers: ours, status: succeeded('Create', 'reconciled') };
const again = { finalizers: ours, status: succeeded('Reconcile', 'reconciled') };
const bird = 'ScrapeConfig shoot-calico-bird';

/** What the Go extension leaves behind, as far as ours sees it. */
const goExtension: readonly Step[] = [
  { do: 'create', object: clusterObject() },
  {
    do: 'create',
    object: networkObject({
      metadata: {
        finalizers: ours,
        annotations: { 'gardener.cloud/operation': 'reconcile', 'gardener.cloud/timestamp': '2026-01-10T10:00:00Z' },
      },
      status: {
        observedGeneration: 1,
        ipFamilies: ['IPv4'],
        providerStatus: { ...providerConfig({}), kind: 'NetworkStatus' },
        lastOperation: {
          type: 'Reconcile',
          state: 'Succeeded',
          progress: 100,
          description: 'Successfully reconciled Network',
          lastUpdateTime: '2026-01-09T10:00:00Z',
        },
      },
    }),
  },
  {
    do: 'create',
    object: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: `managedresource-${managedResourceName}-0a1b2c3d`,
        labels: { 'resources.gardener.cloud/garbage-collectable-reference': 'true' },
      },
      immutable: true,
      type: 'Opaque',
      data: {
        'config.yaml': Buffer.from('apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: x}\n').toString('base64'),
      },
    },
  },
  {
    do: 'create',
    object: {
      apiVersion: 'resources.gardener.cloud/v1alpha1',
      kind: 'ManagedResource',
      metadata: {
        name: managedResourceName,
        labels: { origin: 'extension-networking-calico', 'example.com/mine': 'kept' },
        annotations: {
          'reference.resources.gardener.cloud/secret-01234567': `managedresource-${managedResourceName}-0a1b2c3d`,
          'example.com/mine': 'kept',
        },
      },
      spec: {
        secretRefs: [{ name: `managedresource-${managedResourceName}-0a1b2c3d` }],
        injectLabels: { 'shoot.gardener.cloud/no-cleanup': 'true' },
        keepObjects: false,
      },
    },
  },
];

/** Networks that have been reconciled before, by us or by the Go extension. */
export const reconcileScenarios: Readonly<Record<string, Scenario>> = {
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
    given: [...reconciled(), configure({ vethMTU: '1430' }), annotate('reconcile')],
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
    given: [...reconciled(), configure({ vethMTU: '1430' })],
    expected: {
      reason: 'newer generation',
      results: ['succeeded'],
      writes: [statusWrite, ...changeWrites, statusWrite],
      network: again,
      objects: [...everything, `Secret ${secretName}`],
      planned: true,
    },
  },
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
  'somebody else changed or removed what is ours': {
    given: [
      ...reconciled(),
      { do: 'patch', what: managedResource, patch: { spec: { keepObjects: true } } },
      {
        do: 'patch',
        what: { kind: 'ScrapeConfig', name: 'shoot-calico-felix' },
        patch: { spec: { scheme: 'HTTP' } },
      },
      { do: 'delete', what: { kind: 'ConfigMap', name: 'calico-dashboards' } },
      annotate('reconcile'),
    ],
    expected: {
      reason: 'operation annotation',
      results: ['succeeded'],
      writes: [
        ...statusAndMetadata,
        `update ManagedResource ${managedResourceName}`,
        'create ConfigMap calico-dashboards',
        'update ScrapeConfig shoot-calico-felix',
        statusWrite,
      ],
      network: again,
      objects: everything,
      planned: true,
    },
  },
  'the Secret has other content': {
    given: [
      ...reconciled(),
      { do: 'replaceSecret', data: { 'config.yaml.br': Buffer.from('{}').toString('base64') } },
      annotate('reconcile'),
    ],
    expected: {
      reason: 'operation annotation',
      results: ['succeeded'],
      writes: [...statusAndMetadata, `delete Secret ${secretName}`, `create Secret ${secretName}`, statusWrite],
      network: again,
      objects: everything,
      planned: true,
    },
  },
  'the Secret is gone': {
    given: [...reconciled(), { do: 'replaceSecret' }, annotate('reconcile')],
    expected: {
      reason: 'operation annotation',
      results: ['succeeded'],
      writes: [...statusAndMetadata, `create Secret ${secretName}`, statusWrite],
      network: again,
      objects: everything,
      planned: true,
    },
  },
  'the Secret lost the label of the garbage collector': {
    given: [...reconciled(), { do: 'replaceSecret', labels: { 'example.com/mine': 'kept' } }, annotate('reconcile')],
    expected: {
      reason: 'operation annotation',
      results: ['succeeded'],
      writes: [...statusAndMetadata, `patch Secret ${secretName}`, statusWrite],
      network: again,
      objects: everything,
      planned: true,
    },
  },
  'the Secret is there and the ManagedResource is not': {
    given: [...reconciled(), { do: 'delete', what: managedResource }, annotate('reconcile')],
    expected: {
      reason: 'operation annotation',
      results: ['succeeded'],
      writes: [
        ...statusAndMetadata,
        `create Secret ${secretName} -> AlreadyExists`,
        `create ManagedResource ${managedResourceName}`,
        statusWrite,
      ],
      network: again,
      objects: everything,
      planned: true,
    },
  },
  'the ManagedResource is being deleted by somebody': {
    given: [
      ...reconciled(),
      held,
      { do: 'patch', what: managedResource, patch: { spec: { keepObjects: true } } },
      { do: 'delete', what: managedResource },
      annotate('reconcile'),
    ],
    meanwhile: [[], [released]],
    expected: {
      reason: 'operation annotation',
      results: ['waiting', 'waiting', 'succeeded'],
      writes: [
        statusWrite,
        ...statusAndMetadata,
        `create Secret ${secretName} -> AlreadyExists`,
        `create ManagedResource ${managedResourceName}`,
        statusWrite,
      ],
      network: again,
      objects: everything,
      planned: true,
    },
  },
  'taken over from the Go extension': {
    given: goExtension,
    expected: {
      reason: 'operation annotation',
      results: ['succeeded'],
      writes: [
        ...statusAndMetadata,
        `create Secret ${secretName}`,
        `update ManagedResource ${managedResourceName}`,
        'create ConfigMap calico-dashboards',
        'create ScrapeConfig shoot-calico-felix',
        'create ScrapeConfig shoot-calico-typha',
        statusWrite,
      ],
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
    given: [
      ...reconciled(),
      {
        do: 'patch',
        what: cluster,
        patch: {
          spec: {
            shoot: { spec: { networking: { nodes: '10.251.0.0/16' } }, status: { networking: { nodes: null } } },
          },
        },
      },
    ],
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
