import type { Reflector, ReflectorOutcome } from '../../../pkg/kubernetes/reflector/reflector.ts';
import type { MetricsContext } from './instruments.ts';

export interface WatchMetrics {
  readonly onOutcome: (outcome: ReflectorOutcome) => void;
  /** Sets the source of the age and the number of objects. */
  measure(reflector: Pick<Reflector<unknown>, 'lastSeen' | 'size'>): void;
}

/** Creates the metrics of one reflector. Before the first data the age counts from the start, so that a watch without any data is noticed. */
export function watchMetrics({ instruments, clock, measure }: MetricsContext, resource: string): WatchMetrics {
  const outcomes = instruments.counter('gardener_extension_network_watch_outcomes_total');
  const age = instruments.gauge('gardener_extension_network_watch_age_seconds');
  const objects = instruments.gauge('gardener_extension_network_watched_objects');
  const startedAt = clock.monotonic();
  for (const outcome of allOutcomes) outcomes.inc({ resource, outcome }, 0);
  age.set({ resource }, 0);
  objects.set({ resource }, 0);
  return {
    onOutcome: (outcome) => outcomes.inc({ resource, outcome }),
    measure: (reflector) =>
      measure(() => {
        age.set({ resource }, (clock.monotonic() - (reflector.lastSeen() ?? startedAt)) / 1000);
        objects.set({ resource }, reflector.size);
      }),
  };
}

const allOutcomes: readonly ReflectorOutcome[] = [
  'listed',
  'list_failed',
  'watch_closed',
  'watch_expired',
  'watch_future',
  'watch_silent',
  'watch_failed',
  'event_stale',
  'event_missed',
];
