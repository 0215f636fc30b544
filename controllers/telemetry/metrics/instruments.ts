import Counter from '@prometheus-io/client/lib/counter.js';
import Gauge from '@prometheus-io/client/lib/gauge.js';
import Histogram from '@prometheus-io/client/lib/histogram.js';
import Registry from '@prometheus-io/client/lib/registry.js';
import type { Clock } from '../../../pkg/clock/clock.ts';
import type { MetricDefinition } from './definition.ts';
import { type MetricName, type MetricTable, metricTable } from './table.ts';

/**
 * The names of all metrics of one type in the table. With `{ a_total: { type: 'counter', … }, b: { type: 'gauge', … } }` as the table,
 * `NameOf<'counter'>` is `'a_total'`.
 */
type NameOf<T extends MetricDefinition['type']> = {
  [N in MetricName]: MetricTable[N]['type'] extends T ? N : never;
}[MetricName];

/** The label names of one metric: with `workqueue_depth: { labels: { name: …, priority: … } }`, `'name' | 'priority'`. */
type LabelOf<N extends MetricName> = Extract<keyof MetricTable[N]['labels'], string>;

/**
 * The metrics of one process, typed by the table. An unknown name or label does not compile:
 * `gauge('workqueue_depth').set({ name: 'network', controller: 'network', priority: '0' }, 3)` does, and `counter('workqueue_depth')` does not.
 */
export interface Instruments {
  counter<N extends NameOf<'counter'>>(name: N): Counter<LabelOf<N>>;
  gauge<N extends NameOf<'gauge'>>(name: N): Gauge<LabelOf<N>>;
  histogram<N extends NameOf<'histogram'>>(name: N): Histogram<LabelOf<N>>;
  /** Returns all metrics in the text format 0.0.4 of Prometheus. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** The arguments of every group of metrics. */
export interface MetricsContext {
  readonly instruments: Instruments;
  readonly clock: Clock;
  /** Registers a callback that sets gauges before each scrape. */
  readonly measure: (callback: () => void) => void;
}

/** Registers the whole table in a new registry. The default registry of the library is global to the process. */
export function createInstruments(): Instruments {
  const registry = new Registry();
  const registers = [registry];
  const all = new Map<string, Counter<string> | Gauge<string> | Histogram<string>>();
  for (const [name, definition] of Object.entries<MetricDefinition>(metricTable)) {
    const { help, type, buckets = [] } = definition;
    const common = { name, help, labelNames: Object.keys(definition.labels), registers };
    if (type === 'counter') all.set(name, new Counter(common));
    else if (type === 'gauge') all.set(name, new Gauge(common));
    else all.set(name, new Histogram({ ...common, buckets: [...buckets] }));
  }
  return {
    counter: <N extends MetricName>(name: N) => all.get(name) as Counter<LabelOf<N>>,
    gauge: <N extends MetricName>(name: N) => all.get(name) as Gauge<LabelOf<N>>,
    histogram: <N extends MetricName>(name: N) => all.get(name) as Histogram<LabelOf<N>>,
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
