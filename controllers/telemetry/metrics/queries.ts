import type { MetricName } from './table.ts';
import { ownMetrics } from './table-own.ts';

/** The processes of this extension that are scraped. */
export type ScrapedProcess = 'controller' | 'admission';

/** One series per pod of a process. */
export function podsOf(process: ScrapedProcess): string {
  return `gardener_extension_network_build_info{command="${process}"}`;
}

/**
 * Only series of the pods of one process. The names of controller-runtime are those of every controller in a cluster, those of our own are in
 * both processes, and neither job nor namespace is ours to choose; build_info tells which pods are meant.
 */
export function ours(expr: string, process: ScrapedProcess = 'controller'): string {
  return `(${expr} and on (namespace, pod) ${podsOf(process)})`;
}

/** The time within which this share of all observations lay. `by` keeps labels apart. */
export function quantile(share: number, metric: MetricName, by: readonly string[] = []): string {
  const rate = `rate(${metric}_bucket[$__rate_interval])`;
  const buckets = metric in ownMetrics ? `(${rate})` : ours(rate);
  return `histogram_quantile(${share}, sum by (${['le', ...by].join(', ')}) ${buckets})`;
}
