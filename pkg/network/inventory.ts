import type { ShootFacts } from '../gardener/cluster.ts';

/** Something outside of Network and Cluster that objects are rendered from, and that is read only where they are wanted. */
export type Need = 'apiServerAddresses';

/** A part of a shoot's network: objects that are there together. */
export interface Component<Values> {
  readonly when: (values: Values) => boolean;
  /** Undefined: values and images are enough. */
  readonly needs?: Need;
  /** Paths below the folder of the CNI in charts; one object each. */
  readonly templates: readonly string[];
}

export interface InventoryInput<Values> {
  readonly values: Values;
  readonly shoot: Pick<ShootFacts, 'hibernated'>;
}

/** What has to be read before the objects can be rendered. Nothing in hibernation, when there is no API server that has addresses. */
export function needsOf<Values>(
  components: readonly Component<Values>[],
  { values, shoot }: InventoryInput<Values>,
): ReadonlySet<Need> {
  if (shoot.hibernated) return new Set();
  return new Set(components.flatMap(({ when, needs }) => (needs !== undefined && when(values) ? [needs] : [])));
}

/** The templates whose objects the values ask for, but those that need what was not read. */
export function templatesOf<Values>(
  components: readonly Component<Values>[],
  { values, shoot, read }: InventoryInput<Values> & { readonly read: ReadonlySet<Need> },
): readonly string[] {
  const isThere = (need: Need | undefined): boolean => need === undefined || (read.has(need) && !shoot.hibernated);
  return components.filter(({ when, needs }) => when(values) && isThere(needs)).flatMap(({ templates }) => templates);
}
