import {
  annotate,
  clusterObject,
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

const again = { finalizers: ours, status: succeeded('Reconcile', 'reconciled') };

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

/** The seed is not as we left it: by the Go extension, by somebody else, or by a process that was killed. */
export const repairScenarios: Readonly<Record<string, Scenario>> = {
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
  'somebody took our finalizer away': {
    given: [
      ...reconciled(),
      { do: 'patch', what: network, patch: { metadata: { finalizers: null } } },
      annotate('reconcile'),
    ],
    expected: {
      reason: 'operation annotation',
      results: ['succeeded'],
      writes: [...statusAndMetadata, statusWrite],
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
};
