import type { Diagnostic } from './diagnostics.ts';

/** What of a Network and its Shoot a warning can depend on, and an error can be about. */
export type ShootNeed = 'shoot: addresses' | 'shoot: families' | 'shoot: kubeProxy' | 'shoot: nodes' | 'shoot: pods';

/** A check that warns, and everything that its findings depend on: fields of providerConfig, by their first name, and facts of the shoot. */
export interface Needing<Field extends string> {
  readonly needs: readonly (Field | ShootNeed)[];
}

export interface FaultsInput {
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
export function soundChecks<Check extends Needing<string>>(
  checks: readonly Check[],
  input: FaultsInput,
): readonly Check[] {
  const faults = new Set(input.errors.flatMap((error) => faultsOf(error, input)));
  return faults.has(everything) ? [] : checks.filter(({ needs }) => !needs.some((need) => faults.has(need)));
}

const everything = 'everything';

function faultsOf({ path }: Diagnostic, { path: root, fields }: FaultsInput): readonly string[] {
  if (path.startsWith(root)) {
    const name = /^\.([A-Za-z0-9]+)/.exec(path.slice(root.length))?.[1];
    return [name !== undefined && fields.includes(name) ? name : everything];
  }
  return subjects.find(([about]) => about.test(path))?.[1] ?? [everything];
}

/** Paths of Network and Shoot. No check looks at names, at the range of Services or at the version. */
const subjects: readonly (readonly [RegExp, readonly ShootNeed[]])[] = [
  [/^(metadata\.|spec\.serviceCIDR$|spec\.kubernetes\.version$)/, []],
  [/^spec\.ipFamilies(\[\d+\])?$/, ['shoot: families']],
  [/^(spec\.podCIDR$|(spec|status)\.networking\.pods)/, ['shoot: pods']],
  [/^(spec|status)\.networking\.nodes/, ['shoot: nodes']],
  [/^spec\.kubernetes\.kubeProxy\./, ['shoot: kubeProxy']],
  [/^status\.advertisedAddresses/, ['shoot: addresses']],
];
