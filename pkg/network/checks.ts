import type * as z from 'zod';
import type { RuleInput } from './assessment.ts';
import { type Diagnostic, type DiagnosticRules, reporter } from './diagnostics.ts';

/** What of a Network and its Shoot a warning can depend on, and an error can be about. */
export type ShootDependency =
  | 'shoot: addresses'
  | 'shoot: families'
  | 'shoot: kubeProxy'
  | 'shoot: nodes'
  | 'shoot: pods';

/** A check that warns, and everything that its findings depend on: fields of providerConfig, by their first name, and facts of the shoot. */
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
  /** What is wrong with the configuration. */
  readonly errors: readonly Diagnostic[];
}

/** What the checks find that can be asked beside the errors, in their order. */
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
  /** Where providerConfig stands in the object that the errors are about: `spec.providerConfig`. */
  readonly path: string;
  /** All fields that providerConfig may have. */
  readonly fields: readonly string[];
}

/**
 * The checks that can be asked beside these errors: a warning that needs something faulty could be nonsense, since nobody knows what its author
 * will make of it. A field that does not exist may be any field, misspelt, so with one of them nothing can be said; nor with an error about
 * something that is not listed here.
 */
export function applicableChecks<Check extends DependsOn<string>>(
  checks: readonly Check[],
  input: ErrorsInput,
): readonly Check[] {
  const faults = new Set(input.errors.flatMap((error) => invalidFieldsOf(error, input)));
  return faults.has(everything) ? [] : checks.filter(({ dependsOn: needs }) => !needs.some((need) => faults.has(need)));
}

const everything = 'everything';

function invalidFieldsOf({ path }: Diagnostic, { path: root, fields }: ErrorsInput): readonly string[] {
  if (path.startsWith(root)) {
    const name = /^\.([A-Za-z0-9]+)/.exec(path.slice(root.length))?.[1];
    return [name !== undefined && fields.includes(name) ? name : everything];
  }
  return subjects.find(([about]) => about.test(path))?.[1] ?? [everything];
}

/** Paths of Network and Shoot. No check looks at names, at the range of Services or at the version. */
const subjects: readonly (readonly [RegExp, readonly ShootDependency[]])[] = [
  [/^(metadata\.|spec\.serviceCIDR$|spec\.kubernetes\.version$)/, []],
  [/^spec\.ipFamilies(\[\d+\])?$/, ['shoot: families']],
  [/^(spec\.podCIDR$|(spec|status)\.networking\.pods)/, ['shoot: pods']],
  [/^(spec|status)\.networking\.nodes/, ['shoot: nodes']],
  [/^spec\.kubernetes\.kubeProxy\./, ['shoot: kubeProxy']],
  [/^status\.advertisedAddresses/, ['shoot: addresses']],
];
