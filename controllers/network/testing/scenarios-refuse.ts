import {
  annotate,
  changeWrites,
  clusterObject,
  configure,
  everything,
  managedResourceName,
  networkObject,
  ours,
  reconciled,
  type Scenario,
  type Step,
  secretName,
  statusAndMetadata,
  statusWrite,
  succeeded,
} from './scenario.ts';

/** Two mistakes, so that a message with the first one only shows. */
const bad = { backend: 'frr', ipv4: { mode: 'x' } };
const good = { backend: null, ipv4: null };

function refused(type: string, doing: string): object {
  const description =
    `Error ${doing} Network: [spec.providerConfig.backend: Unsupported value: "frr": supported values: "bird", "none", "vxlan", ` +
    'spec.providerConfig.ipv4.mode: Unsupported value: "x": supported values: "Always", "Never", "CrossSubnet", "Off"]';
  return {
    lastOperation: { type, state: 'Error', progress: 50, description, lastUpdateTime: '<time>' },
    lastError: { description, codes: ['ERR_CONFIGURATION_PROBLEM'], lastUpdateTime: '<time>' },
    observedGeneration: '<generation>',
  };
}

const refusedOnce: readonly Step[] = [
  ...reconciled(),
  configure(bad),
  annotate('reconcile'),
  { do: 'reconcile', until: 'refused' },
];
const lastGood = { ipFamilies: ['IPv4'] };

const gates = { SeamlessOverlaySwitch: true };
const overlayOff: readonly Step[] = [
  { do: 'create', object: clusterObject({ version: '1.36.0' }) },
  { do: 'create', object: networkObject({ config: { overlay: { enabled: true } } }) },
  { do: 'reconcile' },
  configure({ overlay: { enabled: false } }),
  annotate('reconcile'),
];

function nodes(reasonOfRoute: string): Step {
  const condition = { type: 'NetworkUnavailable', status: 'False', reason: reasonOfRoute };
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' }, status: { conditions: [condition] } };
  return { do: 'nodes', nodes: { known: true, value: [node] } };
}

function waits(note: string): object {
  return {
    ipFamilies: ['IPv4'],
    lastOperation: {
      type: 'Reconcile',
      state: 'Processing',
      progress: 50,
      description: note,
      lastUpdateTime: '<time>',
    },
    observedGeneration: '<older generation>',
  };
}

/** Bad configuration, and configuration whose time has not come. */
export const refuseScenarios: Readonly<Record<string, Scenario>> = {
  'a new Network with a bad configuration': {
    given: [
      { do: 'create', object: clusterObject() },
      { do: 'create', object: networkObject({ config: bad }) },
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
  'a bad configuration of a running shoot': {
    given: [...reconciled(), configure(bad), annotate('reconcile')],
    expected: {
      reason: 'operation annotation',
      results: ['refused'],
      writes: statusAndMetadata,
      network: { finalizers: ours, status: { ...lastGood, ...refused('Reconcile', 'reconciling') } },
      objects: everything,
      next: 'not succeeded',
    },
  },
  'the same bad configuration after a restart': {
    given: refusedOnce,
    expected: {
      reason: 'not succeeded',
      results: ['refused'],
      writes: [],
      network: { finalizers: ours, status: { ...lastGood, ...refused('Reconcile', 'reconciling') } },
      objects: everything,
      next: 'not succeeded',
    },
  },
  'the same bad configuration, asked for again': {
    given: [...refusedOnce, annotate('reconcile', '2100-01-01T00:03:00Z')],
    expected: {
      reason: 'operation annotation',
      results: ['refused'],
      writes: statusAndMetadata,
      network: { finalizers: ours, status: { ...lastGood, ...refused('Reconcile', 'reconciling') } },
      objects: everything,
      next: 'not succeeded',
    },
  },
  'a bad configuration put right': {
    given: [...refusedOnce, configure({ ...good, vethMTU: '1430' })],
    expected: {
      reason: 'not succeeded',
      results: ['succeeded'],
      writes: [statusWrite, ...changeWrites, statusWrite],
      network: { finalizers: ours, status: succeeded('Reconcile', 'reconciled') },
      objects: [...everything, `Secret ${secretName}`],
      planned: true,
    },
  },
  'a bad configuration taken back': {
    given: [...refusedOnce, configure(good), annotate('reconcile')],
    expected: {
      reason: 'operation annotation',
      results: ['succeeded'],
      writes: statusAndMetadata,
      network: { finalizers: ours, status: succeeded('Reconcile', 'reconciled') },
      objects: everything,
      planned: true,
    },
  },
  'a restoration with a bad configuration, after a restart': {
    given: [
      { do: 'create', object: clusterObject() },
      { do: 'create', object: networkObject({ operation: 'restore', config: bad }) },
      { do: 'reconcile', until: 'refused' },
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
  'the overlay goes when every node has its route': {
    given: [...overlayOff, nodes('CalicoIsUp')],
    gates,
    meanwhile: [[], [nodes('RouteCreated')]],
    expected: {
      reason: 'operation annotation',
      results: ['waiting', 'waiting', 'succeeded'],
      writes: [statusWrite, ...statusAndMetadata, ...changeWrites, statusWrite],
      network: { finalizers: ours, status: succeeded('Reconcile', 'reconciled') },
      objects: [...everything, `Secret ${secretName}`],
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
      configure(bad),
      annotate('reconcile'),
      { do: 'reconcile', until: 'refused' },
      configure({ ...good, overlay: { enabled: false } }),
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
        status: waits(
          'spec.providerConfig.overlay.enabled: the nodes of the shoot cannot be read: the shoot cannot be reached',
        ),
      },
      objects: everything,
      next: 'operation annotation',
    },
  },
  'the overlay stays while what is there cannot be read': {
    given: [
      ...overlayOff,
      nodes('RouteCreated'),
      { do: 'replaceSecret', data: { 'config.yaml.br': Buffer.from('no brotli').toString('base64') } },
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
    given: [...overlayOff, nodes('RouteCreated'), { do: 'replaceSecret' }],
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
            `Secret ${secretName} of ManagedResource ${managedResourceName} is gone`,
        ),
      },
      objects: everything.filter((name) => !name.startsWith('Secret ')),
      next: 'operation annotation',
    },
  },
};
