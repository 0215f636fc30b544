import assert from 'node:assert/strict';
import path from 'node:path';
import { after, test } from 'node:test';
import { cases } from '../../../test/support/cases.ts';
import { testDashboard } from '../../../test/support/dashboards.ts';
import { assertNoStaleGoldens, golden } from '../../../test/support/golden.ts';
import { calicoDashboards } from './dashboards.ts';
import { type CalicoComponent, calicoKeepRegex, calicoMetrics } from './metrics.ts';

const testdata = path.join(import.meta.dirname, 'testdata/dashboards');
const components: readonly CalicoComponent[] = ['felix', 'typha', 'bird'];

for (const component of components) {
  const keep = new RegExp(`^(?:${calicoKeepRegex[component]})$`);
  testDashboard({
    component,
    text: calicoDashboards()[`calico-${component}-dashboard.json`] ?? '',
    metrics: calicoMetrics[component],
    scrapeLabels: ['node', 'pod', 'job'],
    isKept: (metric) => keep.test(metric),
    minQueries: 10,
  });
}

cases<{ readonly key: string; readonly uid: string; readonly title: string }>(
  {
    'felix has uid and title of the Go extension': {
      key: 'calico-felix-dashboard.json',
      uid: 'calico-felix-dashboard',
      title: 'Felix Dashboard (Calico)',
    },
    'typha has uid and title of the Go extension': {
      key: 'calico-typha-dashboard.json',
      uid: 'calico-typha-dashboard',
      title: 'Typha Dashboard (Calico)',
    },
    'bird has uid and title of the Go extension': {
      key: 'calico-bird-dashboard.json',
      uid: 'ZFX1vGuHk',
      title: 'Bird Dashboard (Calico)',
    },
  },
  ({ key, uid, title }) => {
    const { [key]: text } = calicoDashboards();
    assert.ok(text !== undefined);
    const parsed = JSON.parse(text);
    assert.deepEqual([parsed.uid, parsed.title], [uid, title]);
  },
);

test('dashboards are small, on one line, in printable ASCII, and equal to the goldens', () => {
  const dashboards = Object.entries(calicoDashboards());
  assert.equal(dashboards.length, 3);
  for (const [name, text] of dashboards) {
    assert.ok(text.length < 12 * 1024, `${name} has ${text.length} bytes`);
    assert.match(text, /^[\x20-\x7e]+$/);
    assert.equal(text, JSON.stringify(JSON.parse(text)));
    // Indented, so that a change of a panel is a change of some lines.
    golden(path.join(testdata, name), `${JSON.stringify(JSON.parse(text), null, 2)}\n`);
  }
});

after(() => assertNoStaleGoldens(testdata, '.json'));
