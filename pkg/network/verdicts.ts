/**
 * A decision about a defect of the Go extensions. `fix`: correct behaviour, with a test. `warn`: the same objects, and a diagnostic. `keep`: the
 * same behaviour without a diagnostic, because running shoots depend on it or it is harmless.
 */
export interface Verdict {
  readonly decision: 'fix' | 'warn' | 'keep';
  /** The defect of the Go extension, or for fixes the behaviour of this project. */
  readonly what: string;
}

export type Verdicts = Readonly<Record<string, Verdict>>;
