import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type Dashboard, type DashboardPanel, dashboardJson } from './dashboards.ts';

interface Placed {
  readonly id: number;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}

const empty: Dashboard = { uid: 'u', title: 't', description: 'd', tags: [], variables: [], rows: [] };
const stat: DashboardPanel = { kind: 'stat', title: 's', description: 'd', unit: 'short', queries: [] };
const graph: DashboardPanel = { kind: 'graph', title: 'g', description: 'd', unit: 's', queries: [] };

function readPanels(dashboard: Dashboard): readonly (Placed & Readonly<Record<string, unknown>>)[] {
  return JSON.parse(dashboardJson(dashboard)).panels;
}

test('a stat panel shows current values, red from the alarm on', () => {
  const [, panel] = readPanels({
    ...empty,
    rows: [{ title: 'r', panels: [{ ...stat, alarmFrom: 3, queries: [{ expr: 'count(up)', legend: 'a' }] }] }],
  });
  assert.deepEqual(panel?.['targets'], [{ refId: 'A', expr: 'count(up)', legendFormat: 'a', instant: true }]);
  assert.deepEqual(panel?.['fieldConfig'], {
    defaults: {
      unit: 'short',
      thresholds: {
        mode: 'absolute',
        steps: [
          { color: 'green', value: null },
          { color: 'red', value: 3 },
        ],
      },
    },
    overrides: [],
  });
});

test('a graph draws all queries with the unit, from zero', () => {
  const queries = [
    { expr: 'a', legend: '{{x}}' },
    { expr: 'b', legend: 'b' },
  ];
  const [, panel] = readPanels({ ...empty, rows: [{ title: 'r', panels: [{ ...graph, stacked: true, queries }] }] });
  assert.deepEqual(panel?.['targets'], [
    { refId: 'A', expr: 'a', legendFormat: '{{x}}' },
    { refId: 'B', expr: 'b', legendFormat: 'b' },
  ]);
  assert.deepEqual(panel?.['yaxes'], [{ format: 's', logBase: 1, min: '0', show: true }, { show: false }]);
  assert.equal(panel?.['stack'], true);
});

test('panels are distributed evenly over lines, stats above graphs', () => {
  const panels = readPanels({
    ...empty,
    rows: [
      { title: 'first', panels: [graph, stat, graph, graph, graph] },
      { title: 'second', panels: [stat] },
    ],
  });
  assert.deepEqual(
    panels.map(({ type, gridPos: { x, y, w, h } }) => [type, x, y, w, h]),
    [
      ['row', 0, 0, 24, 1],
      ['stat', 0, 1, 24, 4],
      ['graph', 0, 5, 12, 8],
      ['graph', 12, 5, 12, 8],
      ['graph', 0, 13, 12, 8],
      ['graph', 12, 13, 12, 8],
      ['row', 0, 21, 24, 1],
      ['stat', 0, 22, 24, 4],
    ],
  );
});

test('a variable has the values of its label, and "All" as a short expression', () => {
  const text = dashboardJson({ ...empty, variables: [{ name: 'node', label: 'Node', metric: 'up' }] });
  const [variable] = JSON.parse(text).templating.list;
  assert.equal(variable.query, 'label_values(up, node)');
  assert.equal(variable.datasource, 'prometheus');
  assert.equal(variable.allValue, '.*');
});

test('property: panels are complete, inside the grid and disjoint, and the JSON is deterministic', () => {
  const row = fc.record({ title: fc.string(), panels: fc.array(fc.constantFrom(stat, graph), { maxLength: 20 }) });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 6 }), (rows) => {
      const dashboard = { ...empty, rows };
      const panels = readPanels(dashboard);
      const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) => {
        assert.ok(x >= 0 && y >= 0 && w > 0 && h > 0 && x + w <= 24);
        return Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)}/${y + Math.floor(cell / w)}`);
      });
      assert.equal(new Set(cells).size, cells.length);
      assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
      assert.equal(
        panels.length,
        rows.reduce((sum, { panels: given }) => sum + 1 + given.length, 0),
      );
      assert.equal(dashboardJson(dashboard), dashboardJson(structuredClone(dashboard)));
    }),
  );
});

test('a dashboard with a datasource has it in each panel and variable', () => {
  const dashboard = {
    ...empty,
    variables: [{ name: 'pod', label: 'Pod', metric: 'up' }],
    rows: [{ title: 'r', panels: [stat] }],
  };
  const sources = (text: string): readonly string[] =>
    Array.from(text.matchAll(/"datasource":"([^"]+)"/g), ([, name = '']) => name);
  assert.deepEqual(sources(dashboardJson(dashboard)), ['prometheus', 'prometheus']);
  assert.deepEqual(sources(dashboardJson({ ...dashboard, datasource: 'prometheus-seed' })), [
    'prometheus-seed',
    'prometheus-seed',
  ]);
});
