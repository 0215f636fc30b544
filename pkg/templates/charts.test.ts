import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import * as fc from 'fast-check';
import { cases } from '../../test/support/cases.ts';
import { analyseTemplate, precompileTemplate } from './analyse.ts';
import { type ChartSource, type Charts, createCharts } from './charts.ts';

function chartsOf(templates: Readonly<Record<string, string>>, crds: ChartSource['crds'] = {}): Charts {
  return createCharts(sourceOf(templates, crds));
}

function sourceOf(templates: Readonly<Record<string, string>>, crds: ChartSource['crds'] = {}): ChartSource {
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

test('a template and a view give an object and its canonical text', () => {
  const rendered = chartsOf({ [configMap]: template }).render(configMap, { text: 'é: "1"', wanted: true });
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

test('colons in names are underscores in file names', () => {
  const name = 'x/clusterrole-system_a_b.yaml';
  const charts = chartsOf({ [name]: 'apiVersion: v1\nkind: ClusterRole\nmetadata:\n  name: "system:a:b"\n' });
  assert.equal(charts.render(name, {}).object.metadata.name, 'system:a:b');
});

test('equal views give the identical object, whatever else is in them', () => {
  const charts = chartsOf({ [configMap]: template });
  const one = charts.render(configMap, { text: 'a', wanted: false, other: 1 });
  assert.equal(charts.render(configMap, { wanted: false, text: 'a' }), one);
  assert.notEqual(charts.render(configMap, { text: 'b', wanted: false }), one);
});

test('who wants to know is told which renderings the memo had', () => {
  const told: string[] = [];
  const charts = createCharts(sourceOf({ [configMap]: template }), (from) => told.push(from));
  for (const text of ['a', 'a', 'b', 'a']) charts.render(configMap, { text, wanted: false });
  assert.deepEqual(told, ['miss', 'hit', 'miss', 'hit']);
});

test('eight million characters of renderings are kept, the one used longest ago goes first', () => {
  const charts = chartsOf({ [configMap]: template });
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

test('two sets of charts share nothing', () => {
  const view = { text: 'a', wanted: false };
  assert.notEqual(
    chartsOf({ [configMap]: template }).render(configMap, view),
    chartsOf({ [configMap]: template }).render(configMap, view),
  );
});

const head = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: kube-system\n';
const no = 'template x/configmap-a.yaml rendered no object: ';
const noObject = `${no}a manifest must be an object with apiVersion, kind and metadata.name`;

/** The template's text, and how the message starts: what js-yaml adds about lines is its own. */
const refused: Readonly<Record<string, readonly [text: string, message: string]>> = {
  'another kind': [head.replace('ConfigMap', 'Secret'), 'template x/configmap-a.yaml rendered Secret a'],
  'another name': [head.replace('name: a', 'name: b'), 'template x/configmap-a.yaml rendered ConfigMap b'],
  'a name that only ends alike': [
    head.replace('name: a', 'name: configmap-a'),
    'template x/configmap-a.yaml rendered ConfigMap configmap-a',
  ],
  'another namespace': [
    head.replace('kube-system', 'default'),
    'template x/configmap-a.yaml rendered into namespace "default"',
  ],
  'a namespace that is empty': [
    head.replace('kube-system', '""'),
    'template x/configmap-a.yaml rendered into namespace ""',
  ],
  'two documents': [`${head}---\n${head}`, `${no}expected a single document in the stream, but found more`],
  'two documents, the second empty': [`${head}---\n`, `${no}expected a single document in the stream, but found more`],
  'a key twice': [`${head}data:\n  a: "1"\n  a: "2"\n`, `${no}duplicated mapping key`],
  'a key twice at the top': [`${head}kind: Secret\n`, `${no}duplicated mapping key`],
  'an alias': [`${head}data: &a\n  a: "1"\nmore: *a\n`, `${no}aliases exceeded maxAliases (0)`],
  'broken YAML': [`${head}data: {\n`, no],
  nothing: ['', no],
  'a list': [`- ${head.replaceAll('\n', '\n  ')}`.trimEnd(), noObject],
  'no kind': ['apiVersion: v1\nmetadata:\n  name: a\n', noObject],
  'a name that is a number': [head.replace('name: a', 'name: 1'), noObject],
};

cases(
  Object.fromEntries(Object.entries(refused).map(([name, row]) => [`refused: ${name}`, row])),
  ([text, message]) => {
    const charts = chartsOf({ [configMap]: text });
    assert.throws(() => charts.render(configMap, {}), startsWith(message));
  },
);

cases(
  {
    'a template that is not there': ['x/configmap-b.yaml', {}, 'there is no template x/configmap-b.yaml'],
    'a member that is missing': [configMap, { wanted: false }, `${no}a template expects a string, got undefined`],
    'a member of another type': [configMap, { text: 1, wanted: false }, `${no}a template expects a string, got number`],
    'a condition that is no boolean': [
      configMap,
      { text: '', wanted: 'no' },
      `${no}a template expects a boolean, got string`,
    ],
  } satisfies Record<string, readonly [string, Readonly<Record<string, unknown>>, string]>,
  ([name, view, message]) => {
    const charts = chartsOf({ [configMap]: template });
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

test('a failure is not kept', () => {
  const charts = chartsOf({ [configMap]: template });
  assert.throws(() => charts.render(configMap, { text: 1, wanted: false }));
  assert.equal(charts.render(configMap, { text: '1', wanted: false }).object.metadata.name, 'a');
});

test('what every object inherits is no member of the view', () => {
  const charts = chartsOf({ [configMap]: template.replace('text}}', 'constructor.name}}') });
  assert.throws(() => charts.render(configMap, { wanted: false }), startsWith(no));
});

test('no text adds a key or an object', () => {
  const charts = chartsOf({ [configMap]: template });
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

test('definitions come by folder, in the order of their names, and once', () => {
  const charts = chartsOf({}, { 'x/crds/b.io': crd('b.io'), 'x/crds/a.io': crd('a.io'), 'x/crds-2/c.io': crd('c.io') });
  const found = charts.crds('x/crds');
  assert.deepEqual(
    found.map(({ object }) => object.metadata.name),
    ['a.io', 'b.io'],
  );
  assert.equal(charts.crds('x/crds'), found);
  assert.deepEqual(charts.crds('y'), []);
});
