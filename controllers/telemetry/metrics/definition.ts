/** One metric: Prometheus, docs/reference/metrics.md and the tests of dashboard and alerts read it. */
export interface MetricDefinition {
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** The help text, without a full stop. */
  readonly help: string;
  /** The meaning of each label. No label has the name of a shoot: the number of series must not grow with the landscape. */
  readonly labels: Readonly<Record<string, string>>;
  /** Upper bounds of a histogram. */
  readonly buckets?: readonly number[];
}
