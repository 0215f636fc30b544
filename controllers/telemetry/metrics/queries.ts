import type { MetricName } from './table.ts';
import { ownMetrics } from './table-own.ts';

/** The processes of this extension. */
export type ScrapedProcess = 'controller' | 'admission';

/** Returns a selector with one series per pod of a process. */
export function podSelector(process: ScrapedProcess): string {
  return `gardener_extension_network_build_info{command="${process}"}`;
}

/**
 * Restricts an expression to the pods of one process. Every controller in a cluster has the metrics of controller-runtime, both of our processes
 * have some of our own, and operators choose job and namespace; so build_info selects the pods.
 */
export function onlyPodsOf(expr: string, process: ScrapedProcess = 'controller'): string {
  return `(${expr} and on (namespace, pod) ${podSelector(process)})`;
}

/** Returns the quantile of a histogram, for example 0.99, by the given labels. */
export function quantile(share: number, metric: MetricName, by: readonly string[] = []): string {
  const rate = `rate(${metric}_bucket[$__rate_interval])`;
  const buckets = metric in ownMetrics ? `(${rate})` : onlyPodsOf(rate);
  return `histogram_quantile(${share}, sum by (${['le', ...by].join(', ')}) ${buckets})`;
}
