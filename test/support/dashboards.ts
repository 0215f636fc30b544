import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scan, type Use } from './promql.ts';

export interface DashboardCase {
  readonly component: string;
  /** JSON. */
  readonly text: string;
  /** Metrics of the component by name. */
  readonly metrics: Readonly<Record<string, { readonly type: string; readonly labels: readonly string[] }>>;
  /** Labels that the scrape configuration adds to each metric. */
  readonly scrapeLabels: readonly string[];
  /** Reports whether the ScrapeConfig keeps a metric. */
  readonly isKept: (metric: string) => boolean;
  /** The dashboard has more queries than this. */
  readonly minQueries: number;
}

/** Declares the tests that every dashboard must pass: for its queries, for readable panels, and for compatibility with Plutono. */
export function testDashboard(input: DashboardCase): void {
  const { component, metrics, scrapeLabels, isKept, minQueries } = input;
  const board = JSON.parse(input.text) as Board;
  const targets = board.panels.flatMap((panel) => panel.targets ?? []);

  function findMetric(name: string): DashboardCase['metrics'][string] {
    return metrics[name] ?? assert.fail(`${name} is not a metric of ${component}`);
  }

  function metricLabels(name: string): readonly string[] {
    const { type, labels } = findMetric(name);
    return [...labels, ...scrapeLabels, ...(type === 'summary' ? ['quantile'] : [])];
  }

  function checkUse({ metric, inside, matchers, range }: Use): void {
    const { type } = findMetric(metric);
    const about = `${metric}, a ${type},`;
    const ranged = ['rate', 'increase'].includes(inside) && range;
    assert.equal(ranged, type === 'counter', `${about} is ${ranged ? '' : 'not '}in rate() or increase()`);
    assert.equal(range, ranged, `${about} has a range outside rate() and increase()`);
    const quantiles = matchers['quantile']?.split('|') ?? [];
    assert.equal(quantiles.length > 0, type === 'summary', `${about} has the quantiles ${quantiles.join()}`);
    for (const quantile of quantiles)
      assert.ok(['0.5', '0.9', '0.99'].includes(quantile), `${about} has no ${quantile}`);
    for (const label of Object.keys(matchers))
      assert.ok(metricLabels(metric).includes(label), `${about} has no label ${label}`);
  }

  test(`${component}: each expression uses metrics according to their type`, () => {
    assert.ok(targets.length > minQueries);
    for (const { expr } of targets) {
      const { uses } = scan(expr);
      assert.ok(uses.length > 0, `no metric in ${expr}`);
      for (const use of uses) checkUse(use);
    }
  });

  test(`${component}: the ScrapeConfig keeps each metric, and each listed metric is used`, () => {
    const used = new Set(targets.flatMap(({ expr }) => scan(expr).uses.map(({ metric }) => metric)));
    for (const metric of used) assert.ok(isKept(metric), `${metric} is not kept`);
    assert.deepEqual([...used].toSorted(), Object.keys(metrics).toSorted());
  });

  test(`${component}: results are grouped by existing labels, and legends use only these`, () => {
    for (const { expr, legendFormat } of targets) {
      const { uses, grouping } = scan(expr);
      for (const { metric } of uses) {
        const labels = metricLabels(metric);
        for (const label of grouping) assert.ok(labels.includes(label), `${metric} has no label ${label}`);
      }
      const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
      for (const label of named) assert.ok(grouping.includes(label), `{{${label}}} is not in the result of ${expr}`);
      assert.ok(legendFormat !== '', `no legend for ${expr}`);
    }
  });

  test(`${component}: variables are used, and read a metric that the ScrapeConfig keeps`, () => {
    const { templating } = board;
    const names = templating.list.map(({ name }) => name);
    for (const { expr, instant = false } of targets) {
      const used = [...expr.matchAll(/\$(\w+)/g)].map(([, name = '']) => name);
      const allowed = [...names, instant ? '__range' : '__rate_interval'];
      for (const name of used) assert.ok(allowed.includes(name), `$${name} in ${expr}`);
    }
    for (const { name, query } of templating.list) {
      const [, metric = '', label] = /^label_values\((\w+), (\w+)\)$/.exec(query) ?? [];
      findMetric(metric);
      assert.equal(label, name);
      assert.ok(scrapeLabels.includes(name));
      assert.ok(
        targets.some(({ expr }) => expr.includes(`${name}=~"$${name}"`)),
        `$${name} is not used`,
      );
    }
  });

  test(`${component}: panels do not overlap and have different titles`, () => {
    const { panels } = board;
    const cells = panels.flatMap(({ id, gridPos: { x, y, w, h } }) => {
      assert.ok(x + w <= 24, `panel ${id} leaves the grid`);
      return Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)}/${y + Math.floor(cell / w)}`);
    });
    assert.equal(new Set(cells).size, cells.length);
    assert.equal(new Set(panels.map(({ title }) => title)).size, panels.length);
    assert.ok(panels.every(({ title }) => title !== ''));
  });

  test(`${component}: panels are supported by Grafana 7.5, and have a unit and a description`, () => {
    for (const panel of board.panels.filter(({ type }) => type !== 'row')) {
      const { type, title, description = '', datasource, targets: queries = [] } = panel;
      assert.ok(['graph', 'stat'].includes(type), `${title}: Plutono has no panel ${type}`);
      assert.ok(description.length > 30 && description.endsWith('.'), `${title}: no description`);
      assert.ok(panelUnit(panel), `${title}: no unit`);
      assert.equal(datasource, 'prometheus');
      assert.equal(new Set(queries.map(({ refId }) => refId)).size, queries.length);
      assert.ok(queries.length > 0 && queries.length <= 6, `${title}: ${queries.length} queries`);
    }
  });
}

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

function panelUnit({ type, yaxes, fieldConfig }: Panel): string | undefined {
  return type === 'graph' ? yaxes?.[0]?.format : fieldConfig?.defaults.unit;
}
