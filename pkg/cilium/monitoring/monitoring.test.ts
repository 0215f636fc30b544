import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { loadAll } from 'js-yaml';
import { describeObject, isRecord, type KubeObject } from '../../gardener/objects.ts';
import { ciliumDashboards } from './dashboards.ts';
import { ciliumKeepRegex } from './metrics.ts';
import { ciliumLegacyMonitoringNames, ciliumMonitoring, ciliumMonitoringNames } from './monitoring.ts';

const namespace = 'shoot--foo--bar';
const referenceCases = path.join(import.meta.dirname, '../../../../shared/reference/cilium/cases');

test('the ConfigMap holds the dashboards under the label by which Plutono finds them', () => {
  const [configMap] = ciliumMonitoring({ namespace });
  assert.deepEqual(configMap?.metadata.labels, { 'dashboard.monitoring.gardener.cloud/shoot': 'true' });
  assert.deepEqual(configMap?.['data'], ciliumDashboards());
});

test('deletion removes everything that was ever made, the ConfigMap of old versions, too', () => {
  const made = ciliumMonitoring({ namespace }).map(({ apiVersion, kind, metadata }) => ({
    apiVersion,
    kind,
    name: metadata.name,
  }));
  const legacy = { apiVersion: 'v1', kind: 'ConfigMap', name: 'cilium-monitoring-config' };
  const sorted = (names: readonly object[]): readonly string[] => names.map((one) => JSON.stringify(one)).sort();
  assert.deepEqual(sorted([...ciliumMonitoringNames, ...ciliumLegacyMonitoringNames]), sorted([...made, legacy]));
});

test('no metric is kept twice, and each could be one of Cilium', () => {
  for (const regex of Object.values(ciliumKeepRegex)) {
    const names = regex.slice('^('.length, -')$'.length).split('|');
    assert.deepEqual(names, [...new Set(names)]);
    for (const name of names) assert.match(name, /^(cilium|kvstore|hubble)_[a-z0-9_]+$/);
    assert.ok(!names.some((name) => name.includes('endf')));
  }
});

test('the objects are those of the Go extension, leaf by leaf, verdict 32 and texts of dashboards aside', (t) => {
  if (!existsSync(referenceCases)) {
    const message = 'SKIPPED: no recorded reference beside the project, monitoring objects are not compared with it';
    console.warn(message);
    t.skip(message);
    return;
  }
  const [folder] = readdirSync(referenceCases).filter((name) => name.startsWith('01-'));
  assert.ok(folder !== undefined);
  const kinds = ['ScrapeConfig', 'ConfigMap', 'PrometheusRule'];
  const recorded = loadAll(readFileSync(path.join(referenceCases, folder, 'expected/seed.yaml'), 'utf8'))
    .filter(isKubeObject)
    .filter(({ kind }) => kinds.includes(kind));
  const ours = ciliumMonitoring({ namespace });
  assert.equal(recorded.length, ours.length);
  assert.deepEqual(byName(ours), byName(recorded));
});

function byName(objects: readonly KubeObject[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(objects.map((object) => [describeObject(object), comparable(object)]));
}

/** Keys of dashboards with one dash, lists of metrics sorted and without the two names that are wrong. */
function comparable(object: KubeObject): unknown {
  if (object.kind === 'ConfigMap' && isRecord(object['data']))
    return {
      ...object,
      data: Object.keys(object['data'])
        .map((key) => key.replace('--', '-'))
        .toSorted(),
    };
  const text = JSON.stringify(object).replaceAll(/"\^\(([^)]*)\)\$"/g, (_, list: string) => {
    const names = list.split('|').filter((name) => !name.includes('endfpoint'));
    return JSON.stringify([...new Set(names)].toSorted());
  });
  return JSON.parse(text);
}

function isKubeObject(value: unknown): value is KubeObject {
  return isRecord(value) && typeof value['kind'] === 'string' && isRecord(value['metadata']);
}
