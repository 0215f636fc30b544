import type * as z from 'zod';
import type { RuleInput } from './assessment.ts';
import { type Diagnostic, type DiagnosticRules, reporter } from './diagnostics.ts';

/** Parts of a Network and its Shoot on which a warning can depend, and which an error can concern. */
export type ShootDependency =
  | 'shoot: addresses'
  | 'shoot: families'
  | 'shoot: kubeProxy'
  | 'shoot: nodes'
  | 'shoot: pods';

/** The dependencies of a check: top-level fields of providerConfig, and facts of the shoot. */
export interface DependsOn<Field extends string> {
  readonly dependsOn: readonly (Field | ShootDependency)[];
}

/** Reports a finding about a field below providerConfig. */
export type Warn<Rules extends DiagnosticRules> = (
  code: keyof Rules & string,
  path: string,
  message: string,
) => Diagnostic;

/** A check of one CNI. */
export interface Check<Config extends object, Values, Rules extends DiagnosticRules>
  extends DependsOn<keyof Config & string> {
  readonly find: (input: RuleInput<Config, Values>, warn: Warn<Rules>) => readonly Diagnostic[];
}

export interface ChecksInput<Config extends object, Values, Rules extends DiagnosticRules> {
  readonly checks: readonly Check<Config, Values, Rules>[];
  readonly rules: Rules;
  readonly schema: z.ZodObject;
  readonly input: RuleInput<Config, Values>;
  /** The errors in the configuration. */
  readonly errors: readonly Diagnostic[];
}

/** Runs the checks whose dependencies are valid, and returns their findings in the order of the checks. */
export function runChecks<Config extends object, Values, Rules extends DiagnosticRules>({
  checks,
  rules,
  schema,
  input,
  errors,
}: ChecksInput<Config, Values, Rules>): readonly Diagnostic[] {
  const { object, path: root } = input;
  const report = reporter(rules);
  const warn: Warn<Rules> = (code, path, message) => report(code, { object, path: `${root}.${path}`, message });
  const fields = Object.keys(schema.shape);
  return applicableChecks(checks, { errors, path: root, fields }).flatMap(({ find }) => find(input, warn));
}

export interface ErrorsInput {
  readonly errors: readonly Diagnostic[];
  /** Path of providerConfig in the object of the errors: `spec.providerConfig`. */
  readonly path: string;
  /** All top-level fields of providerConfig. */
  readonly fields: readonly string[];
}

/**
 * Returns the checks that do not depend on an invalid field: a warning that does could become wrong when the user corrects the field. An unknown
 * field may be a misspelling of any field, so no check applies beside it, nor beside an error about a path that is not listed here.
 */
export function applicableChecks<Check extends DependsOn<string>>(
  checks: readonly Check[],
  input: ErrorsInput,
): readonly Check[] {
  const invalid = new Set(input.errors.flatMap((error) => invalidFieldsOf(error, input)));
  return invalid.has(everything) ? [] : checks.filter(({ dependsOn }) => !dependsOn.some((one) => invalid.has(one)));
}

const everything = 'everything';

function invalidFieldsOf({ path }: Diagnostic, { path: root, fields }: ErrorsInput): readonly string[] {
  if (path.startsWith(root)) {
    const name = /^\.([A-Za-z0-9]+)/.exec(path.slice(root.length))?.[1];
    return [name !== undefined && fields.includes(name) ? name : everything];
  }
  return subjects.find(([about]) => about.test(path))?.[1] ?? [everything];
}

/** The dependencies that paths of Network and Shoot belong to. No check depends on names, the range of Services or the version. */
const subjects: readonly (readonly [RegExp, readonly ShootDependency[]])[] = [
  [/^(metadata\.|spec\.serviceCIDR$|spec\.kubernetes\.version$)/, []],
  [/^spec\.ipFamilies(\[\d+\])?$/, ['shoot: families']],
  [/^(spec\.podCIDR$|(spec|status)\.networking\.pods)/, ['shoot: pods']],
  [/^(spec|status)\.networking\.nodes/, ['shoot: nodes']],
  [/^spec\.kubernetes\.kubeProxy\./, ['shoot: kubeProxy']],
  [/^status\.advertisedAddresses/, ['shoot: addresses']],
];
