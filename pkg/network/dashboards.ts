/**
 * Dashboards in a short form, converted to the JSON for the Plutono of a shoot's control plane (docs/design/gardener.md#monitoring). Plutono is a
 * fork of Grafana 7.5: it supports `graph` and `stat` panels, but not `timeseries`, and defaults all fields of a panel. Only differences from
 * the defaults are written, since every control plane namespace gets the JSON.
 */

export interface Dashboard {
  /** At most 40 characters; must never change, since links contain it. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  /** Name of the Prometheus in Plutono; default `prometheus`, which is that of a shoot. */
  readonly datasource?: string;
  readonly variables: readonly DashboardVariable[];
  readonly rows: readonly DashboardRow[];
}

/** A drop-down list with the values of label `name` on the series of `metric`. Queries use it as `name=~"$name"`. */
interface DashboardVariable {
  readonly name: string;
  readonly label: string;
  readonly metric: string;
}

/** Panels are arranged from left to right in the given order, all stat panels above all graphs. */
export interface DashboardRow {
  /** The topic of the panels, from the operator's perspective. */
  readonly title: string;
  readonly panels: readonly DashboardPanel[];
}

interface PanelText {
  readonly title: string;
  /** The meaning of the panel and how to interpret it; shown as its tooltip. */
  readonly description: string;
  readonly unit: PanelUnit;
  readonly queries: readonly PanelQuery[];
}

/** Current values, red from `alarmFrom` on. */
interface StatPanel extends PanelText {
  readonly kind: 'stat';
  readonly alarmFrom?: number;
}

/** Values over time; each series is a line or a stacked area. */
interface GraphPanel extends PanelText {
  readonly kind: 'graph';
  readonly stacked?: boolean;
}

export type DashboardPanel = StatPanel | GraphPanel;

/** `short`: a number with K, M, ...; `cps`: events per second; `percentunit`: 0 to 1 shown as percent. */
type PanelUnit = 'short' | 's' | 'bytes' | 'cps' | 'percentunit';

export interface PanelQuery {
  /** PromQL; may use `$__rate_interval`, `$__range` and the dashboard's variables. */
  readonly expr: string;
  /** May contain labels of the result: `{{node}}`. */
  readonly legend: string;
}

/** Returns the JSON of a dashboard on one line; equal inputs result in equal bytes. */
export function dashboardJson(dashboard: Dashboard): string {
  const { datasource = shootPrometheus } = dashboard;
  return JSON.stringify({
    uid: dashboard.uid,
    title: dashboard.title,
    description: dashboard.description,
    tags: dashboard.tags,
    schemaVersion: 27,
    version: 1,
    editable: false,
    graphTooltip: 1,
    refresh: '1m',
    time: { from: 'now-3h', to: 'now' },
    timezone: 'utc',
    templating: { list: dashboard.variables.map((one) => variable(one, datasource)) },
    panels: arrange(dashboard.rows).map((placed, index) => panel(placed, { id: index + 1, datasource })),
  });
}

/**
 * The only Prometheus of a shoot's Plutono is provisioned with this fixed name, and is its default. A variable would offer one choice; without a
 * name the panels would follow the default, which may change.
 */
const shootPrometheus = 'prometheus';

function variable({ name, label, metric }: DashboardVariable, datasource: string): object {
  return {
    name,
    label,
    type: 'query',
    datasource,
    query: `label_values(${metric}, ${name})`,
    // On every change of the time range, since nodes come and go.
    refresh: 2,
    sort: 1,
    multi: true,
    includeAll: true,
    // Without it, "All" would be a regular expression as long as the list of all nodes, in each query.
    allValue: '.*',
    current: { text: ['All'], value: ['$__all'] },
  };
}

interface GridPosition {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

interface Placed {
  readonly content: { readonly row: string } | { readonly panel: DashboardPanel };
  readonly gridPos: GridPosition;
}

const columns = 24;
const tiles = { stat: { perLine: 6, height: 4 }, graph: { perLine: 3, height: 8 } } as const;

function arrange(rows: readonly DashboardRow[]): readonly Placed[] {
  const placed: Placed[] = [];
  let y = 0;
  for (const row of rows) {
    placed.push({ content: { row: row.title }, gridPos: { x: 0, y, w: columns, h: 1 } });
    y += 1;
    for (const kind of ['stat', 'graph'] as const) {
      const { perLine, height: h } = tiles[kind];
      const panels = row.panels.filter((candidate) => candidate.kind === kind);
      for (const line of evenLines(panels, perLine)) {
        const w = Math.floor(columns / line.length);
        placed.push(...line.map((entry, index) => ({ content: { panel: entry }, gridPos: { x: index * w, y, w, h } })));
        y += h;
      }
    }
  }
  return placed;
}

/** Four panels at three per line are two and two, not three and one. */
function evenLines<T>(items: readonly T[], perLine: number): readonly (readonly T[])[] {
  const count = Math.ceil(items.length / perLine);
  const size = Math.ceil(items.length / count);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}

function panel(
  { content, gridPos }: Placed,
  { id, datasource }: { readonly id: number; readonly datasource: string },
): object {
  if ('row' in content) return { id, type: 'row', title: content.row, gridPos, collapsed: false, panels: [] };
  const { kind, title, description } = content.panel;
  const form = content.panel.kind === 'stat' ? stat(content.panel) : graph(content.panel);
  return { id, type: kind, title, description, datasource, gridPos, ...form };
}

function stat({ unit, queries, alarmFrom }: StatPanel): object {
  const alarm = alarmFrom === undefined ? [] : [{ color: 'red', value: alarmFrom }];
  const steps = [{ color: alarmFrom === undefined ? 'blue' : 'green', value: null }, ...alarm];
  return {
    // Without a version, Plutono migrates the options as if they came from Grafana 6.
    pluginVersion: '7.5.0',
    targets: targets(queries).map((target) => ({ ...target, instant: true })),
    options: { graphMode: 'none', reduceOptions: { calcs: ['lastNotNull'] } },
    fieldConfig: { defaults: { unit, thresholds: { mode: 'absolute', steps } }, overrides: [] },
  };
}

function graph({ unit, queries, stacked = false }: GraphPanel): object {
  return {
    targets: targets(queries),
    ...(stacked ? { stack: true, fill: 4 } : {}),
    // Two axes, since the panel takes the list as it is instead of adding its defaults to it.
    yaxes: [{ format: unit, logBase: 1, min: '0', show: true }, { show: false }],
  };
}

function targets(queries: readonly PanelQuery[]): readonly object[] {
  return queries.map(({ expr, legend }, index) => ({
    refId: String.fromCharCode('A'.charCodeAt(0) + index),
    expr,
    legendFormat: legend,
  }));
}
