import assert from 'node:assert/strict';
import path from 'node:path';
import { after, test } from 'node:test';
import { testDashboard } from '../../../test/support/dashboards.ts';
import { assertNoStaleGoldens, golden } from '../../../test/support/golden.ts';
import { ciliumDashboards } from './dashboards.ts';
import { type CiliumComponent, ciliumKeepRegex, ciliumMetrics } from './metrics.ts';

const testdata = path.join(import.meta.dirname, 'testdata/dashboards');
const components: readonly CiliumComponent[] = ['agent', 'operator', 'hubble'];
/** Keys of the ConfigMap and uids, which links of users contain. */
const keys: Readonly<Record<CiliumComponent, string>> = {
  agent: 'cilium-agent-metrics-dashboard',
  operator: 'cilium-operator-metrics-dashboard',
  hubble: 'hubble-dashboard-metrics-dashboard',
};

for (const component of components)
  testDashboard({
    component,
    text: dashboardText(component),
    metrics: ciliumMetrics[component],
    scrapeLabels: ['pod', 'job'],
    isKept: (metric) => new RegExp(ciliumKeepRegex[component]).test(metric),
    minQueries: 2,
  });

test('uids are derived from the keys, and never change', () => {
  for (const component of components) assert.equal(JSON.parse(dashboardText(component)).uid, keys[component]);
});

test('dashboards are small, on one line, in printable ASCII, and equal to the goldens', () => {
  const dashboards = Object.entries(ciliumDashboards());
  assert.equal(dashboards.length, 3);
  for (const [name, text] of dashboards) {
    assert.ok(text.length < 14 * 1024, `${name} has ${text.length} bytes`);
    assert.match(text, /^[\x20-\x7e]+$/);
    assert.equal(text, JSON.stringify(JSON.parse(text)));
    // Indented, so that a change of a panel is a change of some lines.
    golden(path.join(testdata, name), `${JSON.stringify(JSON.parse(text), null, 2)}\n`);
  }
});

after(() => assertNoStaleGoldens(testdata, '.json'));

function dashboardText(component: CiliumComponent): string {
  return ciliumDashboards()[`${keys[component]}.json`] ?? '';
}
