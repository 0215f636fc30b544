/** Tests that the registrations in example/ contain the current chart and refer to existing files. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { load, loadAll } from 'js-yaml';
import { renderChart } from '../../test/support/helm.ts';
import { charts, helm, manifest, render, renderedObjects, skip } from '../../test/unit/helm/charts.ts';
import { packageChart } from '../charts/chart-package.ts';

const root = path.join(import.meta.dirname, '../..');
const folder = mkdtempSync(path.join(tmpdir(), 'netext-registration-'));
after(() => rmSync(folder, { recursive: true, force: true }));

interface Deployment {
  readonly metadata: { readonly name: string };
  readonly helm: { readonly rawChart: string; readonly values: { readonly types: readonly string[] } };
}

interface Registration {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly resources: readonly { readonly kind: string; readonly type: string }[];
    readonly deployment: { readonly deploymentRefs: readonly { readonly name: string }[] };
  };
}

const registrations: Readonly<Record<string, { readonly name: string; readonly types: readonly string[] }>> = {
  'controller-registration.yaml': { name: 'networking', types: ['calico', 'cilium'] },
  // The names of the registrations of the Go extensions, which these replace.
  'controller-registration-calico.yaml': { name: 'networking-calico', types: ['calico'] },
  'controller-registration-cilium.yaml': { name: 'networking-cilium', types: ['cilium'] },
};

for (const [file, { name, types }] of Object.entries(registrations)) {
  const [deployment, registration] = loadAll(readFileSync(path.join(root, 'example', file), 'utf8')) as [
    Deployment,
    Registration,
  ];

  test(`${file} registers ${types.join(' and ')}`, () => {
    assert.deepEqual([deployment.metadata.name, registration.metadata.name], [name, name]);
    assert.deepEqual(registration.spec.deployment.deploymentRefs, [{ name }]);
    assert.deepEqual(
      registration.spec.resources,
      types.map((type) => ({ kind: 'Network', type })),
    );
    assert.deepEqual(deployment.helm.values.types, types);
  });

  test(`the chart in ${file} renders like the folder of the chart`, { skip }, () => {
    const chart = path.join(folder, `${name}.tgz`);
    writeFileSync(chart, Buffer.from(deployment.helm.rawChart, 'base64'));
    const input = { release: name, namespace: `extension-${name}-x1y2z`, values: deployment.helm.values };
    const packed = renderedObjects(renderChart({ helm, chart, kubeVersion: '1.34.2', ...input }));
    assert.equal(manifest(packed), manifest(renderedObjects(render('controller', input))));
  });
}

test('the Extension of gardener-operator refers to existing charts', () => {
  const text = readFileSync(path.join(root, 'example/extension.yaml'), 'utf8');
  const pulled = Array.from(text.matchAll(/ref: .*\/([^/\n]+:[^/\n]+)$/gm), ([, ref]) => ref);
  const named = [charts.controller, charts.runtime, charts.application].map((one) => {
    const chart = load(readFileSync(path.join(root, one.folder, 'Chart.yaml'), 'utf8')) as Readonly<
      Record<string, string>
    >;
    return `${chart['name']}:${chart['version']}`;
  });
  assert.deepEqual(pulled, named);
  const extension = load(text) as { readonly spec: { readonly resources: unknown } };
  assert.deepEqual(extension.spec.resources, [
    { kind: 'Network', type: 'calico' },
    { kind: 'Network', type: 'cilium' },
  ]);
});

test('the packages of both parts of the admission render like their folders', { skip }, () => {
  for (const name of ['runtime', 'application', 'admission'] as const) {
    const { file, content } = packageChart(path.join(root, charts[name].folder));
    const chart = path.join(folder, file);
    writeFileSync(chart, content);
    const { folder: _, ...where } = charts[name];
    const packed = renderedObjects(renderChart({ helm, chart, kubeVersion: '1.34.2', ...where, values: {} }));
    assert.equal(manifest(packed), manifest(renderedObjects(render(name, { values: {} }))));
  }
});

test('a package contains the files that helm reads, and the given replacements', () => {
  const chart = path.join(folder, 'made');
  mkdirSync(path.join(chart, 'testdata/deep'), { recursive: true });
  writeFileSync(path.join(chart, 'Chart.yaml'), 'name: made\nversion: 1.2.3\n');
  for (const ignored of ['README.md', 'chart.test.ts', 'testdata/deep/case.yaml'])
    writeFileSync(path.join(chart, ignored), 'not packed\n');
  const { file, content } = packageChart(chart);
  assert.equal(file, 'made-1.2.3.tgz');
  assert.deepEqual(packageChart(chart).content, content);
  writeFileSync(path.join(chart, 'README.md'), 'still not packed\n');
  assert.deepEqual(packageChart(chart).content, content);
  const fresh = packageChart(chart, { 'A.yaml': 'a: 1\n' }).content;
  assert.notDeepEqual(fresh, content);
  writeFileSync(path.join(chart, 'A.yaml'), 'a: 1\n');
  assert.deepEqual(packageChart(chart).content, fresh);
  writeFileSync(path.join(chart, `${'x'.repeat(100)}.yaml`), '');
  assert.throws(() => packageChart(chart), /x\.yaml is too long for a tar/);
  writeFileSync(path.join(chart, 'Chart.yaml'), 'name: made\n');
  assert.throws(() => packageChart(chart), /made\/Chart\.yaml has no name or version/);
});
