import { ownMetrics } from './table-own.ts';
import { sharedMetrics } from './table-shared.ts';

/** Every metric that the process has, by name; nothing else can be registered. */
export const metricTable = { ...sharedMetrics, ...ownMetrics } as const;

export type MetricTable = typeof metricTable;
export type MetricName = keyof MetricTable;
