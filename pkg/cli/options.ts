/** The options of the offline commands. This file must not import their implementations, so that `--help` is fast. */

/** Options that give fields to the Shoots of the input, so that incomplete ones can be planned. */
export interface ShootValueOptions {
  /** Each as `path=value`; replaces the value of the input. */
  readonly set?: readonly string[];
  readonly kubernetesVersion?: string;
  readonly nodes?: string;
  readonly pods?: string;
  readonly provider?: string;
  readonly services?: string;
}

export interface PlanOptions extends ShootValueOptions {
  /** At least one file or folder; `-` is stdin. */
  readonly file: readonly string[];
  /** Each as `Name=true,Other=false`. */
  readonly featureGates: readonly string[];
  readonly shootObjects?: string;
  readonly images?: string;
  /** Reports only what fails. */
  readonly quiet?: boolean;
  /** Colours and lines of files, on a terminal or not; default: on a terminal. */
  readonly color?: boolean;
}

export const targets = ['shoot', 'seed', 'status'] as const;
export type Target = (typeof targets)[number];

export interface RenderOptions extends PlanOptions {
  readonly output: 'yaml' | 'json';
  readonly target: Target;
}

export interface ValidateOptions extends PlanOptions {
  /** Files with stored Shoots. Shoots of the input that are in none of them and have no metadata.uid are new. */
  readonly old?: readonly string[];
  readonly output: 'text' | 'json';
}

export interface DiffOptions extends PlanOptions {
  readonly output: 'text' | 'json';
}

export interface ExplainOptions extends PlanOptions {
  /** Also options with their defaults, and details. */
  readonly all?: boolean;
  /** Options and codes to explain in place of files. */
  readonly names: readonly string[];
  readonly output: 'text' | 'json' | 'markdown';
}
