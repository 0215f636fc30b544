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
import { isRecord, type KubeObject } from '../gardener/objects.ts';
import { planNetwork } from '../network/plan.ts';
import type { ManagedResourcePlan, ManifestPart } from '../network/plugin.ts';
import { createCharts } from '../templates/charts.ts';
import { fromPlain } from '../templates/render.ts';
import { createBundler, type ManagedResourceBundle, sha256 } from './build.ts';
import { readManifests } from './read.ts';

const namespace = 'shoot--core--foo';

function configMap(name: string, data: Readonly<Record<string, string>> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'kube-system' }, data };
}

function part(key: string, objects: readonly KubeObject[]): ManifestPart {
  return { key, objects: objects.map(fromPlain) };
}

function planOf(...parts: readonly ManifestPart[]): ManagedResourcePlan {
  return { name: 'extension-networking-calico-config', origin: 'extension-networking-calico', parts };
}

function bundleOf(...parts: readonly ManifestPart[]): ManagedResourceBundle {
  return createBundler()({ plan: planOf(...parts), namespace });
}

/** SHA-256 by another way than the code's own helper. */
function hex(text: string): string {
  return createHash('sha256').update(Buffer.from(text, 'utf8')).digest().toString('hex');
}

const config = part('config.yaml', [configMap('a', { b: '1' }), configMap('é🦄')]);
const crds = part('crds.yaml', [configMap('c')]);

test('the ManagedResource and its Secret are those of docs/design/gardener.md#managedresource', () => {
  const bundle = bundleOf(config, crds);
  const { secretName } = bundle;
  assert.match(secretName, /^managedresource-extension-networking-calico-config-[0-9a-f]{8}$/);
  assert.deepEqual(bundle.managedResource, {
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
  const { data, ...secret } = bundle.secret();
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
  assert.deepEqual(Object.keys(isRecord(data) ? data : {}), ['config.yaml.br', 'crds.yaml.br']);
});

test('each key holds its documents as the resource manager splits them, in the order of the plan', () => {
  assert.deepEqual(plainTexts(bundleOf(config, crds)), {
    'config.yaml.br':
      '{"apiVersion":"v1","data":{"b":"1"},"kind":"ConfigMap","metadata":{"name":"a","namespace":"kube-system"}}\n' +
      '---\n' +
      `${config.objects[1]?.json}\n`,
    'crds.yaml.br':
      '{"apiVersion":"v1","data":{},"kind":"ConfigMap","metadata":{"name":"c","namespace":"kube-system"}}\n',
  });
});

test('the checksum is Gardener’s, over the plain texts in the order of their keys', () => {
  const bundle = bundleOf(crds, config);
  const texts = plainTexts(bundle);
  const expected = hex(`${hex(texts['config.yaml.br'] ?? '')}${hex(texts['crds.yaml.br'] ?? '')}`);
  assert.equal(bundle.contentHash, expected);
  assert.equal(bundle.secretName, `managedresource-extension-networking-calico-config-${expected.slice(0, 8)}`);
});

test('a known content has a known name, so that an update of ours rolls nothing by accident', () => {
  const { secretName } = bundleOf(part('config.yaml', [configMap('a')]));
  const text = '{"apiVersion":"v1","data":{},"kind":"ConfigMap","metadata":{"name":"a","namespace":"kube-system"}}\n';
  assert.equal(secretName, `managedresource-extension-networking-calico-config-${hex(hex(text)).slice(0, 8)}`);
});

test('parts without objects have no key, and do not count', () => {
  const bundle = bundleOf(config, part('empty.yaml', []));
  assert.equal(bundle.contentHash, bundleOf(config).contentHash);
  assert.deepEqual(Object.keys(plainTexts(bundle)), ['config.yaml.br']);
});

test('objects come back as they went in', () => {
  const objects = [...config.objects, ...crds.objects].map(({ object }) => object);
  assert.deepEqual(readManifests([bundleOf(config, crds).secret()]), objects);
});

test('a stored Secret is the same however it was compressed, and only then', () => {
  const bundle = bundleOf(config, crds);
  const texts = plainTexts(bundle);
  const stored = (change: Readonly<Record<string, string | undefined>>, quality = 11): KubeObject => ({
    ...bundle.secret(),
    data: Object.fromEntries(
      Object.entries({ ...texts, ...change }).flatMap(([key, text]) =>
        text === undefined ? [] : [[key, brotli(text, quality)]],
      ),
    ),
  });
  for (const quality of [0, 1, 5, 11]) assert.ok(bundle.isIn(stored({}, quality)), `quality ${quality}`);
  assert.ok(bundle.isIn(bundle.secret()));
  assert.equal(bundle.isIn(stored({ 'config.yaml.br': `${texts['config.yaml.br']}\n` })), false);
  assert.equal(bundle.isIn(stored({ 'crds.yaml.br': undefined })), false);
  assert.equal(bundle.isIn(stored({ 'more.yaml.br': 'x' })), false);
  assert.equal(bundle.isIn(stored({ 'crds.yaml.br': undefined, 'crds.yaml': texts['crds.yaml.br'] })), false);
});

test('a Secret that cannot be read holds nothing of ours', () => {
  const bundle = bundleOf(config);
  const [key] = Object.keys(plainTexts(bundle));
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
    assert.equal(bundle.isIn({ ...bundle.secret(), data }), false, JSON.stringify(data));
});

test('asking before compressing gives the same answer as after', () => {
  const stored = bundleOf(config, crds).secret();
  assert.ok(bundleOf(config, crds).isIn(stored));
  assert.equal(bundleOf(config).isIn(stored), false);
});

test('a part that is the same list of objects in two plans is compressed once, and plans stay apart', () => {
  const bundler = createBundler();
  const first = bundler({ plan: planOf(config, crds), namespace }).secret();
  const second = bundler({ plan: planOf(part('config.yaml', [configMap('z')]), crds), namespace: 'shoot--core--bar' });
  const [a, b] = [dataOf(first), dataOf(second.secret())];
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
      present: { known: true, value: [] },
      shoot: { known: true, value: [] },
    },
    { charts: createCharts(chartSource), sha256, image: (name) => findImage({ images, name }) },
  );
  assert.equal(result.outcome, 'planned', JSON.stringify(result.diagnostics));
  if (result.outcome !== 'planned') return;
  const bundle = createBundler()({ plan: result.plan.managedResource, namespace });
  const secret = bundle.secret();
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

test('property: objects come back as they went in, whatever their texts hold', () => {
  fc.assert(
    fc.property(parts, (given) => {
      const manifests = given.map(([key, list]) => part(key, list));
      const sorted = [...manifests].sort((a, b) => (`${a.key}.br` < `${b.key}.br` ? -1 : 1));
      assert.deepEqual(
        readManifests([bundleOf(...manifests).secret()]),
        sorted.flatMap((one) => one.objects.map(({ object }) => object)),
      );
    }),
  );
});

test('property: equal plans have equal names, in whatever order their parts and members are', () => {
  fc.assert(
    fc.property(parts, fc.boolean(), (given, reversed) => {
      const again = reversed ? [...given].reverse() : given;
      const [one, two] = [given, again.map(([key, list]) => [key, list.map(mirrored)] as const)].map((plan) =>
        bundleOf(...plan.map(([key, list]) => part(key, list))),
      );
      assert.equal(one?.secretName, two?.secretName);
      assert.deepEqual(one?.managedResource, two?.managedResource);
    }),
  );
});

test('property: another object, text or order of objects gives another name', () => {
  fc.assert(
    fc.property(objects, objects, (one, other) => {
      const same = JSON.stringify(one.map(sorted)) === JSON.stringify(other.map(sorted));
      const names = [one, other].map((list) => bundleOf(part('config.yaml', list)).secretName);
      assert.equal(names[0] === names[1], same);
    }),
  );
});

function brotli(text: string, quality: number): string {
  return brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } }).toString('base64');
}

function dataOf(secret: KubeObject): Readonly<Record<string, unknown>> {
  return isRecord(secret['data']) ? secret['data'] : {};
}

function plainTexts(bundle: ManagedResourceBundle): Readonly<Record<string, string>> {
  const entries = Object.entries(dataOf(bundle.secret()));
  return Object.fromEntries(
    entries.map(([key, value]) => [key, brotliDecompressSync(Buffer.from(String(value), 'base64')).toString('utf8')]),
  );
}

/** The same object with its members in reverse order. */
function mirrored(object: KubeObject): KubeObject {
  return Object.fromEntries(Object.entries(object).reverse()) as unknown as KubeObject;
}

function sorted(object: KubeObject): unknown {
  const data = isRecord(object['data']) ? object['data'] : {};
  return [object.metadata.name, Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1))];
}
