import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { calico } from '../../pkg/calico/plan.ts';
import { createMergePatch } from '../../pkg/gardener/merge-patch.ts';
import type { Network } from '../../pkg/gardener/network.ts';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import type { RenderedManagedResource } from '../../pkg/managedresource/build.ts';
import { planNetwork } from '../../pkg/network/plan.ts';
import type { NetworkPlan } from '../../pkg/network/plugin.ts';
import { calicoCni } from '../../test/scenarios/support/cni.ts';
import { createFixtures } from '../../test/scenarios/support/fixtures.ts';
import { buildResource, tools } from '../../test/scenarios/support/runner.ts';
import { cases } from '../../test/support/cases.ts';
import { type Change, computeChanges } from './changes.ts';
import { objectId, type Seed } from './observe.ts';

const { clusterObject, networkObject } = createFixtures(calicoCni);
const namespace = 'shoot--foo--bar';
const prefix = 'reference.resources.gardener.cloud/secret-';
const collectable = 'resources.gardener.cloud/garbage-collectable-reference';

const plan = planFor({ overlay: { enabled: false } });
const rendered = buildResource({ plan: plan.managedResource, namespace });

/** What a run reads. */
interface Found {
  readonly managedResource: KubeObject | undefined;
  readonly monitoring: readonly KubeObject[];
  readonly secret: KubeObject | undefined;
}

/** The seed as planned, as an API server returns it. */
const asPlanned: Found = {
  managedResource: storedAs(rendered.managedResource),
  monitoring: plan.seedObjects.map(storedAs),
  secret: storedAs(rendered.secret()),
};

test('writes nothing when everything is as planned', () => {
  assert.deepEqual(changes(asPlanned), { secret: 'none', objects: [] });
});

test('creates everything when nothing exists', () => {
  assert.deepEqual(changes({ managedResource: undefined, monitoring: [], secret: undefined }), {
    secret: 'ensure',
    objects: [rendered.managedResource, ...plan.seedObjects].map((object) => ({ verb: 'create', object })),
  });
});

suite('a ManagedResource that differs from the plan is replaced once', () => {
  const old = 'managedresource-extension-networking-calico-config-01234567';
  cases<{ readonly patch: object }>(
    {
      'keepObjects of an interrupted migration': { patch: { spec: { keepObjects: true } } },
      'another Secret': { patch: { spec: { secretRefs: [{ name: old }] } } },
      'an additional Secret': { patch: { spec: { secretRefs: [{ name: rendered.secretName }, { name: old }] } } },
      'an additional member': { patch: { spec: { class: 'seed' } } },
      'no label for cleanup': { patch: { spec: { injectLabels: null } } },
      'no spec': { patch: { spec: null } },
      'another origin': { patch: { metadata: { labels: { origin: 'gardener' } } } },
      'no labels': { patch: { metadata: { labels: null } } },
      'no reference': { patch: { metadata: { annotations: null } } },
      'a reference to an unused Secret': {
        patch: { metadata: { annotations: { [`${prefix}01234567`]: old } } },
      },
    },
    ({ patch }) => {
      const present = changed(asPlanned.managedResource, patch);
      assert.deepEqual(changes({ ...asPlanned, managedResource: present }), {
        secret: 'none',
        objects: [{ verb: 'replace', object: asPlanned.managedResource }],
      });
    },
  );

  test('labels, annotations, finalizers and the status of others remain in a replaced ManagedResource', () => {
    const theirs = {
      metadata: {
        labels: { 'example.com/theirs': 'x' },
        annotations: { 'example.com/theirs': 'x', 'resources.gardener.cloud/ignore': 'true' },
        finalizers: ['resources.gardener.cloud/gardener-resource-manager'],
      },
      status: { conditions: [{ type: 'ResourcesApplied' }] },
    };
    const right = changed(asPlanned.managedResource, theirs);
    assert.deepEqual(changes({ ...asPlanned, managedResource: right }), { secret: 'none', objects: [] });
    const wrong = changed(right, { spec: { keepObjects: true }, metadata: { annotations: { [`${prefix}x`]: old } } });
    assert.deepEqual(changes({ ...asPlanned, managedResource: wrong }).objects, [{ verb: 'replace', object: right }]);
  });

  test('a ManagedResource without labels, such as that of a shoot webhook, is not replaced by one with empty labels', () => {
    const webhook = buildResource({ plan: { name: 'extension-cilium-shoot-webhooks', parts: [] }, namespace });
    const found = { ...asPlanned, managedResource: storedAs(webhook.managedResource) };
    const unchanged = { plan: { ...plan, seedObjects: [], seedLeftOvers: [] }, rendered: webhook };
    assert.deepEqual(changes(found, unchanged).objects, []);
    const labelled = changed(found.managedResource, { metadata: { labels: { 'example.com/theirs': 'x' } } });
    assert.deepEqual(changes({ ...found, managedResource: labelled }, unchanged).objects, []);
  });
});

suite('a monitoring object that differs from the plan is replaced once', () => {
  const felix = 'ScrapeConfig shoot-calico-felix';
  const dashboards = 'ConfigMap calico-dashboards';
  cases<{ readonly id: string; readonly patch: object }>(
    {
      'another value': { id: felix, patch: { spec: { scheme: 'HTTP' } } },
      'a missing member': { id: felix, patch: { spec: { tlsConfig: null } } },
      'an additional rule': {
        id: felix,
        patch: { spec: { metricRelabelings: [{ action: 'drop' }, { action: 'drop' }] } },
      },
      'no rules': { id: felix, patch: { spec: { relabelings: [] } } },
      'the label of another Prometheus': { id: felix, patch: { metadata: { labels: { prometheus: 'seed' } } } },
      'another dashboard': { id: dashboards, patch: { data: { 'calico-felix-dashboard.json': '{}' } } },
      'a missing dashboard': { id: dashboards, patch: { data: { 'calico-felix-dashboard.json': null } } },
      'an additional dashboard': { id: dashboards, patch: { data: { 'calico-old-dashboard.json': '{}' } } },
      'no dashboards': { id: dashboards, patch: { data: null } },
      'no label': { id: dashboards, patch: { metadata: { labels: null } } },
    },
    ({ id, patch }) => {
      const monitoring = asPlanned.monitoring.map((one) => (nameOf(one) === id ? changed(one, patch) : one));
      const right = asPlanned.monitoring.filter((one) => nameOf(one) === id);
      assert.deepEqual(changes({ ...asPlanned, monitoring }), {
        secret: 'none',
        objects: right.map((object) => ({ verb: 'replace', object })),
      });
    },
  );

  test('defaults that the API server added to a monitoring object are not a difference', () => {
    const monitoring = asPlanned.monitoring.map((one) => (one.kind === 'ScrapeConfig' ? withDefaults(one) : one));
    assert.notDeepEqual(monitoring, asPlanned.monitoring);
    assert.deepEqual(changes({ ...asPlanned, monitoring }), { secret: 'none', objects: [] });
  });

  test('labels and annotations of others remain in a replaced monitoring object', () => {
    const theirs = { metadata: { labels: { 'example.com/theirs': 'x' }, annotations: { 'example.com/theirs': 'x' } } };
    const right = asPlanned.monitoring.map((one) => changed(one, theirs));
    assert.deepEqual(changes({ ...asPlanned, monitoring: right }), { secret: 'none', objects: [] });
    const wrong = right.map((one) =>
      changed(one, one.kind === 'ScrapeConfig' ? { spec: { scheme: 'HTTP' } } : { data: { x: '' } }),
    );
    assert.deepEqual(
      changes({ ...asPlanned, monitoring: wrong }).objects,
      right.map((object) => ({ verb: 'replace', object })),
    );
  });

  test('a missing monitoring object is created, and the others are not written', () => {
    for (const missing of plan.seedObjects) {
      const monitoring = asPlanned.monitoring.filter((one) => nameOf(one) !== nameOf(missing));
      const object = missing;
      assert.deepEqual(changes({ ...asPlanned, monitoring }), {
        secret: 'none',
        objects: [{ verb: 'create', object }],
      });
    }
  });

  test('monitoring of a former configuration is deleted, an object of others is not', () => {
    const withBird = planFor({ overlay: { enabled: false }, birdExporter: { enabled: true } });
    const bird = withBird.seedObjects.filter((one) => one.metadata.name === 'shoot-calico-bird').map(storedAs);
    assert.equal(bird.length, 1);
    const theirs = storedAs({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'theirs', namespace } });
    const monitoring = [...asPlanned.monitoring, ...bird, theirs];
    const objects = bird.map((object) => ({ verb: 'delete', object }));
    assert.deepEqual(changes({ ...asPlanned, monitoring }), { secret: 'none', objects });
  });
});

suite('a Secret is ensured unless it has the planned content and label', () => {
  const secret = asPlanned.secret;
  cases<{ readonly found: KubeObject | undefined; readonly ensured: boolean }>(
    {
      'as planned': { found: secret, ensured: false },
      'compressed by another brotli': { found: recompressed(secret), ensured: false },
      'labels of others': {
        found: changed(secret, { metadata: { labels: { 'example.com/theirs': 'x' } } }),
        ensured: false,
      },
      missing: { found: undefined, ensured: true },
      'other content': { found: changed(secret, { data: { 'config.yaml.br': packed('{}\n') } }), ensured: true },
      'an additional key': { found: changed(secret, { data: { 'more.yaml': '' } }), ensured: true },
      'a missing key': { found: changed(secret, { data: { 'crds.yaml.br': null } }), ensured: true },
      'no content': { found: changed(secret, { data: null }), ensured: true },
      'uncompressed content': {
        found: changed(secret, { data: { 'config.yaml.br': 'e30K' } }),
        ensured: true,
      },
      'without the label of the garbage collector': {
        found: changed(secret, { metadata: { labels: { [collectable]: null } } }),
        ensured: true,
      },
      'with another value of that label': {
        found: changed(secret, { metadata: { labels: { [collectable]: 'false' } } }),
        ensured: true,
      },
    },
    ({ found, ensured }) => {
      assert.deepEqual(changes({ ...asPlanned, secret: found }), { secret: ensured ? 'ensure' : 'none', objects: [] });
    },
  );
});

test('another configuration creates a Secret and replaces the ManagedResource, and nothing else', () => {
  const other = planFor({ overlay: { enabled: false }, vethMTU: '1430' });
  const wanted = buildResource({ plan: other.managedResource, namespace });
  assert.notEqual(wanted.secretName, rendered.secretName);
  const found = { ...asPlanned, secret: undefined };
  assert.deepEqual(changes(found, { plan: other, rendered: wanted }), {
    secret: 'ensure',
    objects: [
      {
        verb: 'replace',
        object: {
          ...asPlanned.managedResource,
          metadata: {
            ...asPlanned.managedResource?.metadata,
            annotations: wanted.managedResource.metadata.annotations,
          },
          spec: wanted.managedResource['spec'],
        },
      },
    ],
  });
});

interface ChangesOfOne {
  readonly secret: 'none' | 'ensure';
  readonly objects: readonly Change[];
}

function changes(
  { managedResource, monitoring, secret }: Found,
  wanted: { readonly plan: NetworkPlan; readonly rendered: RenderedManagedResource } = { plan, rendered },
): ChangesOfOne {
  const found = new Map(monitoring.map((one) => [nameOf(one), one]));
  const managedResources = new Map(managedResource && [[managedResource.metadata.name, managedResource]]);
  const seed: Seed = { cluster: undefined, managedResources, monitoring: found };
  const { secrets, objects } = computeChanges({
    plan: wanted.plan,
    wanted: [{ rendered: wanted.rendered, stored: secret }],
    seed,
  });
  return { secret: secrets.length === 0 ? 'none' : 'ensure', objects };
}

function planFor(config: object): NetworkPlan {
  const network = networkObject({ config });
  const result = planNetwork(
    calico,
    {
      network: { ...network, metadata: { ...network.metadata, namespace } } as unknown as Network,
      cluster: clusterObject(),
      featureGates: {},
      currentObjects: { available: true, value: [] },
      shoot: { available: false, reason: 'not needed' },
    },
    tools,
  );
  assert.ok(result.outcome === 'planned', JSON.stringify(result.diagnostics));
  return result.plan;
}

function nameOf({ kind, metadata }: KubeObject): string {
  return objectId({ kind, name: metadata.name });
}

/** Adds what only an API server sets. */
function storedAs(object: KubeObject): KubeObject {
  const { metadata } = object;
  return {
    ...object,
    metadata: {
      ...metadata,
      uid: `uid of ${metadata.name}`,
      resourceVersion: '17',
      creationTimestamp: '2026-01-10T10:00:00Z',
    },
  };
}

function changed(object: KubeObject | undefined, patch: object): KubeObject {
  assert.ok(object !== undefined);
  const result = merged(object, patch) as KubeObject;
  assert.ok(createMergePatch(object, result) !== undefined, 'the row differs from the plan');
  return result;
}

/** RFC 7386, section 2. */
function merged(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const result = new Map(Object.entries(isRecord(target) ? target : {}));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) result.delete(name);
    else result.set(name, merged(result.get(name), value));
  }
  return Object.fromEntries(result);
}

/** Adds the defaults of the Prometheus operator's CRD. */
function withDefaults(object: KubeObject): KubeObject {
  const spec = isRecord(object['spec']) ? object['spec'] : {};
  const withAction = (rules: unknown): unknown =>
    Array.isArray(rules)
      ? rules.map((rule: unknown) => (isRecord(rule) ? { action: 'replace', ...rule } : rule))
      : rules;
  return {
    ...object,
    spec: { enableHTTP2: true, ...spec, relabelings: withAction(spec['relabelings']) },
  };
}

function recompressed(secret: KubeObject | undefined): KubeObject {
  const data = isRecord(secret?.['data']) ? secret['data'] : {};
  const again = Object.entries(data).map(([key, value]) => [
    key,
    packed(brotliDecompressSync(Buffer.from(String(value), 'base64')).toString()),
  ]);
  return changed(secret, { data: Object.fromEntries(again) });
}

/** Compresses with another quality than the product. */
function packed(text: string): string {
  return brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }).toString('base64');
}
