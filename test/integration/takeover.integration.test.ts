/**
 * Taking over running shoots from the Go extensions, on two real API servers: a seed that holds what they recorded, and a shoot to which a
 * resource manager applied their objects. Our controller reconciles, its objects are applied over theirs, again, and theirs over ours: nothing
 * may be created anew, no value of the data path may change, and pods roll at most once, those that `netext diff` names.
 */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { NetworkContext } from '../../controllers/network/context.ts';
import { runNetwork } from '../../controllers/network/run.ts';
import { resourceOfKind, resources } from '../../controllers/seed/resources.ts';
import { describeObject, isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import { createBundler } from '../../pkg/managedresource/build.ts';
import { objectChanges } from '../../pkg/managedresource/changes.ts';
import { readManifests } from '../../pkg/managedresource/read.ts';
import { dataPathChanges } from '../../pkg/network/data-path.ts';
import { defaultFeatureGates } from '../../pkg/network/feature-gates.ts';
import { pluginFor } from '../../pkg/network/plan.ts';
import { plugins } from '../../pkg/plugins/index.ts';
import { type ControlPlane, skipWithoutRealControlPlane, startControlPlane } from '../controlplane/index.ts';
import { createFakeClock, createMemoryLogger } from '../doubles/fakeclock.ts';
import { webhookTarget } from '../scenarios/support/scenario.ts';
import { cases } from '../support/cases.ts';
import { shippedPlanTools } from '../support/planning.ts';
import { type Cni, type Recording, readRecording, recordingsAreHere } from '../support/recordings.ts';
import { createResourceManager, type ResourceManager } from '../support/resource-manager.ts';
import { seedResources } from '../support/seed.ts';
import { type Applier, applier } from './apply.ts';

const log = (line: string): void => console.error(line);
if (!recordingsAreHere) log('SKIPPED: taking over from the Go extensions (no recordings in ../shared/reference)');
const withoutServer = await skipWithoutRealControlPlane({ suite: 'taking over on real API servers', log });
const skip = recordingsAreHere ? withoutServer : 'no recordings';

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
  /** Workloads that roll. */
  readonly rolls: readonly string[];
  /** What is left out on purpose (test/parity/deviations.yaml). */
  readonly deleted?: readonly string[];
}

const calico: TakeOver = {
  cni: 'calico',
  rolls: [
    'calico-node',
    'calico-node-vertical-autoscaler',
    'calico-typha-horizontal-autoscaler',
    'calico-typha-vertical-autoscaler',
  ],
};
const cilium: TakeOver = { cni: 'cilium', rolls: ['cilium', 'cilium-operator'] };
const hubble: TakeOver = {
  ...cilium,
  // Bindings to ClusterRoles that never were (verdict 20).
  deleted: ['ClusterRoleBinding hubble-generate-certs', 'ClusterRoleBinding hubble-relay'],
};

const table: Readonly<Record<string, TakeOver>> = {
  '01-defaults-no-providerconfig': calico,
  '02-readme-overlay-off': calico,
  '08-overlay-vxlan': calico,
  '12-backend-bird-crosssubnet-calico-ipam': calico,
  '16-dualstack-defaults': calico,
  '21-ipv6-only': calico,
  '23-ebpf-without-kube-proxy': calico,
  '26-typha-disabled-kube-proxy-unset': { ...calico, rolls: calico.rolls.filter((name) => !/typha/.test(name)) },
  '28-autoscaling-vpa-resources': { ...calico, rolls: ['calico-node', 'calico-typha-horizontal-autoscaler'] },
  '33-wireguard-ipv4': calico,
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

test('the CRDs are taken over and given back', { skip }, async () => {
  const recording = readRecording('calico', '36-multus-with-cni-plugins', 'shoot--foo--crds');
  const manager = createResourceManager({ client: shoot.client, injectLabels: {} });
  const old = recording.crds();
  await manager.reconcile('crds', old);
  const began = await snapshot(manager, old);
  const ours = (await reconciled(recording)).filter(isCrd);
  const { recreated, deleted, created } = await manager.reconcile('crds', ours);
  const taken = await snapshot(manager, ours);
  assert.deepEqual([recreated, deleted, created, anew(began, taken)], [[], [], [], []]);
  assert.deepEqual((await manager.reconcile('crds', ours)).written, []);
  assert.deepEqual((await manager.reconcile('crds', old)).recreated, []);
});

suite('a shoot is taken over and given back', { skip }, () => {
  const rows = Object.entries(table).map(([name, row]) => [`${row.cni} ${name}`, { ...row, name }] as const);
  cases(Object.fromEntries(rows), takeOver);
});

let count = 0;

async function takeOver({ cni, name, rolls, deleted = [] }: TakeOver & { readonly name: string }): Promise<void> {
  count += 1;
  const recording = readRecording(cni, name, `shoot--foo--${count}`);
  const plugin = pluginFor(plugins, cni);
  assert.ok(plugin !== undefined);
  const manager = createResourceManager({
    client: shoot.client,
    injectLabels: { 'shoot.gardener.cloud/no-cleanup': 'true' },
  });
  const old = [...recording.objects, ...recording.webhooks];
  await manager.reconcile('all', old);
  const began = await snapshot(manager, old);

  const ours = (await reconciled(recording)).filter((one) => !isCrd(one));
  const said = objectChanges({ before: old, after: ours });
  const first = await manager.reconcile('all', ours);
  const taken = await snapshot(manager, ours);
  assert.deepEqual(first.recreated, []);
  assert.deepEqual([...first.deleted].sort(), deleted);
  assert.deepEqual(anew(began, taken), []);
  assert.deepEqual(dataPathChanges(plugin.dataPath(began.objects), plugin.dataPath(taken.objects)), []);
  assert.deepEqual(rolled(began, taken).map(shortName).sort(), [...rolls].sort());
  assert.deepEqual(
    said
      .filter(({ roll }) => roll !== undefined)
      .map(({ object }) => object)
      .sort(),
    rolled(began, taken),
  );

  const second = await manager.reconcile('all', ours);
  assert.deepEqual(second, { created: [], written: [], recreated: [], deleted: [] });

  const back = await manager.reconcile('all', old);
  const given = await snapshot(manager, old);
  assert.deepEqual(back.recreated, []);
  assert.deepEqual([...back.created].sort(), deleted);
  assert.deepEqual(anew(taken, given), []);
  assert.deepEqual(rolled(began, given), []);
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

/** Objects of both that have another identity. */
function anew(before: Snapshot, after: Snapshot): readonly string[] {
  const uids = new Map(before.objects.map((one) => [describeObject(one), one.metadata.uid]));
  return after.objects
    .filter((one) => uids.has(describeObject(one)) && uids.get(describeObject(one)) !== one.metadata.uid)
    .map(describeObject);
}

/** Workloads whose stored pod template is another one, sorted. */
function rolled(before: Snapshot, after: Snapshot): readonly string[] {
  const templates = new Map(before.objects.map((one) => [describeObject(one), templateOf(one)]));
  return after.objects
    .filter((one) => ['DaemonSet', 'Deployment', 'StatefulSet'].includes(one.kind))
    .filter((one) => templates.has(describeObject(one)) && templates.get(describeObject(one)) !== templateOf(one))
    .map(describeObject)
    .sort();
}

function templateOf({ spec }: KubeObject): string {
  return JSON.stringify(isRecord(spec) ? spec['template'] : undefined);
}

function isCrd({ kind }: KubeObject): boolean {
  return kind === 'CustomResourceDefinition';
}

function shortName(object: string): string {
  return object.replace(/^.*\//, '');
}

/** Lets our controller reconcile the Network that the Go extension left; gives what it has for the shoot. */
async function reconciled(recording: Recording): Promise<readonly KubeObject[]> {
  const { network } = recording;
  const namespace = network.metadata.namespace ?? '';
  await plant(recording, namespace);
  const uidsBefore = await uidsIn(recording.seed, namespace);
  const context = contextFor(recording);
  const key = `${namespace}/${network.metadata.name}`;
  const { signal } = new AbortController();
  assert.equal((await runNetwork(context, { key, signal })).result, 'succeeded');
  assert.equal((await runNetwork(context, { key, signal })).result, 'unchanged');
  const stored = await seed.client.get({ resource: resources.networks, namespace, name: network.metadata.name });
  assert.deepEqual(stored.metadata.finalizers, recording.left.finalizers);
  assert.deepEqual(memberOf(stored, 'ipFamilies'), recording.left.status['ipFamilies']);
  const { items } = await seed.client.list({ resource: resources.managedResources, namespace });
  for (const one of items) assert.equal(one.metadata.uid, uidsBefore.get(one.metadata.name), one.metadata.name);
  const secrets = await seed.client.list({ resource: resources.secrets, namespace });
  return items.flatMap((one) => readManifests(secrets.items.filter((secret) => isReferred(one, secret))));
}

function memberOf({ status }: KubeObject, name: string): unknown {
  return isRecord(status) ? status[name] : undefined;
}

function isReferred({ spec }: KubeObject, secret: KubeObject): boolean {
  const refs = isRecord(spec) && Array.isArray(spec['secretRefs']) ? spec['secretRefs'] : [];
  return refs.some((ref: unknown) => isRecord(ref) && ref['name'] === secret.metadata.name);
}

/** The seed as the Go extension leaves it, with the request that gardenlet makes next. */
async function plant({ network, cluster, left, seed: objects }: Recording, namespace: string): Promise<void> {
  const { client } = seed;
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
  for (const one of objects) await client.create({ resource: resourceOfKind(one.kind), object: one });
}

async function uidsIn(
  objects: readonly KubeObject[],
  namespace: string,
): Promise<ReadonlyMap<string, string | undefined>> {
  const resource = resources.managedResources;
  const those = objects.filter(({ kind }) => kind === 'ManagedResource').map(({ metadata }) => metadata.name);
  const found = await Promise.all(those.map((name) => seed.client.get({ resource, namespace, name })));
  return new Map(found.map(({ metadata }) => [metadata.name, metadata.uid]));
}

function contextFor({ gates, observed }: Recording): NetworkContext {
  return {
    client: seed.client,
    clock: createFakeClock(Date.parse('2026-02-01T00:00:05Z')),
    log: createMemoryLogger(),
    plugins,
    tools: shippedPlanTools(),
    bundle: createBundler(),
    webhookTarget: () => webhookTarget,
    settleWebhook: () => Promise.resolve(),
    events: { record: () => undefined, idle: () => Promise.resolve() },
    planned: () => undefined,
    readShoot: () => Promise.resolve(observed),
    featureGates: { ...defaultFeatureGates(plugins), ...gates },
    operatorDefaults: {},
    readApiServerAddresses: async () => ({ known: false, reason: 'not read here' }),
    classes: ['shoot'],
  };
}
