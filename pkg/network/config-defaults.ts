/** How options of providerConfig are defaulted, alike for all CNIs. Null means the same as absent. */

/** A group that something is switched by. */
export interface Toggle {
  readonly enabled: boolean;
}

/** The value, or the fallback where it is absent. */
export function defaultTo<T, const Fallback>(value: T | null | undefined, fallback: Fallback): T | Fallback {
  return value ?? fallback;
}

/** The members of a group; none where it is absent. */
export function defaultGroup<Group extends object>(group: Group | null | undefined): Partial<Group> {
  return group ?? {};
}

/** A group without `enabled` means false, as in Go, where it is a plain bool; only an absent group means the default of the option. */
export function defaultToggle(
  group: { readonly enabled?: boolean | null | undefined } | null | undefined,
  absent = false,
): Toggle {
  return { enabled: group ? (group.enabled ?? false) : absent };
}
