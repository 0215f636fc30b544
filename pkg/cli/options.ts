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

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

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

export const diffOutputs = ['text', 'json', 'markdown', 'github'] as const;

export interface DiffOptions extends PlanOptions {
  readonly output: (typeof diffOutputs)[number];
  /** Files with the Shoots, Networks or NetworkConfigs before the change. */
  readonly old?: readonly string[];
  /** The file are two positional arguments, and may be those before and after a change. */
  readonly pair?: boolean;
  /** Lists objects by path. */
  readonly objects?: boolean;
  /** The exit code tells whether something changes, as with kubectl diff. */
  readonly exitCode?: boolean;
}

/** The settings of an operator for the Networks of one type, from a ControllerConfiguration. */
export interface OperatorSettings {
  readonly type: string;
  readonly featureGates: Readonly<Record<string, boolean>>;
  /** Defaults in the form of providerConfig. */
  readonly operatorDefaults: Readonly<Record<string, unknown>>;
}

export const policyActions = ['check', 'matrix', 'diff'] as const;
export type PolicyAction = (typeof policyActions)[number];

export interface PolicyOptions extends PlanOptions {
  readonly output: 'text' | 'json' | 'markdown';
  /** The ends of one flow to explain: `namespace/name` of a pod or workload, or an address; `to` has a port. */
  readonly from?: string;
  readonly to?: string;
}

export interface ExplainOptions extends PlanOptions {
  /** ControllerConfiguration of the operator. */
  readonly configFile?: readonly string[];
  /** Also options with their defaults, and details. */
  readonly all?: boolean;
  /** Options and codes to explain in place of files. */
  readonly names: readonly string[];
  readonly output: 'text' | 'json' | 'markdown';
}
