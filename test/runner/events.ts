/** Results between the reporter of a test process and the runner: one JSON object per line. */
export interface TestResult {
  /** Absolute path of the file that declares the test, which may be a helper. */
  readonly file: string;
  /** Titles of the enclosing suites, outermost first, and of the test. */
  readonly titles: readonly string[];
  readonly result: 'passed' | 'failed' | 'skipped';
  readonly ms: number;
  /** The reason of a skip, or the error with its stack. */
  readonly reason?: string;
}
