import Counter from '@prometheus-io/client/lib/counter.js';
import Gauge from '@prometheus-io/client/lib/gauge.js';
import Histogram from '@prometheus-io/client/lib/histogram.js';
import Registry from '@prometheus-io/client/lib/registry.js';
import type { Clock } from '../../../pkg/clock/clock.ts';
import type { MetricDefinition } from './definition.ts';
import { type MetricName, type MetricTable, metricTable } from './table.ts';

type Named<T extends MetricDefinition['type']> = {
  [N in MetricName]: MetricTable[N]['type'] extends T ? N : never;
}[MetricName];

type LabelOf<N extends MetricName> = Extract<keyof MetricTable[N]['labels'], string>;

/** The metrics of one process, typed by the table: a name or label that it does not have does not compile. */
export interface Instruments {
  counter<N extends Named<'counter'>>(name: N): Counter<LabelOf<N>>;
  gauge<N extends Named<'gauge'>>(name: N): Gauge<LabelOf<N>>;
  histogram<N extends Named<'histogram'>>(name: N): Histogram<LabelOf<N>>;
  /** Everything in Prometheus' text format 0.0.4. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** What the parts share. */
export interface MetricsContext {
  readonly instruments: Instruments;
  readonly clock: Clock;
  /** Calls back before each scrape. */
  readonly measure: (take: () => void) => void;
}

/** Registers the whole table in a registry of its own: the library's default one would be shared by all that runs in the process. */
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
