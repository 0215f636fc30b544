/** One alert about the extension. */
export interface Alert {
  readonly name: string;
  /** PromQL. Each series of the result is an alert. */
  readonly expr: string;
  /** The time for which the expression must hold, such as `10m`. */
  readonly for: string;
  readonly severity: 'critical' | 'warning' | 'info';
  /** The problem, with labels of the series, without a full stop. */
  readonly summary: string;
  /** The impact on shoots. */
  readonly impact: string;
  /** The first steps of the operator on call. */
  readonly remedy: string;
}

/** All alerts about one process. */
export interface AlertSet {
  /** Name of the group of rules. */
  readonly group: string;
  /** Labels of every alert, beside its severity. */
  readonly labels: Readonly<Record<string, string>>;
  readonly alerts: readonly Alert[];
}

/** Returns the `spec` of a PrometheusRule. */
export function alertRules({ group, labels, alerts }: AlertSet): object {
  const rules = alerts.map(({ name, expr, for: duration, severity, summary, impact, remedy }) => ({
    alert: name,
    expr,
    for: duration,
    labels: sorted({ ...labels, severity }),
    annotations: {
      summary: `${summary}.`,
      description: `${impact} Remedy: ${remedy}`,
      runbook: runbookPath(name),
    },
  }));
  return { groups: [{ name: group, rules }] };
}

/** Returns the documentation of an alert as a path, since operators have copies of the documentation. */
function runbookPath(name: string): string {
  return `docs/operations/monitoring.md#${name.toLowerCase()}`;
}

function sorted(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1)));
}
