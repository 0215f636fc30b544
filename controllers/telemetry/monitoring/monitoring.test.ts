/** Dashboard and alerts use only existing metrics, labels and values. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkRules } from '../../../pkg/network/diagnostics.ts';
import { createFakeClock, createMemoryLogger } from '../../../test/doubles/fakeclock.ts';
import type { MetricDefinition } from '../metrics/definition.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { systemProbe } from '../metrics/process.ts';
import { metricTable } from '../metrics/table.ts';
import { alertRules } from './alert.ts';
import { controllerAlerts } from './alerts.ts';
import { admissionAlerts } from './alerts-admission.ts';
import { extensionDashboard } from './dashboard.ts';

const table: Readonly<Record<string, MetricDefinition>> = metricTable;
const panels = extensionDashboard.rows.flatMap(({ panels: all }) => all);
const sets = { controller: controllerAlerts, admission: admissionAlerts } as const;
const processes = ['controller', 'admission'] as const;
const alerts = processes.flatMap((process) => sets[process].alerts.map((alert) => ({ ...alert, process })));
const expressions = [
  ...alerts.map(({ name, expr, process }) => ({ where: name, expr, legend: '', process, alert: true })),
  ...panels.flatMap(({ title, queries }) =>
    queries.map(({ expr, legend }) => ({ where: title, expr, legend, process: 'controller', alert: false }) as const),
  ),
];
/** Our own metrics of both processes, which one Prometheus may scrape. */
const both = /_(?:certificate_expiry_timestamp|event_loop_delay)_seconds(?:_bucket)?$/;
/** Prefixes of metrics; no function or label of PromQL has one of them. */
const metricName =
  /\b(?:controller_runtime|workqueue|rest_client|leader_election|certwatcher|process|nodejs|gardener_extension)_\w+/g;
/** Prometheus adds these to all series of a pod, or to those of a histogram. */
const targetLabels = ['namespace', 'pod', 'le'];

function named(expr: string): readonly string[] {
  return Array.from(expr.matchAll(metricName), ([name]) => name);
}

function definitionOf(name: string): MetricDefinition | undefined {
  const histogram = table[name.replace(/_(bucket|sum|count)$/, '')];
  return histogram?.type === 'histogram' ? (name in table ? undefined : histogram) : table[name];
}

test('each expression has a metric, and each of its metrics is in the table', () => {
  for (const { where, expr } of expressions) {
    assert.ok(named(expr).length > 0, where);
    for (const name of named(expr)) assert.ok(definitionOf(name), `${where}: ${name}`);
  }
});

test('each label in a selector, grouping or legend is one of the metrics in the expression', () => {
  for (const { where, expr, legend } of expressions) {
    const known = [...targetLabels, ...named(expr).flatMap((name) => Object.keys(definitionOf(name)?.labels ?? {}))];
    const grouped = Array.from(expr.matchAll(/\b(?:by|on) \(([^)]*)\)/g), ([, list = '']) => list.split(/, */)).flat();
    const asked = Array.from(expr.matchAll(/[{,](\w+)(?:=~|!~|!=|=)"/g), ([, label = '']) => label);
    const shown = Array.from(legend.matchAll(/\{\{(\w+)\}\}/g), ([, label = '']) => label);
    for (const label of [...grouped, ...asked, ...shown]) assert.ok(known.includes(label), `${where}: ${label}`);
    for (const label of shown)
      assert.ok(grouped.includes(label), `${where} shows ${label}, which is not in the result`);
  }
});

test('metrics that other processes also have are restricted to the pods of the process', () => {
  for (const { where, expr, process, alert } of expressions) {
    const shared = named(expr).filter(
      (name) => !name.startsWith('gardener_extension_network_') || (alert && both.test(name)),
    );
    const pods = `and on (namespace, pod) gardener_extension_network_build_info{command="${process}"}`;
    assert.equal(expr.split(pods).length - 1, shared.length, where);
    assert.equal(
      expr.split('gardener_extension_network_build_info').length,
      expr.split(`="${process}"}`).length,
      where,
    );
  }
});

test('expressions use the increase of counters and histograms, and the value of gauges', () => {
  for (const { where, expr } of expressions) {
    for (const name of named(expr)) {
      const gauge = definitionOf(name)?.type === 'gauge';
      const increase = new RegExp(`(?:rate|increase)\\(${name}(?:\\{[^}]*\\})?\\[`).test(expr);
      assert.equal(increase, !gauge, `${where}: ${name}`);
    }
  }
});

for (const process of processes)
  test(`label values in queries about the ${process} exist`, async () => {
    const metrics = createMetrics({
      command: process,
      clock: createFakeClock(),
      log: createMemoryLogger(),
      version: '1',
      types: ['calico'],
      rules: networkRules,
      probe: systemProbe(),
    });
    metrics.watch('networks');
    metrics.requests('garden');
    const text = await metrics.scrape();
    for (const { where, expr } of expressions.filter((one) => one.process === process)) {
      for (const [, name = '', label = '', value = ''] of expr.matchAll(
        /((?:gardener_extension_network|rest_client)_\w+)\{(\w+)="([^"]+)"/g,
      ))
        assert.match(text, new RegExp(`^${name}\\{[^}]*${label}="${value}"`, 'm'), where);
    }
  });

test('alerts have unique names, and annotations use only labels of the result', () => {
  assert.equal(new Set(alerts.map(({ name }) => name)).size, alerts.length);
  for (const { name, expr, summary } of alerts) {
    const kept = Array.from(expr.matchAll(/\b(?:sum|max|min) by \(([^)]*)\)/g), ([, list = '']) =>
      list.split(/, */),
    ).flat();
    for (const [, label = ''] of summary.matchAll(/\$labels\.(\w+)/g))
      assert.ok(kept.includes(label), `${name}: ${label}`);
  }
});

test('rules carry the labels that Gardener routes alerts by', () => {
  const where = { controller: 'type', admission: 'topology' };
  for (const process of processes) {
    const [group] = (
      alertRules(sets[process]) as {
        readonly groups: readonly { readonly rules: readonly Record<string, unknown>[] }[];
      }
    ).groups;
    assert.equal(group?.rules.length, sets[process].alerts.length);
    for (const { labels } of group?.rules ?? [])
      assert.deepEqual(Object.keys(labels as object), ['service', 'severity', where[process], 'visibility']);
  }
});

test('every own metric is on the dashboard or in an alert', () => {
  const used = new Set(expressions.flatMap(({ expr }) => named(expr)).map((name) => name.replace(/_bucket$/, '')));
  const unused = Object.keys(table).filter((name) => name.startsWith('gardener_extension_') && !used.has(name));
  assert.deepEqual(unused, [
    // For diagnosis only.
    'gardener_extension_network_events_total',
    'gardener_extension_network_watched_objects',
  ]);
});
