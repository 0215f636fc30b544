import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeObject } from '../../gardener/objects.ts';
import { calicoDashboards } from './dashboards.ts';
import { calicoLegacyMonitoringNames, calicoMonitoring, calicoMonitoringNames } from './monitoring.ts';

const namespace = 'shoot--foo--bar';

test('bird is scraped only if its exporter runs', () => {
  assert.deepEqual(calicoMonitoring({ namespace, birdExporter: true }).map(describeObject), [
    'ConfigMap shoot--foo--bar/calico-dashboards',
    'ScrapeConfig shoot--foo--bar/shoot-calico-felix',
    'ScrapeConfig shoot--foo--bar/shoot-calico-typha',
    'ScrapeConfig shoot--foo--bar/shoot-calico-bird',
  ]);
  assert.deepEqual(calicoMonitoring({ namespace, birdExporter: false }).map(describeObject), [
    'ConfigMap shoot--foo--bar/calico-dashboards',
    'ScrapeConfig shoot--foo--bar/shoot-calico-felix',
    'ScrapeConfig shoot--foo--bar/shoot-calico-typha',
  ]);
});

test('the ConfigMap contains the dashboards, and has the label for Plutono', () => {
  const [configMap] = calicoMonitoring({ namespace, birdExporter: false });
  assert.deepEqual(configMap?.metadata.labels, { 'dashboard.monitoring.gardener.cloud/shoot': 'true' });
  assert.deepEqual(configMap?.['data'], calicoDashboards());
});

test('the names for deletion include bird and the ConfigMap of earlier versions', () => {
  const all = [...calicoMonitoringNames, ...calicoLegacyMonitoringNames];
  const names = all.map(({ kind, name }) => `${kind} ${name}`);
  assert.deepEqual(names.toSorted(), [
    'ConfigMap calico-dashboards',
    'ConfigMap calico-monitoring-config',
    'ScrapeConfig shoot-calico-bird',
    'ScrapeConfig shoot-calico-felix',
    'ScrapeConfig shoot-calico-typha',
  ]);
  for (const made of calicoMonitoring({ namespace, birdExporter: true })) {
    const { apiVersion, kind, metadata } = made;
    assert.ok(
      all.some((n) => n.apiVersion === apiVersion && n.kind === kind && n.name === metadata.name),
      `${describeObject(made)} would be left behind`,
    );
  }
});
