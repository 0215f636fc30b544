/** The options of the commands, as the command line is read. No code that does the work is imported here: `--help` has to be quick. */

export interface PlanOptions {
  /** At least one; `-` is stdin. */
  readonly file: readonly string[];
  /** Each as `Name=true,Other=false`. */
  readonly featureGates: readonly string[];
  readonly shootObjects?: string;
  readonly images?: string;
}

export const targets = ['shoot', 'seed', 'status'] as const;
export type Target = (typeof targets)[number];

export interface RenderOptions extends PlanOptions {
  readonly output: 'yaml' | 'json';
  readonly target: Target;
}

export interface ValidateOptions extends PlanOptions {
  /** Files with the Shoots as they are stored; those that are in none of them, and have no metadata.uid, are new. */
  readonly old?: readonly string[];
  readonly output: 'text' | 'json';
}

export interface DiffOptions extends PlanOptions {
  readonly output: 'text' | 'json';
}
