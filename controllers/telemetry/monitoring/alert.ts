/** One alert about the extension itself. */
export interface Alert {
  readonly name: string;
  /** PromQL; each series of the result is an alert. */
  readonly expr: string;
  /** How long that has to be so: `10m`. */
  readonly for: string;
  readonly severity: 'critical' | 'warning' | 'info';
  /** What is wrong, with the labels of the series; without full stop. */
  readonly summary: string;
  /** What follows from it for shoots. */
  readonly impact: string;
  /** What to do, for whoever is called at night. */
  readonly remedy: string;
}

/** All alerts about one process. */
export interface AlertSet {
  /** Name of the group of rules. */
  readonly group: string;
  /** Of every alert, beside its severity. */
  readonly labels: Readonly<Record<string, string>>;
  readonly alerts: readonly Alert[];
}

/** `spec` of a PrometheusRule. */
export function alertRules({ group, labels, alerts }: AlertSet): object {
  const rules = alerts.map(({ name, expr, for: duration, severity, summary, impact, remedy }) => ({
    alert: name,
    expr,
    for: duration,
    labels: sorted({ ...labels, severity }),
    annotations: {
      summary: `${summary}.`,
      description: `${impact} What to do: ${remedy}`,
      runbook: runbookOf(name),
    },
  }));
  return { groups: [{ name: group, rules }] };
}

/** The section of the documentation about an alert; a path, because landscapes keep copies of it. */
function runbookOf(name: string): string {
  return `docs/operations/monitoring.md#${name.toLowerCase()}`;
}

function sorted(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1)));
}
