import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import * as fc from 'fast-check';
import { load } from 'js-yaml';
import { chartSource } from '#charts';
import { calico } from '../calico/plan.ts';
import { findImage } from '../gardener/imagevector.ts';
import { parseImageVector } from '../gardener/imagevector-file.ts';
import { type KubeObject, recordOf } from '../gardener/objects.ts';
import { planNetwork } from '../network/plan.ts';
import type { ManagedResourcePlan, ManifestPart } from '../network/plugin.ts';
import { createCharts } from '../templates/charts.ts';
import { fromPlain } from '../templates/render.ts';
import { createManagedResourceRenderer, type RenderedManagedResource, sha256 } from './build.ts';
import { readManifests } from './read.ts';

const namespace = 'shoot--core--foo';

function configMap(name: string, data: Readonly<Record<string, string>> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'kube-system' }, data };
}

function part(key: string, objects: readonly KubeObject[]): ManifestPart {
  return { key, objects: objects.map(fromPlain) };
}

function planWith(...parts: readonly ManifestPart[]): ManagedResourcePlan {
  return { name: 'extension-networking-calico-config', origin: 'extension-networking-calico', parts };
}

function rendered(...parts: readonly ManifestPart[]): RenderedManagedResource {
  return createManagedResourceRenderer()({ plan: planWith(...parts), namespace });
}

/** SHA-256, independent of the helper in the code. */
function hex(text: string): string {
  return createHash('sha256').update(Buffer.from(text, 'utf8')).digest().toString('hex');
}

const config = part('config.yaml', [configMap('a', { b: '1' }), configMap('é🦄')]);
const crds = part('crds.yaml', [configMap('c')]);

test('renders the ManagedResource and Secret of docs/design/gardener.md#managedresource', () => {
  const resource = rendered(config, crds);
  const { secretName } = resource;
  assert.match(secretName, /^managedresource-extension-networking-calico-config-[0-9a-f]{8}$/);
  assert.deepEqual(resource.managedResource, {
    apiVersion: 'resources.gardener.cloud/v1alpha1',
    kind: 'ManagedResource',
    metadata: {
      name: 'extension-networking-calico-config',
      namespace,
      labels: { origin: 'extension-networking-calico' },
      annotations: {
        [`reference.resources.gardener.cloud/secret-${hex(secretName).slice(0, 8)}`]: secretName,
      },
    },
    spec: {
      secretRefs: [{ name: secretName }],
      injectLabels: { 'shoot.gardener.cloud/no-cleanup': 'true' },
      keepObjects: false,
    },
  });
  const { data, ...secret } = resource.secret();
  assert.deepEqual(secret, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: secretName,
      namespace,
      labels: { 'resources.gardener.cloud/garbage-collectable-reference': 'true' },
    },
    type: 'Opaque',
    immutable: true,
  });
  assert.deepEqual(Object.keys(recordOf(data)), ['config.yaml.br', 'crds.yaml.br']);
});

test('each key contains its documents with the separator of the resource manager, in the order of the plan', () => {
  assert.deepEqual(plainTexts(rendered(config, crds)), {
    'config.yaml.br':
      '{"apiVersion":"v1","data":{"b":"1"},"kind":"ConfigMap","metadata":{"name":"a","namespace":"kube-system"}}\n' +
      '---\n' +
      `${config.objects[1]?.json}\n`,
    'crds.yaml.br':
      '{"apiVersion":"v1","data":{},"kind":"ConfigMap","metadata":{"name":"c","namespace":"kube-system"}}\n',
  });
});

test('the checksum is Gardener’s, over the uncompressed texts ordered by key', () => {
  const resource = rendered(crds, config);
  const texts = plainTexts(resource);
  const expected = hex(`${hex(texts['config.yaml.br'] ?? '')}${hex(texts['crds.yaml.br'] ?? '')}`);
  assert.equal(resource.contentHash, expected);
  assert.equal(resource.secretName, `managedresource-extension-networking-calico-config-${expected.slice(0, 8)}`);
});

test('the name of the Secret is stable across releases for equal content', () => {
  const { secretName } = rendered(part('config.yaml', [configMap('a')]));
  const text = '{"apiVersion":"v1","data":{},"kind":"ConfigMap","metadata":{"name":"a","namespace":"kube-system"}}\n';
  assert.equal(secretName, `managedresource-extension-networking-calico-config-${hex(hex(text)).slice(0, 8)}`);
});

test('parts without objects have no key and do not affect the hash', () => {
  const resource = rendered(config, part('empty.yaml', []));
  assert.equal(resource.contentHash, rendered(config).contentHash);
  assert.deepEqual(Object.keys(plainTexts(resource)), ['config.yaml.br']);
});

test('readManifests restores the rendered objects', () => {
  const objects = [...config.objects, ...crds.objects].map(({ object }) => object);
  assert.deepEqual(readManifests([rendered(config, crds).secret()]), objects);
});

test('a renderer that knows the objects returns the hash of a new one, for any list of them', () => {
  const [a, b] = config.objects;
  assert.ok(a && b);
  const renderer = createManagedResourceRenderer();
  for (const objects of [[a, b], [b, a], [a], [a, b], [a, b, a]]) {
    const plan = planWith({ key: 'config.yaml', objects });
    const { contentHash } = createManagedResourceRenderer()({ plan, namespace });
    assert.equal(renderer({ plan, namespace }).contentHash, contentHash);
  }
});

test('matches accepts any compression of the same content and nothing else', () => {
  const resource = rendered(config, crds);
  const texts = plainTexts(resource);
  const stored = (change: Readonly<Record<string, string | undefined>>, quality = 11): KubeObject => ({
    ...resource.secret(),
    data: Object.fromEntries(
      Object.entries({ ...texts, ...change }).flatMap(([key, text]) =>
        text === undefined ? [] : [[key, brotli(text, quality)]],
      ),
    ),
  });
  for (const quality of [0, 1, 5, 11]) assert.ok(resource.matches(stored({}, quality)), `quality ${quality}`);
  assert.ok(resource.matches(resource.secret()));
  assert.equal(resource.matches(stored({ 'config.yaml.br': `${texts['config.yaml.br']}\n` })), false);
  assert.equal(resource.matches(stored({ 'crds.yaml.br': undefined })), false);
  assert.equal(resource.matches(stored({ 'more.yaml.br': 'x' })), false);
  assert.equal(resource.matches(stored({ 'crds.yaml.br': undefined, 'crds.yaml': texts['crds.yaml.br'] })), false);
});

test('matches is false for an unreadable Secret', () => {
  const resource = rendered(config);
  const [key] = Object.keys(plainTexts(resource));
  for (const data of [
    undefined,
    null,
    [],
    'x',
    {},
    { [key ?? '']: 7 },
    { [key ?? '']: 'bm8gYnJvdGxp' },
    { [key ?? '']: '' },
  ])
    assert.equal(resource.matches({ ...resource.secret(), data }), false, JSON.stringify(data));
});

test('matches gives the same result before and after compression', () => {
  const stored = rendered(config, crds).secret();
  assert.ok(rendered(config, crds).matches(stored));
  assert.equal(rendered(config).matches(stored), false);
});

test('a part with the same list of objects in two plans is compressed once, and the plans remain independent', () => {
  const render = createManagedResourceRenderer();
  const first = render({ plan: planWith(config, crds), namespace }).secret();
  const second = render({ plan: planWith(part('config.yaml', [configMap('z')]), crds), namespace: 'shoot--core--bar' });
  const [a, b] = [readData(first), readData(second.secret())];
  assert.equal(a['crds.yaml.br'], b['crds.yaml.br']);
  assert.notEqual(a['config.yaml.br'], b['config.yaml.br']);
  assert.equal(second.managedResource.metadata.namespace, 'shoot--core--bar');
});

test('the default calico plan fits into 20 kB on the wire', () => {
  const text = readFileSync(new URL('../../charts/images.yaml', import.meta.url), 'utf8');
  const { images } = parseImageVector(load(text));
  const result = planNetwork(
    calico,
    {
      network: {
        apiVersion: 'extensions.gardener.cloud/v1alpha1',
        kind: 'Network',
        metadata: { name: 'foo', namespace },
        spec: { type: 'calico', podCIDR: '100.64.0.0/12', serviceCIDR: '100.104.0.0/13', ipFamilies: ['IPv4'] },
      },
      cluster: { spec: { shoot: { metadata: { name: 'foo' }, spec: { kubernetes: { version: '1.34.3' } } } } },
      featureGates: {},
      currentObjects: { available: true, value: [] },
      shoot: { available: true, value: [] },
    },
    { charts: createCharts(chartSource), sha256, image: (name) => findImage({ images, name }) },
  );
  assert.equal(result.outcome, 'planned', JSON.stringify(result.diagnostics));
  if (result.outcome !== 'planned') return;
  const resource = createManagedResourceRenderer()({ plan: result.plan.managedResource, namespace });
  const secret = resource.secret();
  assert.ok(readManifests([secret]).length > 40);
  const size = JSON.stringify(secret).length;
  assert.ok(size < 20_000, `${size} bytes`);
});

const name = fc.stringMatching(/^[a-z]{1,5}$/);
const anyText = fc.string({
  unit: fc.oneof(fc.nat(0xd7ff), fc.constantFrom(0x2028, 0x85, 0x1f984)).map((code) => String.fromCodePoint(code)),
  maxLength: 20,
});
const objects = fc.array(
  fc.tuple(name, fc.dictionary(anyText, anyText, { maxKeys: 3 })).map(([id, data]) => configMap(id, { ...data })),
  { maxLength: 4 },
);
const parts = fc.uniqueArray(fc.tuple(name, objects), { selector: ([key]) => key, maxLength: 4 });

test('property: readManifests restores the rendered objects for any strings in them', () => {
  fc.assert(
    fc.property(parts, (given) => {
      const manifests = given.map(([key, list]) => part(key, list));
      const sorted = [...manifests].sort((a, b) => (`${a.key}.br` < `${b.key}.br` ? -1 : 1));
      assert.deepEqual(
        readManifests([rendered(...manifests).secret()]),
        sorted.flatMap((one) => one.objects.map(({ object }) => object)),
      );
    }),
  );
});

test('property: equal plans have equal names, regardless of the order of parts and members', () => {
  fc.assert(
    fc.property(parts, fc.boolean(), (given, reversed) => {
      const again = reversed ? [...given].reverse() : given;
      const [one, two] = [given, again.map(([key, list]) => [key, list.map(reversedKeys)] as const)].map((plan) =>
        rendered(...plan.map(([key, list]) => part(key, list))),
      );
      assert.equal(one?.secretName, two?.secretName);
      assert.deepEqual(one?.managedResource, two?.managedResource);
    }),
  );
});

test('property: other objects, or another order of objects, yield another name', () => {
  fc.assert(
    fc.property(objects, objects, (one, other) => {
      const same = JSON.stringify(one.map(sorted)) === JSON.stringify(other.map(sorted));
      const names = [one, other].map((list) => rendered(part('config.yaml', list)).secretName);
      assert.equal(names[0] === names[1], same);
    }),
  );
});

function brotli(text: string, quality: number): string {
  return brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } }).toString('base64');
}

function readData(secret: KubeObject): Readonly<Record<string, unknown>> {
  return recordOf(secret['data']);
}

function plainTexts(resource: RenderedManagedResource): Readonly<Record<string, string>> {
  const entries = Object.entries(readData(resource.secret()));
  return Object.fromEntries(
    entries.map(([key, value]) => [key, brotliDecompressSync(Buffer.from(String(value), 'base64')).toString('utf8')]),
  );
}

/** Returns the object with its members in reverse order. */
function reversedKeys(object: KubeObject): KubeObject {
  return Object.fromEntries(Object.entries(object).reverse()) as unknown as KubeObject;
}

function sorted(object: KubeObject): unknown {
  const data = recordOf(object['data']);
  return [object.metadata.name, Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1))];
}
