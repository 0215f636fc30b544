/** Defaulting of providerConfig options, common to all CNIs. Null means the same as absent. */

/** A group that enables a feature. */
export interface Toggle {
  readonly enabled: boolean;
}

/** Returns the value, or the fallback if it is absent. */
export function defaultTo<T, const Fallback>(value: T | null | undefined, fallback: Fallback): T | Fallback {
  return value ?? fallback;
}

/** Returns the group, or one without members if it is absent. */
export function defaultGroup<Group extends object>(group: Group | null | undefined): Partial<Group> {
  return group ?? {};
}

/** Defaults a toggle. A group without `enabled` means false, as in Go, where it is a plain bool; only an absent group has the default of the option. */
export function defaultToggle(
  group: { readonly enabled?: boolean | null | undefined } | null | undefined,
  absent = false,
): Toggle {
  return { enabled: group ? (group.enabled ?? false) : absent };
}
