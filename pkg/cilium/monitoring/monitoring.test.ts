import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ciliumDashboards } from './dashboards.ts';
import { ciliumKeepRegex } from './metrics.ts';
import { ciliumLegacyMonitoringNames, ciliumMonitoring, ciliumMonitoringNames } from './monitoring.ts';

const namespace = 'shoot--foo--bar';

test('the ConfigMap contains the dashboards, and has the label for Plutono', () => {
  const [configMap] = ciliumMonitoring({ namespace });
  assert.deepEqual(configMap?.metadata.labels, { 'dashboard.monitoring.gardener.cloud/shoot': 'true' });
  assert.deepEqual(configMap?.['data'], ciliumDashboards());
});

test('the names for deletion include the ConfigMap of earlier versions', () => {
  const made = ciliumMonitoring({ namespace }).map(({ apiVersion, kind, metadata }) => ({
    apiVersion,
    kind,
    name: metadata.name,
  }));
  const legacy = { apiVersion: 'v1', kind: 'ConfigMap', name: 'cilium-monitoring-config' };
  const sorted = (names: readonly object[]): readonly string[] => names.map((one) => JSON.stringify(one)).sort();
  assert.deepEqual(sorted([...ciliumMonitoringNames, ...ciliumLegacyMonitoringNames]), sorted([...made, legacy]));
});

test('kept metrics are unique, and have a prefix of Cilium', () => {
  for (const regex of Object.values(ciliumKeepRegex)) {
    const names = regex.slice('^('.length, -')$'.length).split('|');
    assert.deepEqual(names, [...new Set(names)]);
    for (const name of names) assert.match(name, /^(cilium|kvstore|hubble)_[a-z0-9_]+$/);
    assert.ok(!names.some((name) => name.includes('endf')));
  }
});
