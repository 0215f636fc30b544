import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { runInNewContext } from 'node:vm';
import { createCharts } from '../pkg/templates/charts.ts';
import { type ChartTexts, readCharts } from './read.ts';

/** Reads a project with only these files below charts/. */
function read(charts: Readonly<Record<string, string>>): ChartTexts {
  const root = mkdtempSync(path.join(tmpdir(), 'read-charts-'));
  try {
    writeFileSync(path.join(root, 'package.json'), '{ "version": "1.2.3" }');
    for (const [name, text] of Object.entries({ 'images.yaml': 'images: []\n', ...charts })) {
      const file = path.join(root, 'charts', name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    return readCharts(pathToFileURL(`${root}/`));
  } finally {
    rmSync(root, { recursive: true });
  }
}

const good = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  a: {{q text}}\n';

test('compiles a valid template, and returns its name without extension and the members that it uses', () => {
  const { templates } = read({ 'x/part/configmap-a.yaml.hbs': good });
  assert.deepEqual(Object.keys(templates), ['x/part/configmap-a.yaml']);
  const compiled = templates['x/part/configmap-a.yaml'];
  assert.ok(compiled !== undefined);
  assert.deepEqual(compiled.uses, ['text']);
  const spec = runInNewContext(`(${compiled.code})`) as TemplateSpecification;
  const charts = createCharts({
    templates: { 'x/part/configmap-a.yaml': { spec, uses: compiled.uses } },
    scripts: {},
    crds: {},
  });
  assert.deepEqual(charts.render('x/part/configmap-a.yaml', { text: 'b: "c"' }).object['data'], { a: 'b: "c"' });
});

test('rejects unquoted values, reporting all places in all templates', () => {
  const charts = {
    'x/configmap-a.yaml.hbs': good,
    'x/configmap-b.yaml.hbs': good.replace('{{q text}}', '{{text}}'),
    'y/configmap-c.yaml.hbs': `${good.replace('{{q text}}', '"{{q text}}"')}  b: {{{q more}}}\n`,
    'z/configmap-d.yaml.hbs': '{{#if a}}\n',
  };
  assert.throws(
    () => read(charts),
    (error) => {
      assert.ok(error instanceof Error);
      const [title, ...problems] = error.message.split('\n');
      assert.equal(title, 'unsafe templates:');
      assert.deepEqual(problems.slice(0, 3), [
        'x/configmap-b.yaml.hbs:6: {{text}} must be one of q, int, bool, json, script with one value',
        'y/configmap-c.yaml.hbs:6: {{q}} must be placed where YAML expects a whole value',
        'y/configmap-c.yaml.hbs:7: {{{ }}} is not allowed',
      ]);
      assert.match(problems[3] ?? '', /^z\/configmap-d\.yaml\.hbs: Parse error/);
      return true;
    },
  );
});

test('reads scripts, images and the version verbatim, and ignores other files', () => {
  const texts = read({
    'x/scripts/run.sh': '#!/bin/sh\ntrue\n',
    'x/scripts/run.test.ts': 'broken {{',
    'images.yaml': 'images:\n  - name: a\n',
  });
  assert.deepEqual(texts.scripts, { 'x/scripts/run.sh': '#!/bin/sh\ntrue\n' });
  assert.deepEqual(texts.images, { images: [{ name: 'a' }] });
  assert.equal(texts.version, '1.2.3');
  assert.deepEqual(texts.templates, {});
});

test('expands CRDs with the types of their folder', () => {
  const crd = 'crd: widgets.example.org\nkind: Widget\nscope: Cluster\nversion: v1\nfields:\n  part: Part\n';
  const { crds } = read({ 'x/crds/widgets.yaml': crd, 'x/crds/types.yaml': 'Part: { id: string }\n' });
  assert.deepEqual(Object.keys(crds), ['x/crds/widgets.example.org']);
});
