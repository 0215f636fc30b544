import type { MetricName } from './table.ts';
import { ownMetrics } from './table-own.ts';

/**
 * Only series of this extension's pods. The names of controller-runtime are those of every controller in a seed, and neither job nor
 * namespace is ours to choose; build_info tells which pods are meant.
 */
export function ours(expr: string): string {
  return `(${expr} and on (namespace, pod) gardener_extension_network_build_info)`;
}

/** The time within which this share of all observations lay. `by` keeps labels apart. */
export function quantile(share: number, metric: MetricName, by: readonly string[] = []): string {
  const rate = `rate(${metric}_bucket[$__rate_interval])`;
  const buckets = metric in ownMetrics ? `(${rate})` : ours(rate);
  return `histogram_quantile(${share}, sum by (${['le', ...by].join(', ')}) ${buckets})`;
}
