import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import * as z from 'zod';
import { cases } from '../../test/support/cases.ts';
import { clusterShootFacts, maxEntries, type ShootFacts, shootFacts } from './cluster.ts';

/** A Shoot as gardenlet stores it, with fields unknown to this extension. */
const shoot = {
  apiVersion: 'core.gardener.cloud/v1beta1',
  kind: 'Shoot',
  metadata: { name: 'foo', namespace: 'garden-core', annotations: {}, uid: 'u', futureMember: [1] },
  spec: {
    kubernetes: {
      version: '1.34.3',
      kubeProxy: { enabled: false, mode: 'NFTables' },
      verticalPodAutoscaler: { enabled: true },
      kubeAPIServer: {
        featureGates: { MutatingAdmissionPolicy: true, Other: false, Odd: 'true' },
        runtimeConfig: { 'admissionregistration.k8s.io/v1beta1': true },
      },
    },
    networking: {
      type: 'calico',
      providerConfig: { kind: 'NetworkConfig' },
      pods: '100.64.0.0/12',
      services: '100.104.0.0/13',
      nodes: '10.250.0.0/16',
      ipFamilies: ['IPv4', 'IPv6'],
    },
    systemComponents: { nodeLocalDNS: { enabled: true } },
    provider: { type: 'local', workers: [{ name: 'a', minimum: 2 }, { name: 'b' }, { name: 'c', minimum: 1 }] },
    hibernation: { enabled: true },
    controlPlane: { highAvailability: { failureTolerance: { type: 'zone' } } },
    dns: { domain: 'demo.example.com' },
  },
  status: {
    hibernated: true,
    advertisedAddresses: [{ name: 'external', url: 'https://api.example.com' }, 1, { url: 'https://10.0.0.1' }],
    lastOperation: { state: 'Processing' },
    constraints: [{ type: 'DualStackNodesMigrationReady', status: 'Progressing', reason: 'NodesNotMigrated' }],
    networking: { pods: ['100.64.0.0/12', '2001:db8::/48'], services: ['100.104.0.0/13'], nodes: ['10.250.0.0/16'] },
  },
};

const facts: ShootFacts = {
  name: 'foo',
  namespace: 'garden-core',
  kubernetesVersion: '1.34.3',
  kubeProxy: { enabled: false, explicit: false, mode: 'NFTables' },
  verticalPodAutoscaler: true,
  apiServer: {
    featureGates: { MutatingAdmissionPolicy: true, Other: false },
    runtimeConfig: { 'admissionregistration.k8s.io/v1beta1': true },
  },
  networking: {
    type: 'calico',
    providerConfig: { kind: 'NetworkConfig' },
    pods: '100.64.0.0/12',
    services: '100.104.0.0/13',
    nodes: '10.250.0.0/16',
    ipFamilies: ['IPv4', 'IPv6'],
  },
  observed: {
    pods: ['100.64.0.0/12', '2001:db8::/48'],
    services: ['100.104.0.0/13'],
    nodes: ['10.250.0.0/16'],
  },
  nodeLocalDNS: true,
  workerPools: 3,
  minimumNodes: 3,
  maximumNodes: undefined,
  selfHosted: false,
  highlyAvailable: true,
  dnsDomain: 'demo.example.com',
  advertisedAddresses: [
    { name: 'external', url: 'https://api.example.com' },
    { name: '', url: '' },
    { name: '', url: 'https://10.0.0.1' },
  ],
  constraints: [{ type: 'DualStackNodesMigrationReady', status: 'Progressing' }],
  hibernated: true,
  failed: false,
  deleting: false,
  forceDeletion: false,
};

/** The facts of an empty Shoot. */
const emptyFacts: ShootFacts = {
  name: '',
  namespace: '',
  kubernetesVersion: '',
  kubeProxy: { enabled: true, explicit: false, mode: undefined },
  verticalPodAutoscaler: false,
  apiServer: { featureGates: {}, runtimeConfig: {} },
  networking: {
    type: undefined,
    providerConfig: undefined,
    pods: undefined,
    services: undefined,
    nodes: undefined,
    ipFamilies: [],
  },
  observed: { pods: [], services: [], nodes: [] },
  nodeLocalDNS: false,
  workerPools: 0,
  minimumNodes: 0,
  maximumNodes: undefined,
  selfHosted: false,
  highlyAvailable: false,
  dnsDomain: undefined,
  advertisedAddresses: [],
  constraints: [],
  hibernated: false,
  failed: false,
  deleting: false,
  forceDeletion: false,
};

test('reads the Shoot of a Cluster that has a seed, a cloud profile and unknown fields', () => {
  const cluster = { spec: { shoot, seed: { spec: {} }, cloudProfile: {}, future: 1 }, status: {} };
  assert.deepEqual(clusterShootFacts(cluster), facts);
});

test('reads the Shoot of a Cluster without a seed, as of a self-hosted shoot', () => {
  assert.deepEqual(clusterShootFacts({ spec: { shoot, seed: null } }), facts);
  assert.deepEqual(clusterShootFacts({ spec: { shoot } }), facts);
});

cases<unknown>(
  'returns undefined for a Cluster without a Shoot',
  {
    'no Cluster': undefined,
    null: null,
    'a string': 'x',
    'no spec': {},
    'a spec that is a list': { spec: [{ shoot: {} }] },
    'a spec without shoot': { spec: { seed: {} } },
    'a shoot that is null': { spec: { shoot: null } },
    'a shoot that is a list': { spec: { shoot: [] } },
    'a shoot on the prototype only': { spec: Object.create({ shoot: [] }) },
  },
  (cluster) => assert.equal(clusterShootFacts(cluster), undefined),
);

test('an empty Shoot yields the defaults', () =>
  assert.deepEqual(clusterShootFacts({ spec: { shoot: {} } }), emptyFacts));

test('ignores fields of the wrong type', () => {
  for (const wrong of [null, 7, 'text', true, [[]], [null], { a: 1 }]) {
    const plain = ['apiVersion', 'kind', 'metadata', 'spec', 'status'].map((name) => [name, wrong] as const);
    assert.deepEqual(shootFacts(Object.fromEntries(plain)), emptyFacts, JSON.stringify(wrong));
  }
});

test('drops list entries of the wrong type', () => {
  const mixed = { pods: ['10.0.0.0/8', 7, null, {}], services: '10.0.0.0/8', nodes: { 0: 'x' } };
  const read = shootFacts({
    spec: { networking: { ipFamilies: ['IPv6', 4, 'IPX'] }, provider: { workers: {} } },
    status: { networking: mixed, constraints: [7, { type: 'A', status: true }, null] },
  });
  assert.deepEqual(read.observed, { pods: ['10.0.0.0/8'], services: [], nodes: [] });
  assert.deepEqual(read.networking.ipFamilies, ['IPv6', 'IPX']);
  assert.equal(read.workerPools, 0);
  assert.deepEqual(read.constraints, [
    { type: '', status: '' },
    { type: 'A', status: '' },
    { type: '', status: '' },
  ]);
});

test('cuts long lists after maxEntries + 1', () => {
  const createList = (length: number): readonly string[] => Array.from({ length }, (_, index) => String(index));
  const read = (length: number) => {
    const { observed, networking } = shootFacts({
      spec: { networking: { ipFamilies: createList(length) } },
      status: { networking: { pods: createList(length), services: createList(length), nodes: createList(length) } },
    });
    return [observed.pods, observed.services, observed.nodes, networking.ipFamilies];
  };
  for (const one of read(maxEntries)) assert.deepEqual(one, createList(maxEntries));
  for (const one of read(10 * maxEntries)) assert.deepEqual(one, createList(maxEntries + 1));
});

test('kubeProxy.explicit is set by true only', () => {
  const explicitFor = (value: unknown) =>
    shootFacts({ spec: { kubernetes: { kubeProxy: { enabled: value } } } }).kubeProxy.explicit;
  assert.deepEqual([true, false, undefined, 'true'].map(explicitFor), [true, false, false, false]);
});

test('kube-proxy is disabled by false only', () => {
  const enabledFor = (value: unknown) =>
    shootFacts({ spec: { kubernetes: { kubeProxy: { enabled: value } } } }).kubeProxy.enabled;
  assert.deepEqual([false, true, undefined, null, 'false', 0].map(enabledFor), [false, true, true, true, true, true]);
});

cases<{ readonly spec: unknown; readonly status: unknown; readonly hibernated: boolean }>(
  'hibernated requires spec and status',
  {
    'in spec and status': { spec: { hibernation: { enabled: true } }, status: { hibernated: true }, hibernated: true },
    'in spec, not yet in status': {
      spec: { hibernation: { enabled: true } },
      status: { hibernated: false },
      hibernated: false,
    },
    'in status only, waking up': {
      spec: { hibernation: { enabled: false } },
      status: { hibernated: true },
      hibernated: false,
    },
    neither: { spec: { hibernation: { enabled: false } }, status: {}, hibernated: false },
    'schedules only': { spec: { hibernation: { schedules: [] } }, status: { hibernated: true }, hibernated: false },
    absent: { spec: {}, status: {}, hibernated: false },
    'a string in spec': { spec: { hibernation: { enabled: 'true' } }, status: { hibernated: true }, hibernated: false },
  },
  ({ spec, status, hibernated }) => assert.equal(shootFacts({ spec, status }).hibernated, hibernated),
);

test('the force-deletion annotation is parsed as Go parses booleans', () => {
  const key = 'confirmation.gardener.cloud/force-deletion';
  const forced = (value: unknown) => shootFacts({ metadata: { annotations: { [key]: value } } }).forceDeletion;
  const truths = ['1', 't', 'T', 'true', 'TRUE', 'True'];
  const others = [
    '0',
    'f',
    'false',
    'False',
    'FALSE',
    'tRUE',
    'TrUe',
    'yes',
    'on',
    '',
    ' true',
    'true ',
    '01',
    true,
    1,
    null,
  ];
  assert.deepEqual(
    truths.map(forced),
    truths.map(() => true),
  );
  assert.deepEqual(
    others.map(forced),
    others.map(() => false),
  );
  assert.equal(shootFacts({ metadata: { annotations: [key] } }).forceDeletion, false);
});

test('failed follows status.lastOperation.state, deleting follows metadata.deletionTimestamp', () => {
  assert.equal(shootFacts({ status: { lastOperation: { state: 'Failed' } } }).failed, true);
  assert.equal(shootFacts({ status: { lastOperation: { state: 'Error' } } }).failed, false);
  assert.equal(shootFacts({ metadata: { deletionTimestamp: '2026-08-21T00:00:00Z' } }).deleting, true);
  assert.equal(shootFacts({ metadata: { deletionTimestamp: null } }).deleting, false);
});

test('treats keys such as __proto__ as plain keys', () => {
  const hostile: Readonly<Record<string, unknown>> = JSON.parse(`{
    "__proto__": { "metadata": { "name": "x" } },
    "constructor": { "prototype": { "polluted": true } },
    "metadata": { "__proto__": { "name": "x", "deletionTimestamp": "now" } },
    "spec": {
      "__proto__": { "hibernation": { "enabled": true } },
      "kubernetes": {
        "__proto__": { "version": "9.9.9" },
        "kubeAPIServer": { "featureGates": { "__proto__": true, "constructor": true, "toString": false } }
      }
    },
    "status": { "__proto__": { "hibernated": true, "networking": { "pods": ["10.0.0.0/8"] } } }
  }`);
  const { apiServer, ...rest } = shootFacts(hostile);
  const { apiServer: _, ...expected } = emptyFacts;
  assert.deepEqual(rest, expected);
  assert.deepEqual(Object.entries(apiServer.featureGates), [
    ['__proto__', true],
    ['constructor', true],
    ['toString', false],
  ]);
  assert.equal(Object.getPrototypeOf(apiServer.featureGates), Object.prototype);
  assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false);
});

const texts = z.array(z.string());
const ranges = z.strictObject({ pods: texts, services: texts, nodes: texts });
const toggles = z.record(z.string(), z.boolean());
const anyFacts = z.strictObject({
  name: z.string(),
  namespace: z.string(),
  kubernetesVersion: z.string(),
  kubeProxy: z.strictObject({ enabled: z.boolean(), explicit: z.boolean(), mode: z.string().optional() }),
  verticalPodAutoscaler: z.boolean(),
  apiServer: z.strictObject({ featureGates: toggles, runtimeConfig: toggles }),
  networking: z.strictObject({
    type: z.string().optional(),
    providerConfig: z.unknown(),
    pods: z.string().optional(),
    services: z.string().optional(),
    nodes: z.string().optional(),
    ipFamilies: texts,
  }),
  observed: ranges,
  nodeLocalDNS: z.boolean(),
  workerPools: z.number(),
  minimumNodes: z.number(),
  maximumNodes: z.number().optional(),
  selfHosted: z.boolean(),
  highlyAvailable: z.boolean(),
  dnsDomain: z.string().optional(),
  advertisedAddresses: z.array(z.strictObject({ name: z.string(), url: z.string() })),
  constraints: z.array(z.strictObject({ type: z.string(), status: z.string() })),
  hibernated: z.boolean(),
  failed: z.boolean(),
  deleting: z.boolean(),
  forceDeletion: z.boolean(),
});

test('property: the facts have their types whatever value any field has', () => {
  const places = listPaths(shoot);
  assert.ok(places.length > 50);
  fc.assert(
    fc.property(fc.constantFrom(...places), fc.jsonValue(), (place, value) => {
      const read = clusterShootFacts({ spec: { shoot: replaced(shoot, place, value) } });
      assert.ok(read !== undefined);
      anyFacts.parse(read);
    }),
    { numRuns: 500 },
  );
});

test('property: never throws for any JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => assert.doesNotThrow(() => clusterShootFacts({ spec: { shoot: value } }))),
  );
});

function listPaths(value: unknown): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [[key], ...listPaths(inner).map((rest) => [key, ...rest])]);
}

function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by;
  const copy = structuredClone(value) as Record<string, unknown>;
  copy[key] = replaced(copy[key], rest, by);
  return copy;
}
