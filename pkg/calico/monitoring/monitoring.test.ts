import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeObject } from '../../gardener/objects.ts';
import { calicoDashboards } from './dashboards.ts';
import { calicoLegacyMonitoringNames, calicoMonitoring, calicoMonitoringNames } from './monitoring.ts';

const namespace = 'shoot--foo--bar';

test('typha and bird are scraped only if they run', () => {
  const felix = ['ConfigMap shoot--foo--bar/calico-dashboards', 'ScrapeConfig shoot--foo--bar/shoot-calico-felix'];
  const typha = 'ScrapeConfig shoot--foo--bar/shoot-calico-typha';
  const bird = 'ScrapeConfig shoot--foo--bar/shoot-calico-bird';
  const objects = (runs: { readonly typha: boolean; readonly birdExporter: boolean }): readonly string[] =>
    calicoMonitoring({ namespace, ...runs }).map(describeObject);
  assert.deepEqual(objects({ typha: true, birdExporter: true }), [...felix, typha, bird]);
  assert.deepEqual(objects({ typha: true, birdExporter: false }), [...felix, typha]);
  assert.deepEqual(objects({ typha: false, birdExporter: true }), [...felix, bird]);
  assert.deepEqual(objects({ typha: false, birdExporter: false }), felix);
});

test('the ConfigMap contains the dashboards, and has the label for Plutono', () => {
  const [configMap] = calicoMonitoring({ namespace, typha: false, birdExporter: false });
  assert.deepEqual(configMap?.metadata.labels, { 'dashboard.monitoring.gardener.cloud/shoot': 'true' });
  assert.deepEqual(configMap?.['data'], calicoDashboards());
});

test('the names for deletion include every component and the ConfigMap of earlier versions', () => {
  const all = [...calicoMonitoringNames, ...calicoLegacyMonitoringNames];
  const names = all.map(({ kind, name }) => `${kind} ${name}`);
  assert.deepEqual(names.toSorted(), [
    'ConfigMap calico-dashboards',
    'ConfigMap calico-monitoring-config',
    'ScrapeConfig shoot-calico-bird',
    'ScrapeConfig shoot-calico-felix',
    'ScrapeConfig shoot-calico-typha',
  ]);
  for (const made of calicoMonitoring({ namespace, typha: true, birdExporter: true })) {
    const { apiVersion, kind, metadata } = made;
    assert.ok(
      all.some((n) => n.apiVersion === apiVersion && n.kind === kind && n.name === metadata.name),
      `${describeObject(made)} would be left behind`,
    );
  }
});
