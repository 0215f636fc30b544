/** What the reporter of a test process writes, one JSON object per line, and the runner reads. */
export interface TestResult {
  /** Absolute path of the file that declares the test; a helper's when a helper declares it. */
  readonly file: string;
  /** Titles of the enclosing suites and of the test, from the outside in. */
  readonly titles: readonly string[];
  readonly result: 'passed' | 'failed' | 'skipped';
  readonly ms: number;
  /** Why it failed or was skipped; for a failure the error with its stack. */
  readonly reason?: string;
}
