import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import * as fc from 'fast-check';
import { cases } from '../../test/support/cases.ts';
import type { KubeObject } from '../gardener/objects.ts';
import { analyseTemplate, precompileTemplate } from './analyse.ts';
import { type ChartSource, type Charts, createCharts } from './charts.ts';

function chartsFrom(templates: Readonly<Record<string, string>>, crds: ChartSource['crds'] = {}): Charts {
  return createCharts(sourceFrom(templates, crds));
}

function sourceFrom(templates: Readonly<Record<string, string>>, crds: ChartSource['crds'] = {}): ChartSource {
  const compiled = Object.entries(templates).map(([name, text]) => {
    const spec = runInNewContext(`(${precompileTemplate(text)})`) as TemplateSpecification;
    return [name, { spec, uses: analyseTemplate(name, text).uses }] as const;
  });
  return { templates: Object.fromEntries(compiled), scripts: { 'x/run.sh': 'true\n' }, crds };
}

const configMap = 'x/configmap-a.yaml';
const template = `apiVersion: v1
kind: ConfigMap
metadata:
  name: a
  namespace: kube-system
data:
  text: {{q text}}
{{#if wanted}}
  run: {{script "x/run.sh"}}
{{/if}}
`;

test('renders a template with a view to an object and its canonical text', () => {
  const rendered = chartsFrom({ [configMap]: template }).render(configMap, { text: 'é: "1"', wanted: true });
  assert.deepEqual(rendered.object, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', namespace: 'kube-system' },
    data: { text: 'é: "1"', run: 'true\n' },
  });
  assert.equal(
    rendered.json,
    '{"apiVersion":"v1","data":{"run":"true\\n","text":"\\u00e9: \\"1\\""},"kind":"ConfigMap","metadata":{"name":"a","namespace":"kube-system"}}',
  );
});

test('a second text of the same skeleton yields its own values, and the checks of a first one', () => {
  const named = 'x/configmap-b.yaml';
  const text = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{q name}}\n  namespace: {{q namespace}}\n';
  const charts = chartsFrom({ [configMap]: template, [named]: text });
  const shown = (value: string): unknown => charts.render(configMap, { text: value, wanted: false }).object['data'];
  assert.deepEqual(
    [shown('a'), shown('"b"\n@@0@@'), shown('c')],
    [{ text: 'a' }, { text: '"b"\n@@0@@' }, { text: 'c' }],
  );
  assert.equal(charts.render(named, { name: 'b', namespace: 'kube-system' }).object.metadata.name, 'b');
  assert.throws(() => charts.render(named, { name: 'c', namespace: 'kube-system' }), /rendered ConfigMap c/);
  assert.throws(() => charts.render(named, { name: 'b', namespace: 'default' }), /rendered into namespace "default"/);
});

test('maps colons in names to underscores in file names', () => {
  const name = 'x/clusterrole-system_a_b.yaml';
  const charts = chartsFrom({ [name]: 'apiVersion: v1\nkind: ClusterRole\nmetadata:\n  name: "system:a:b"\n' });
  assert.equal(charts.render(name, {}).object.metadata.name, 'system:a:b');
});

test('returns the identical object for equal used members, whatever the other members are', () => {
  const charts = chartsFrom({ [configMap]: template });
  const one = charts.render(configMap, { text: 'a', wanted: false, other: 1 });
  assert.equal(charts.render(configMap, { wanted: false, text: 'a' }), one);
  assert.notEqual(charts.render(configMap, { text: 'b', wanted: false }), one);
});

test('reports cache hits to onRender', () => {
  const outcomes: string[] = [];
  const charts = createCharts(sourceFrom({ [configMap]: template }), (cache) => outcomes.push(cache));
  for (const text of ['a', 'a', 'b', 'a']) charts.render(configMap, { text, wanted: false });
  assert.deepEqual(outcomes, ['miss', 'hit', 'miss', 'hit']);
});

test('caches eight million characters of renderings and evicts the least recently used one', () => {
  const charts = chartsFrom({ [configMap]: template });
  const million = 'x'.repeat(1024 * 1024);
  // The key and two texts: three million characters each.
  const render = (text: string): unknown => charts.render(configMap, { text: `${text}${million}`, wanted: false });
  const [first, second] = [render('0'), render('1')];
  assert.equal(render('0'), first);
  const third = render('2');
  assert.equal(render('0'), first);
  assert.equal(render('2'), third);
  assert.notEqual(render('1'), second);
});

test('two instances share no cache', () => {
  const view = { text: 'a', wanted: false };
  assert.notEqual(
    chartsFrom({ [configMap]: template }).render(configMap, view),
    chartsFrom({ [configMap]: template }).render(configMap, view),
  );
});

const head = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: kube-system\n';
const no = 'template x/configmap-a.yaml rendered no object: ';
const noObject = `${no}a manifest must be an object with apiVersion, kind and metadata.name`;

/** A template and the start of its message, without the position that js-yaml appends. */
const rejected: Readonly<Record<string, readonly [text: string, message: string]>> = {
  'another kind': [head.replace('ConfigMap', 'Secret'), 'template x/configmap-a.yaml rendered Secret a'],
  'another name': [head.replace('name: a', 'name: b'), 'template x/configmap-a.yaml rendered ConfigMap b'],
  'a name that only ends like the file name': [
    head.replace('name: a', 'name: configmap-a'),
    'template x/configmap-a.yaml rendered ConfigMap configmap-a',
  ],
  'another namespace': [
    head.replace('kube-system', 'default'),
    'template x/configmap-a.yaml rendered into namespace "default"',
  ],
  'an empty namespace': [head.replace('kube-system', '""'), 'template x/configmap-a.yaml rendered into namespace ""'],
  'two documents': [`${head}---\n${head}`, `${no}expected a single document in the stream, but found more`],
  'two documents, the second empty': [`${head}---\n`, `${no}expected a single document in the stream, but found more`],
  'a duplicate key': [`${head}data:\n  a: "1"\n  a: "2"\n`, `${no}duplicated mapping key`],
  'a duplicate key at the top': [`${head}kind: Secret\n`, `${no}duplicated mapping key`],
  'an alias': [`${head}data: &a\n  a: "1"\nmore: *a\n`, `${no}aliases exceeded maxAliases (0)`],
  'broken YAML': [`${head}data: {\n`, no],
  'an empty document': ['', no],
  'a list': [`- ${head.replaceAll('\n', '\n  ')}`.trimEnd(), noObject],
  'no kind': ['apiVersion: v1\nmetadata:\n  name: a\n', noObject],
  'a name that is a number': [head.replace('name: a', 'name: 1'), noObject],
};

cases('rejects a template that renders anything but the object of its file name', rejected, ([text, message]) => {
  const charts = chartsFrom({ [configMap]: text });
  assert.throws(() => charts.render(configMap, {}), startsWith(message));
});

test('renders into a namespace of which the same folder has a template', () => {
  const text = head.replace('kube-system', 'own');
  const namespace = 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: own\n';
  const render = (file: string) => chartsFrom({ [configMap]: text, [file]: namespace }).render(configMap, {});
  assert.equal((render('x/namespace-own.yaml').object as KubeObject).metadata.namespace, 'own');
  assert.throws(() => render('y/namespace-own.yaml'), /rendered into namespace "own"/);
});

cases(
  'rejects',
  {
    'a missing template': ['x/configmap-b.yaml', {}, 'template x/configmap-b.yaml does not exist'],
    'a missing member': [configMap, { wanted: false }, `${no}a template expects a string, got undefined`],
    'a member of another type': [configMap, { text: 1, wanted: false }, `${no}a template expects a string, got number`],
    'a condition that is not a boolean': [
      configMap,
      { text: '', wanted: 'no' },
      `${no}a template expects a boolean, got string`,
    ],
  } satisfies Record<string, readonly [string, Readonly<Record<string, unknown>>, string]>,
  ([name, view, message]) => {
    const charts = chartsFrom({ [configMap]: template });
    assert.throws(() => charts.render(name, view), startsWith(message));
  },
);

function startsWith(message: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof Error);
    assert.equal(error.message.slice(0, message.length), message);
    return true;
  };
}

test('does not cache failures', () => {
  const charts = chartsFrom({ [configMap]: template });
  assert.throws(() => charts.render(configMap, { text: 1, wanted: false }));
  assert.equal(charts.render(configMap, { text: '1', wanted: false }).object.metadata.name, 'a');
});

test('inherited properties are not members of the view', () => {
  const charts = chartsFrom({ [configMap]: template.replace('text}}', 'constructor.name}}') });
  assert.throws(() => charts.render(configMap, { wanted: false }), startsWith(no));
});

test('property: no string adds a key or an object', () => {
  const charts = chartsFrom({ [configMap]: template });
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      fc.pre(text.isWellFormed() && !text.includes('\0'));
      const { object } = charts.render(configMap, { text, wanted: false });
      assert.deepEqual(object['data'], { text });
      assert.deepEqual(Object.keys(object), ['apiVersion', 'kind', 'metadata', 'data']);
    }),
  );
});

function crd(name: string): Readonly<Record<string, unknown>> {
  return { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name } };
}

test('returns the CRDs of a folder ordered by name, and expands them once', () => {
  const charts = chartsFrom(
    {},
    { 'x/crds/b.io': crd('b.io'), 'x/crds/a.io': crd('a.io'), 'x/crds-2/c.io': crd('c.io') },
  );
  const found = charts.crds('x/crds');
  assert.deepEqual(
    found.map(({ object }) => object.metadata.name),
    ['a.io', 'b.io'],
  );
  assert.equal(charts.crds('x/crds'), found);
  assert.deepEqual(charts.crds('y'), []);
});
