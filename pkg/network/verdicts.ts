/**
 * What this project does where the Go extensions are wrong. `fix`: done right, with a test. `warn`: the same objects and a diagnostic.
 * `keep`: the same, silently, because running shoots depend on it or nobody is harmed.
 */
export interface Verdict {
  readonly decision: 'fix' | 'warn' | 'keep';
  /** What is odd in the Go extension, and for fixes what is done instead. */
  readonly what: string;
}

export type Verdicts = Readonly<Record<string, Verdict>>;
