import type { MetricDefinition } from '../../controllers/telemetry/metrics/definition.ts';
import type { Alert } from '../../controllers/telemetry/monitoring/alert.ts';
import { code } from '../../pkg/network/option-reference.ts';
import { pageHead, table } from './markdown.ts';

export interface MetricsPageInput {
  readonly own: Readonly<Record<string, MetricDefinition>>;
  readonly shared: Readonly<Record<string, MetricDefinition>>;
  /** Alerts by process. */
  readonly alerts: { readonly controller: readonly Alert[]; readonly admission: readonly Alert[] };
}

/** Returns the page of all metrics and alerts. */
export function metricsPage({ own, shared, alerts }: MetricsPageInput): string {
  return `${pageHead('Metrics and alerts', 'controllers/telemetry')}
\`/metrics\` has the text format of Prometheus. All series exist from the start with value 0. No label contains the name of a shoot.

## Own metrics

${metricsTable(own)}
## Metrics of controller-runtime and client-go

Names, labels and buckets are those of controller-runtime and client-go, so that dashboards of the Go extensions continue to work.

${metricsTable(shared)}
## Alerts about the controller

The Helm chart installs them as a PrometheusRule for the Prometheus of the seed.
${alerts.controller.map(alertSection).join('')}
## Alerts about the admission

The runtime part of its Helm chart installs them as a PrometheusRule for the Prometheus of the garden.
${alerts.admission.map(alertSection).join('')}`;
}

function metricsTable(metrics: Readonly<Record<string, MetricDefinition>>): string {
  return table(
    ['Metric', 'Type', 'Meaning', 'Labels'],
    Object.entries(metrics).map(([name, { type, help, labels }]) => [
      code(name),
      type,
      help,
      Object.entries(labels)
        .map(([label, about]) => `${code(label)}: ${about}`)
        .join('; '),
    ]),
  );
}

function alertSection({ name, severity, for: duration, summary, impact, remedy, expr }: Alert): string {
  const readable = summary.replaceAll(/\{\{ \$(?:labels\.)?(\w+)[^}]*\}\}/g, '‹$1›');
  return `\n### ${name}\n\n**${severity}, after ${duration}: ${readable}.** ${impact}\n\n*What to do:* ${remedy}\n\n\`\`\`promql\n${expr}\n\`\`\`\n`;
}
