import assert from 'node:assert/strict';
import path from 'node:path';
import { after, test } from 'node:test';
import { cases } from '../../test/support/cases.ts';
import { golden, leftOvers } from '../../test/support/golden.ts';
import { ciliumDashboards } from './dashboards.ts';
import { type CiliumComponent, type CiliumMetric, ciliumKept, ciliumMetrics } from './metrics.ts';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly Target[];
  readonly yaxes?: readonly { readonly format?: string }[];
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
}

interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat: string;
  readonly instant?: boolean;
}

interface Board {
  readonly uid: string;
  readonly title: string;
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: string }[] };
  readonly panels: readonly Panel[];
}

const testdata = path.join(import.meta.dirname, 'testdata', 'dashboards');
const components: readonly CiliumComponent[] = ['agent', 'operator', 'hubble'];
const scrapeLabels = ['pod', 'job'];
/** Keys of the ConfigMap and uids, which links of users point to. */
const keys: Readonly<Record<CiliumComponent, string>> = {
  agent: 'cilium-agent-metrics-dashboard',
  operator: 'cilium-operator-metrics-dashboard',
  hubble: 'hubble-dashboard-metrics-dashboard',
};

/** What one use of a metric in an expression looks like. */
interface Use {
  readonly metric: string;
  /** The function whose argument starts with this very metric, or ''. */
  readonly inside: string;
  /** Label -> value as written between the quotes. */
  readonly matchers: Readonly<Record<string, string>>;
  readonly range: boolean;
}

/**
 * Finds metrics and grouping labels in PromQL by regular expressions. Good for the expressions here, no parser: it does not know
 * `{__name__=...}`, subqueries, braces or escaped quotes inside a matcher's value, metrics named like a keyword, comments.
 */
function scan(expr: string): { readonly uses: readonly Use[]; readonly grouping: readonly string[] } {
  const grouping: string[] = [];
  const plain = expr.replaceAll(
    /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g,
    (_, list: string) => {
      grouping.push(...list.split(',').map((label) => label.trim()));
      return '';
    },
  );
  const uses: Use[] = [];
  const name = /(?<![\w.$])([a-zA-Z_:][\w:]*)\s*(\(|\{[^}]*\})?(\[[^\]]*\])?/g;
  for (const match of plain.matchAll(name)) {
    const [, metric = '', next = '', range] = match;
    if (next === '(' || ['bool', 'and', 'or', 'unless', 'offset'].includes(metric)) continue;
    const matchers = Object.fromEntries(
      [...next.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"/g)].map(([, label = '', value = '']) => [label, value]),
    );
    const inside = /(\w+)\s*\(\s*$/.exec(plain.slice(0, match.index))?.[1] ?? '';
    uses.push({ metric, inside, matchers, range: range !== undefined });
  }
  return { uses, grouping };
}

cases<{ readonly expr: string; readonly uses: readonly Use[]; readonly grouping: readonly string[] }>(
  {
    'the scanner finds a plain metric': {
      expr: 'max(up)',
      uses: [{ metric: 'up', inside: 'max', matchers: {}, range: false }],
      grouping: [],
    },
    'the scanner finds ranges, matchers and groupings': {
      expr: 'topk(5, sum by (node, a) (rate(x_total{node=~"$node",b!="c d"}[$__rate_interval])) > 0)',
      uses: [{ metric: 'x_total', inside: 'rate', matchers: { node: '$node', b: 'c d' }, range: true }],
      grouping: ['node', 'a'],
    },
    'the scanner finds both sides of an operator': {
      expr: 'sum(a{x="1"} == bool 3) / quantile(0.5, b)',
      uses: [
        { metric: 'a', inside: 'sum', matchers: { x: '1' }, range: false },
        { metric: 'b', inside: '', matchers: {}, range: false },
      ],
      grouping: [],
    },
  },
  ({ expr, uses, grouping }) => assert.deepEqual(scan(expr), { uses, grouping }),
);

function board(component: CiliumComponent): Board {
  const text = ciliumDashboards()[`${keys[component]}.json`];
  assert.ok(text !== undefined);
  return JSON.parse(text);
}

function unitOf({ type, yaxes, fieldConfig }: Panel): string | undefined {
  return type === 'graph' ? yaxes?.[0]?.format : fieldConfig?.defaults.unit;
}

function targetsOf(component: CiliumComponent): readonly (Target & { readonly panel: Panel })[] {
  return board(component).panels.flatMap((panel) => (panel.targets ?? []).map((target) => ({ ...target, panel })));
}

function knownMetric(component: CiliumComponent, name: string): CiliumMetric {
  const metric = ciliumMetrics[component][name];
  assert.ok(metric !== undefined, `${name} is not in the list of metrics of ${component}`);
  return metric;
}

function checkUse(component: CiliumComponent, use: Use): void {
  const { type, labels } = knownMetric(component, use.metric);
  const about = `${use.metric}, a ${type},`;
  const ranged = ['rate', 'increase'].includes(use.inside) && use.range;
  assert.equal(ranged, type === 'counter', `${about} is ${ranged ? '' : 'not '}in rate() or increase()`);
  assert.equal(use.range, ranged, `${about} has a range outside rate() and increase()`);
  const known = [...labels, ...scrapeLabels];
  for (const label of Object.keys(use.matchers)) assert.ok(known.includes(label), `${about} has no label ${label}`);
}

for (const component of components) {
  test(`${component}: each expression uses metrics as what they are`, () => {
    const targets = targetsOf(component);
    assert.ok(targets.length > 2);
    for (const { expr } of targets) {
      const { uses } = scan(expr);
      assert.ok(uses.length > 0, `no metric in ${expr}`);
      for (const use of uses) checkUse(component, use);
    }
  });

  test(`${component}: the ScrapeConfig keeps each metric, and no metric is listed in vain`, () => {
    const keep = ciliumKept[component];
    const used = new Set(targetsOf(component).flatMap(({ expr }) => scan(expr).uses.map(({ metric }) => metric)));
    for (const metric of used) assert.ok(keep.includes(metric), `${metric} is not kept`);
    assert.deepEqual([...used].toSorted(), Object.keys(ciliumMetrics[component]).toSorted());
  });

  test(`${component}: results are grouped by labels that exist, and legends name only those`, () => {
    for (const { expr, legendFormat } of targetsOf(component)) {
      const { uses, grouping } = scan(expr);
      for (const { metric } of uses) {
        const known = [...knownMetric(component, metric).labels, ...scrapeLabels];
        for (const label of grouping) assert.ok(known.includes(label), `${metric} has no label ${label}`);
      }
      const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
      for (const label of named) assert.ok(grouping.includes(label), `{{${label}}} is not in the result of ${expr}`);
      assert.ok(legendFormat !== '', `no legend for ${expr}`);
    }
  });

  test(`${component}: variables are used, and come from a metric that is kept`, () => {
    const { templating } = board(component);
    const names = templating.list.map(({ name }) => name);
    const targets = targetsOf(component);
    for (const { expr, instant = false } of targets) {
      const used = [...expr.matchAll(/\$(\w+)/g)].map(([, name = '']) => name);
      const allowed = [...names, instant ? '__range' : '__rate_interval'];
      for (const name of used) assert.ok(allowed.includes(name), `$${name} in ${expr}`);
    }
    for (const { name, query } of templating.list) {
      const [, metric = '', label] = /^label_values\((\w+), (\w+)\)$/.exec(query) ?? [];
      knownMetric(component, metric);
      assert.equal(label, name);
      assert.ok(scrapeLabels.includes(name));
      assert.ok(
        targets.some(({ expr }) => expr.includes(`${name}=~"$${name}"`)),
        `$${name} is not used`,
      );
    }
  });

  test(`${component}: panels do not overlap, and each has a title of its own`, () => {
    const { panels } = board(component);
    const cells = panels.flatMap(({ id, gridPos: { x, y, w, h } }) => {
      assert.ok(x + w <= 24, `panel ${id} leaves the grid`);
      return Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)}/${y + Math.floor(cell / w)}`);
    });
    assert.equal(new Set(cells).size, cells.length);
    assert.equal(new Set(panels.map(({ title }) => title)).size, panels.length);
    assert.ok(panels.every(({ title }) => title !== ''));
  });

  test(`${component}: panels are of Grafana 7.5, have a unit and are explained`, () => {
    for (const panel of board(component).panels.filter(({ type }) => type !== 'row')) {
      const { type, title, description = '', datasource, targets = [] } = panel;
      assert.ok(['graph', 'stat'].includes(type), `${title}: Plutono has no panel ${type}`);
      assert.ok(description.length > 30 && description.endsWith('.'), `${title}: no description`);
      assert.ok(unitOf(panel), `${title}: no unit`);
      assert.equal(datasource, 'prometheus');
      assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length);
      assert.ok(targets.length > 0 && targets.length <= 6, `${title}: ${targets.length} queries`);
    }
  });
}

test('uids are those of the keys, so that they never change', () => {
  for (const component of components) assert.equal(board(component).uid, keys[component]);
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

after(() => leftOvers(testdata, '.json'));
