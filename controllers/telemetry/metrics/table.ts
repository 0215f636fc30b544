import { ownMetrics } from './table-own.ts';
import { sharedMetrics } from './table-shared.ts';

/** Every metric of the process, by name. Only these can be registered. */
export const metricTable = { ...sharedMetrics, ...ownMetrics } as const;

export type MetricTable = typeof metricTable;
export type MetricName = keyof MetricTable;
