/** Files of the charts are consistent with each other and with the program. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { load } from 'js-yaml';
import manifest from '../../../package.json' with { type: 'json' };
import { isRecord, type KubeObject } from '../../../pkg/gardener/objects.ts';
import { allFeatureGates } from '../../../pkg/network/feature-gates.ts';
import { plugins } from '../../../pkg/plugins/index.ts';
import { charts, render, renderedObjects, skip } from './charts.ts';

const root = path.join(import.meta.dirname, '../../..');
const text = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const yaml = (file: string): unknown => load(text(file));

for (const { folder } of Object.values(charts)) {
  test(`${folder} has the version of the project`, () => {
    const chart = yaml(`${folder}/Chart.yaml`) as Readonly<Record<string, unknown>>;
    assert.deepEqual([chart['version'], chart['appVersion']], [manifest.version, `v${manifest.version}`]);
    for (const one of (chart['dependencies'] ?? []) as readonly { readonly version: string }[])
      assert.equal(one.version, manifest.version);
  });

  test(`${folder}: each value with a default is in the schema`, () => {
    const schema: unknown = JSON.parse(text(`${folder}/values.schema.json`));
    assert.deepEqual(unknownValues(yaml(`${folder}/values.yaml`), { schema, root: schema }), []);
  });
}

test('both parts of the admission have the same values for the garden', () => {
  const [runtime, application] = [charts.runtime, charts.application].map(({ folder }) =>
    text(`${folder}/templates/_garden.tpl`),
  );
  assert.equal(runtime, application);
});

test('the application part accepts the values of the runtime part, since gardener-operator passes the same ones to both', () => {
  const [runtime, application] = [charts.runtime, charts.application].map(({ folder }): unknown =>
    JSON.parse(text(`${folder}/values.schema.json`)),
  );
  for (const at of [['properties'], ['properties', 'global', 'properties']])
    assert.deepEqual(Object.keys(member(application, ...at)).sort(), Object.keys(member(runtime, ...at)).sort());
});

test('the schema has each feature gate', () => {
  const schema: unknown = JSON.parse(text(`${charts.controller.folder}/values.schema.json`));
  const gates = member(schema, 'properties', 'config', 'properties', 'featureGates', 'properties');
  assert.deepEqual(Object.keys(gates).sort(), Object.keys(allFeatureGates(plugins)).sort());
});

test('cluster-wide objects of two releases with one type each have different names', {
  skip,
}, () => {
  const installations = [
    { values: { types: ['calico'] }, namespace: 'extension-a' },
    { values: { types: ['cilium'] }, namespace: 'extension-b' },
    { values: { types: ['cilium'] }, namespace: 'extension-c' },
  ].flatMap((input) => renderedObjects(render('controller', { ...input, release: 'networking' })));
  const names = installations
    .filter(({ metadata }) => metadata.namespace === undefined)
    .map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  assert.ok(names.length > 5);
  assert.deepEqual(names, [...new Set(names)]);
});

test('the Service of the webhook has the name and port in the webhook configurations of shoots', { skip }, () => {
  for (const types of [['calico', 'cilium'], ['cilium', 'calico'], ['cilium']]) {
    const objects = renderedObjects(render('controller', { values: { types }, namespace: 'ext' }));
    const service = objects.find(({ kind }) => kind === 'Service') ?? assert.fail('no Service');
    assert.equal(`${service.metadata.name}.${service.metadata.namespace}`, 'gardener-extension-networking-cilium.ext');
    const ports = member(service, 'spec')['ports'] as readonly { readonly port: number; readonly targetPort: number }[];
    assert.equal(ports.find(({ port }) => port === 443)?.targetPort, 10250);
  }
});

test('the pod template changes if and only if a mounted file changes', { skip }, () => {
  const annotations = (values: unknown): unknown =>
    member(findDeployment(renderedObjects(render('controller', { values }))), 'spec', 'template', 'metadata')[
      'annotations'
    ];
  const base = annotations({});
  assert.deepEqual(annotations({ replicaCount: 2, ignoreResources: true }), base);
  assert.notDeepEqual(annotations({ config: { clientConnection: { qps: 50 } } }), base);
  const [one, other] = ['a', 'b'].map((tag) => annotations({ imageVectorOverwrite: `images:\n- name: ${tag}\n` }));
  assert.notDeepEqual(one, other);
});

test('alerts and dashboards of the extension are rendered on request', { skip }, () => {
  const both = { prometheusRule: { enabled: true }, dashboards: { enabled: true } };
  const [none, all] = [{}, both].map((monitoring) => renderedObjects(render('controller', { values: { monitoring } })));
  const added = all?.filter(({ metadata }) => !none?.some((one) => one.metadata.name === metadata.name)) ?? [];
  assert.deepEqual(
    added.map(({ kind, metadata }) => [kind, metadata.name, metadata.labels]),
    [
      [
        'ConfigMap',
        'gardener-extension-networking-dashboards',
        { ...labels, 'dashboard.monitoring.gardener.cloud/seed': 'true' },
      ],
      ['PrometheusRule', 'gardener-extension-networking-rules', { ...labels, prometheus: 'seed' }],
    ],
  );
  const folder = `${charts.controller.folder}/monitoring`;
  assert.deepEqual(added[0]?.['data'], { 'dashboard.json': text(`${folder}/dashboard.json`) });
  assert.deepEqual(added[1]?.['spec'], yaml(`${folder}/rules.yaml`));
});

test('alerts of the admission are rendered on request, with labels and network policies for the Prometheus of the garden', {
  skip,
}, () => {
  const both = { serviceMonitor: { enabled: true }, prometheusRule: { enabled: true } };
  const [none, all] = [{}, both].map((monitoring) => renderedObjects(render('runtime', { values: { monitoring } })));
  const added = all?.filter(({ kind }) => !none?.some((one) => one.kind === kind)) ?? [];
  const name = 'gardener-extension-admission-networking';
  const own = { ...labels, 'app.kubernetes.io/name': name };
  assert.deepEqual(
    added.map(({ kind, metadata }) => [kind, metadata.name, metadata.labels]),
    [
      ['PrometheusRule', `${name}-rules`, { ...own, prometheus: 'garden' }],
      ['ServiceMonitor', name, { ...own, prometheus: 'garden' }],
    ],
  );
  assert.deepEqual(added[0]?.['spec'], yaml(`${charts.runtime.folder}/monitoring/rules.yaml`));
  assert.deepEqual(added[1]?.['spec'], { selector: { matchLabels: own }, endpoints: [{ port: 'metrics' }] });
  const services = [none, all].map((objects) => objects?.find(({ kind }) => kind === 'Service'));
  assert.deepEqual(services[1]?.metadata.labels, own);
  const ports = services.map((service) => member(service, 'spec')['ports']);
  const webhook = { name: 'webhook', port: 443, protocol: 'TCP', targetPort: 10_250 };
  const metrics = { name: 'metrics', port: 8080, protocol: 'TCP', targetPort: 8080 };
  assert.deepEqual(ports, [[webhook], [webhook, metrics]]);
  const inGarden = renderedObjects(render('runtime', { values: { monitoring: both }, namespace: 'garden' }));
  const prefix = 'networking.resources.gardener.cloud/';
  const policies = [...services, inGarden.find(({ kind }) => kind === 'Service')].map((service) =>
    Object.fromEntries(
      Object.entries(service?.metadata.annotations ?? {})
        .filter(([key]) => !key.includes('webhook-targets'))
        .map(([key, value]) => [key.replace(prefix, ''), value]),
    ),
  );
  const metricsAllowed = { 'from-all-garden-scrape-targets-allowed-ports': '[{"port":8080,"protocol":"TCP"}]' };
  const fromElsewhere = {
    'namespace-selectors': '[{"matchLabels":{"kubernetes.io/metadata.name":"garden"}}]',
    'pod-label-selector-namespace-alias': 'extensions',
  };
  assert.deepEqual(policies, [{}, { ...metricsAllowed, ...fromElsewhere }, metricsAllowed]);
});

test("the parser for calico-node's log reads its lines", { skip }, () => {
  const parser = renderedObjects(render('controller', { values: {} })).find(({ kind }) => kind === 'ClusterParser');
  const pattern = new RegExp(String(member(parser, 'spec', 'regex')['regex']), 'u');
  const fields = (line: string): unknown => ({ ...pattern.exec(line)?.groups });
  assert.deepEqual(
    fields('2026-01-02 03:04:05.678 [INFO][46] felix/int_dataplane.go 1836: Received interface update'),
    {
      time: '2026-01-02 03:04:05.678',
      severity: 'INFO',
      pid: '46',
      source: 'felix/int_dataplane.go 1836',
      log: 'Received interface update',
    },
  );
  assert.deepEqual(fields('2026-01-02 03:04:05.678 [WARNING][9] startup/startup.go: Unset: FELIX_X'), {
    time: '2026-01-02 03:04:05.678',
    severity: 'WARNING',
    pid: '9',
    source: 'startup/startup.go',
    log: 'Unset: FELIX_X',
  });
  assert.deepEqual(fields('bird: Graceful restart done'), {});
});

const labels = {
  'app.kubernetes.io/name': 'gardener-extension-networking',
  'app.kubernetes.io/instance': 'networking',
};

function findDeployment(objects: readonly KubeObject[]): KubeObject {
  return objects.find(({ kind }) => kind === 'Deployment') ?? assert.fail('no Deployment');
}

function member(value: unknown, ...names: readonly string[]): Readonly<Record<string, unknown>> {
  const found = names.reduce((outer: unknown, name) => (isRecord(outer) ? outer[name] : undefined), value);
  return isRecord(found) ? found : assert.fail(`no ${names.join('.')}`);
}

interface SchemaInput {
  readonly schema: unknown;
  readonly root: unknown;
}

/** Paths of values that no property of the schema describes. Maps whose keys are the user's own count as described. */
function unknownValues(value: unknown, { schema, root: whole }: SchemaInput, at = ''): readonly string[] {
  if (!isRecord(value)) return [];
  const resolved = resolve(schema, whole);
  const { properties, additionalProperties } = resolved;
  return Object.entries(value).flatMap(([name, inner]) => {
    const here = `${at}/${name}`;
    const property = isRecord(properties) ? properties[name] : undefined;
    if (property === undefined) return isRecord(additionalProperties) ? [] : [here];
    return unknownValues(inner, { schema: property, root: whole }, here);
  });
}

function resolve(schema: unknown, whole: unknown): Readonly<Record<string, unknown>> {
  if (!isRecord(schema)) return {};
  const { $ref, allOf } = schema;
  if (Array.isArray(allOf)) return resolve(allOf[0], whole);
  return typeof $ref === 'string' ? member(whole, ...$ref.split('/').slice(1)) : schema;
}
