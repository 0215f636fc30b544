/** One metric, for Prometheus, for docs/reference/metrics.md and for the tests of dashboard and alerts. */
export interface MetricDefinition {
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** What it counts or measures, as a sentence without full stop. */
  readonly help: string;
  /** What each label says. Never the name of a shoot: series must not grow with the landscape. */
  readonly labels: Readonly<Record<string, string>>;
  /** Upper bounds of a histogram. */
  readonly buckets?: readonly number[];
}
