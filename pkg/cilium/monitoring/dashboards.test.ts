import assert from 'node:assert/strict';
import path from 'node:path';
import { after, test } from 'node:test';
import { testDashboard } from '../../../test/support/dashboards.ts';
import { assertNoStaleGoldens, golden } from '../../../test/support/golden.ts';
import { ciliumDashboards } from './dashboards.ts';
import { type CiliumComponent, ciliumKept, ciliumMetrics } from './metrics.ts';

const testdata = path.join(import.meta.dirname, 'testdata/dashboards');
const components: readonly CiliumComponent[] = ['agent', 'operator', 'hubble'];
/** Keys of the ConfigMap and uids, which links of users point to. */
const keys: Readonly<Record<CiliumComponent, string>> = {
  agent: 'cilium-agent-metrics-dashboard',
  operator: 'cilium-operator-metrics-dashboard',
  hubble: 'hubble-dashboard-metrics-dashboard',
};

for (const component of components)
  testDashboard({
    component,
    text: textOf(component),
    metrics: ciliumMetrics[component],
    scrapeLabels: ['pod', 'job'],
    isKept: (metric) => ciliumKept[component].includes(metric),
    minQueries: 2,
  });

test('uids are those of the keys, so that they never change', () => {
  for (const component of components) assert.equal(JSON.parse(textOf(component)).uid, keys[component]);
});

test('the texts are small, on one line and in printable ASCII, and as in the goldens', () => {
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

function textOf(component: CiliumComponent): string {
  return ciliumDashboards()[`${keys[component]}.json`] ?? '';
}
