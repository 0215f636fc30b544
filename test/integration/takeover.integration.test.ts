/**
 * Taking over running shoots from the Go extensions, on two real API servers: a seed with the objects that they left, and a shoot to which a resource
 * manager applied their objects. Our controller reconciles; its objects are applied over theirs, a second time, and theirs over ours. No object is
 * recreated but the Job of another image, no value of the data path changes, and only the pods that `netext diff` names roll, once.
 */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { NetworkContext } from '../../controllers/network/context.ts';
import { runNetwork } from '../../controllers/network/run.ts';
import { createWaitTimes } from '../../controllers/network/waits.ts';
import { resourceOfKind, resources } from '../../controllers/resources.ts';
import { createContentMemo } from '../../controllers/seed/content-memo.ts';
import { describeObject, isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import { createManagedResourceRenderer } from '../../pkg/managedresource/build.ts';
import { objectChanges } from '../../pkg/managedresource/changes.ts';
import { readManifests } from '../../pkg/managedresource/read.ts';
import { dataPathChanges } from '../../pkg/network/data-path.ts';
import { defaultFeatureGates } from '../../pkg/network/feature-gates.ts';
import { pluginFor } from '../../pkg/network/plan.ts';
import { plugins } from '../../pkg/plugins/index.ts';
import { type ControlPlane, skipWithoutRealControlPlane, startControlPlane } from '../controlplane/index.ts';
import { createFakeClock, createMemoryLogger } from '../doubles/fakeclock.ts';
import { type Cni, type ParityCase, readCase } from '../parity/cases.ts';
import { type EarlierState, earlierState } from '../parity/earlier-state.ts';
import { hasReference } from '../parity/reference/files.ts';
import { recordedState } from '../parity/reference/state.ts';
import { webhookTarget } from '../scenarios/support/scenario.ts';
import { cases } from '../support/cases.ts';
import { shippedPlanTools } from '../support/planning.ts';
import { createResourceManager, type ResourceManager } from '../support/resource-manager.ts';
import { seedResources } from '../support/seed.ts';
import { type Applier, applier } from './apply.ts';

const log = (line: string): void => console.error(line);
const skip = await skipWithoutRealControlPlane({ suite: 'taking over on real API servers', log });

const started: ControlPlane[] = [];
let seed: Applier;
let shoot: Applier;

before(async () => {
  if (skip !== false) return;
  [seed, shoot] = await Promise.all([startServer(), startServer()]);
});

after(async () => {
  await Promise.all([seed?.close(), shoot?.close()]);
  await Promise.all(started.map((one) => one.stop()));
});

async function startServer(): Promise<Applier> {
  const controlPlane = await startControlPlane({ log, source: 'real', build: false });
  started.push(controlPlane);
  const server = applier(controlPlane);
  await server.prepare([new URL('crds/', import.meta.url)]);
  return server;
}

interface TakeOver {
  readonly cni: Cni;
  /** Names of the workloads that roll. */
  readonly rolls: readonly string[];
  /** Objects that are removed on purpose (test/parity/deviations.yaml). */
  readonly deleted?: readonly string[];
  /** Jobs that run again, since their images are later ones. */
  readonly repeated?: readonly string[];
}

const calico: TakeOver = {
  cni: 'calico',
  rolls: [
    'calico-node',
    'calico-node-vertical-autoscaler',
    // Images of later patch releases than the Go extension has.
    'calico-typha-deploy',
    'calico-typha-horizontal-autoscaler',
    'calico-typha-vertical-autoscaler',
  ],
};
/** With a backend, which is the condition for calico-kube-controllers. */
const withControllers: TakeOver = { ...calico, rolls: [...calico.rolls, 'calico-kube-controllers'] };
const cilium: TakeOver = {
  cni: 'cilium',
  // Envoy has the image of a later patch release of Cilium.
  rolls: ['cilium', 'cilium-envoy', 'cilium-operator'],
  // An immutable file that has a new name (cilium 29).
  deleted: ['ConfigMap kube-system/label-prefix-conf'],
};
const hubble: TakeOver = {
  ...cilium,
  rolls: [...cilium.rolls, 'hubble-relay', 'hubble-ui'],
  repeated: ['Job kube-system/hubble-generate-certs'],
  // Bindings to ClusterRoles that do not exist (cilium 20).
  deleted: [
    'ClusterRoleBinding hubble-generate-certs',
    'ClusterRoleBinding hubble-relay',
    'ConfigMap kube-system/label-prefix-conf',
  ],
};

const table: Readonly<Record<string, TakeOver>> = {
  '01-defaults-no-providerconfig': withControllers,
  '02-readme-overlay-off': calico,
  '08-overlay-vxlan': withControllers,
  '12-backend-bird-crosssubnet-calico-ipam': withControllers,
  '16-dualstack-defaults': calico,
  '21-ipv6-only': calico,
  '23-ebpf-without-kube-proxy': calico,
  '26-typha-disabled-kube-proxy-unset': {
    ...calico,
    rolls: withControllers.rolls.filter((name) => !/typha/.test(name)),
  },
  '28-autoscaling-vpa-resources': {
    ...calico,
    rolls: ['calico-node', 'calico-typha-deploy', 'calico-typha-horizontal-autoscaler'],
  },
  '33-wireguard-ipv4': withControllers,
  '36-multus-with-cni-plugins': { ...calico, rolls: [...calico.rolls, 'multus'] },
  '38-gate-nonprivileged': calico,
  '02-readme-example-hubble': hubble,
  '05-overlay-enabled': cilium,
  '08-overlay-disabled-create-pod-routes': cilium,
  '12-kubeproxy-off': cilium,
  '19-l2-announcements': cilium,
  '24-encryption-wireguard': cilium,
  '28-node-local-dns': cilium,
  '30-dual-stack-native': cilium,
  '35-ipam-cluster-pool': cilium,
  '36-ha-zones-production': hubble,
};

const sources: Readonly<
  Record<string, (parityCase: ParityCase, namespace: string) => EarlierState | Promise<EarlierState>>
> = {
  'objects of the Go extension': earlierState,
  // The recorded objects themselves: other orders and notations of the same values.
  ...(hasReference ? { 'recorded objects of the Go extension': recordedState } : {}),
};

test('CRDs of the Go extension are taken over and handed back', { skip }, async () => {
  const state = await earlierState(readCase('calico', '36-multus-with-cni-plugins'), 'shoot--foo--crds');
  const manager = createResourceManager({ client: shoot.client, injectLabels: {} });
  await manager.reconcile('crds', state.crds);
  const initial = await snapshot(manager, state.crds);
  const ours = (await reconciled(state)).filter(isCrd);
  const { recreated: replaced, deleted, created } = await manager.reconcile('crds', ours);
  const taken = await snapshot(manager, ours);
  assert.deepEqual([replaced, deleted, created, recreated(initial, taken)], [[], [], [], []]);
  assert.deepEqual((await manager.reconcile('crds', ours)).written, []);
  assert.deepEqual((await manager.reconcile('crds', state.crds)).recreated, []);
});

let count = 0;

for (const [source, stateFor] of Object.entries(sources)) {
  suite(`${source} are taken over and handed back`, { skip }, () => {
    const rows = Object.entries(table).map(([name, row]) => [`${row.cni} ${name}`, { ...row, name }] as const);
    cases(Object.fromEntries(rows), async (row) => {
      count += 1;
      await takeOver({ ...row, state: await stateFor(readCase(row.cni, row.name), `shoot--foo--${count}`) });
    });
  });
}

async function takeOver(input: TakeOver & { readonly state: EarlierState }): Promise<void> {
  const { cni, state, rolls, deleted = [], repeated = [] } = input;
  const plugin = pluginFor(plugins, cni);
  assert.ok(plugin !== undefined);
  const manager = createResourceManager({
    client: shoot.client,
    injectLabels: { 'shoot.gardener.cloud/no-cleanup': 'true' },
  });
  const old = [...state.objects, ...state.webhooks];
  await manager.reconcile('all', old);
  const initial = await snapshot(manager, old);

  const ours = (await reconciled(state)).filter((one) => !isCrd(one));
  const predicted = objectChanges({ before: old, after: ours });
  const first = await manager.reconcile('all', ours);
  const taken = await snapshot(manager, ours);
  assert.deepEqual(first.recreated, repeated);
  assert.deepEqual([...first.deleted].sort(), deleted);
  assert.deepEqual(recreated(initial, taken), repeated);
  assert.deepEqual(dataPathChanges(plugin.dataPath(initial.objects), plugin.dataPath(taken.objects)), []);
  assert.deepEqual(rolled(initial, taken).map(shortName).sort(), [...rolls].sort());
  assert.deepEqual(
    predicted
      .filter(({ roll }) => roll !== undefined)
      .map(({ object }) => object)
      .sort(),
    rolled(initial, taken),
  );

  const second = await manager.reconcile('all', ours);
  assert.deepEqual(second, { created: [], written: [], recreated: [], deleted: [] });

  const back = await manager.reconcile('all', old);
  const returned = await snapshot(manager, old);
  assert.deepEqual(back.recreated, repeated);
  assert.deepEqual([...back.created].sort(), deleted);
  assert.deepEqual(recreated(taken, returned), repeated);
  assert.deepEqual(rolled(initial, returned), []);
  await manager.reconcile('all', []);
}

interface Snapshot {
  readonly objects: readonly KubeObject[];
}

async function snapshot(manager: ResourceManager, wanted: readonly KubeObject[]): Promise<Snapshot> {
  const objects = await Promise.all(wanted.map((one) => manager.live(one)));
  assert.ok(objects.every((one) => one !== undefined));
  return { objects };
}

/** Objects in both snapshots with different UIDs. */
function recreated(before: Snapshot, after: Snapshot): readonly string[] {
  const uids = new Map(before.objects.map((one) => [describeObject(one), one.metadata.uid]));
  return after.objects
    .filter((one) => uids.has(describeObject(one)) && uids.get(describeObject(one)) !== one.metadata.uid)
    .map(describeObject);
}

/** Workloads in both snapshots with different stored pod templates, sorted. */
function rolled(before: Snapshot, after: Snapshot): readonly string[] {
  const templates = new Map(before.objects.map((one) => [describeObject(one), podTemplate(one)]));
  return after.objects
    .filter((one) => ['DaemonSet', 'Deployment', 'StatefulSet'].includes(one.kind))
    .filter((one) => templates.has(describeObject(one)) && templates.get(describeObject(one)) !== podTemplate(one))
    .map(describeObject)
    .sort();
}

function podTemplate({ spec }: KubeObject): string {
  return JSON.stringify(isRecord(spec) ? spec['template'] : undefined);
}

function isCrd({ kind }: KubeObject): boolean {
  return kind === 'CustomResourceDefinition';
}

function shortName(object: string): string {
  return object.replace(/^.*\//, '');
}

/** Lets our controller reconcile the Network that the Go extension left. Returns the objects that it has for the shoot. */
async function reconciled(state: EarlierState): Promise<readonly KubeObject[]> {
  const { network } = state.parityCase;
  const namespace = network.metadata.namespace ?? '';
  await plant(state, namespace);
  const uidsBefore = await managedResourceUids(state.seed, namespace);
  const context = contextFor(state.parityCase);
  const key = `${namespace}/${network.metadata.name}`;
  const { signal } = new AbortController();
  assert.equal((await runNetwork(context, { key, signal })).result, 'succeeded');
  assert.equal((await runNetwork(context, { key, signal })).result, 'unchanged');
  const stored = await seed.client.get({ resource: resources.networks, namespace, name: network.metadata.name });
  assert.deepEqual(stored.metadata.finalizers, state.left.finalizers);
  assert.deepEqual(statusMember(stored, 'ipFamilies'), state.left.status['ipFamilies']);
  const { items } = await seed.client.list({ resource: resources.managedResources, namespace });
  for (const one of items) assert.equal(one.metadata.uid, uidsBefore.get(one.metadata.name), one.metadata.name);
  const secrets = await seed.client.list({ resource: resources.secrets, namespace });
  return items.flatMap((one) => readManifests(secrets.items.filter((secret) => isReferred(one, secret))));
}

function statusMember({ status }: KubeObject, name: string): unknown {
  return isRecord(status) ? status[name] : undefined;
}

function isReferred({ spec }: KubeObject, secret: KubeObject): boolean {
  const refs = isRecord(spec) && Array.isArray(spec['secretRefs']) ? spec['secretRefs'] : [];
  return refs.some((ref: unknown) => isRecord(ref) && ref['name'] === secret.metadata.name);
}

/** Creates the objects that the Go extension left in the seed, with the request that gardenlet makes next. */
async function plant({ parityCase, left, seed: objects }: EarlierState, namespace: string): Promise<void> {
  const { client } = seed;
  const { network, cluster } = parityCase;
  await client.create({
    resource: seedResources.namespaces,
    object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
  });
  await client.create({ resource: resources.clusters, object: cluster });
  const annotations = { 'gardener.cloud/operation': 'reconcile', 'gardener.cloud/timestamp': '2026-02-01T00:00:00Z' };
  const { generation: _, ...metadata } = network.metadata;
  const object = { ...network, metadata: { ...metadata, finalizers: left.finalizers, annotations } };
  await client.create({ resource: resources.networks, object });
  const place = { resource: resources.networks, namespace, name: network.metadata.name };
  await client.mergePatch({ ...place, subresource: 'status', patch: { status: left.status } });
  for (const object of objects) await client.create({ resource: resourceOfKind(object.kind), object });
}

async function managedResourceUids(
  objects: readonly KubeObject[],
  namespace: string,
): Promise<ReadonlyMap<string, string | undefined>> {
  const resource = resources.managedResources;
  const names = objects.filter(({ kind }) => kind === 'ManagedResource').map(({ metadata }) => metadata.name);
  const found = await Promise.all(names.map((name) => seed.client.get({ resource, namespace, name })));
  return new Map(found.map(({ metadata }) => [metadata.name, metadata.uid]));
}

function contextFor({ featureGates, shootObjects }: ParityCase): NetworkContext {
  const gates = featureGates.split(',').filter((gate) => gate !== '');
  const enabled = gates.map((gate) => [gate.replace(/=.*$/, ''), gate.endsWith('=true')] as const);
  const observed =
    shootObjects === undefined
      ? ({ available: false, reason: 'the shoot cannot be reached' } as const)
      : ({ available: true, value: shootObjects } as const);
  const clock = createFakeClock(Date.parse('2026-02-01T00:00:05Z'));
  return {
    client: seed.client,
    clock,
    waits: createWaitTimes(clock),
    log: createMemoryLogger(),
    plugins,
    tools: shippedPlanTools(),
    buildResource: createManagedResourceRenderer(),
    webhookTarget: () => webhookTarget,
    ensureSelfHostedWebhook: () => Promise.resolve(),
    events: { record: () => undefined, idle: () => Promise.resolve() },
    onPlan: () => undefined,
    readShoot: () => Promise.resolve(observed),
    featureGates: { ...defaultFeatureGates(plugins), ...Object.fromEntries(enabled) },
    networksIn: () => [],
    memo: createContentMemo(),
    operatorDefaults: {},
    readApiServerAddresses: async () => ({ available: false, reason: 'not read here' }),
    classes: ['shoot'],
  };
}
