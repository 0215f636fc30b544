import type { ShootFacts } from '../gardener/cluster.ts';

/** Something outside of Network and Cluster that objects are rendered from, and that is read only where they are wanted. */
export type SeedInput = 'apiServerAddresses';

/** A part of a shoot's network: objects that are there together. */
export interface Component<Values> {
  readonly when: (values: Values) => boolean;
  /** Undefined: values and images are enough. */
  readonly requires?: SeedInput;
  /** Paths below the folder of the CNI in charts; one object each. */
  readonly templates: readonly string[];
}

export interface InventoryInput<Values> {
  readonly values: Values;
  readonly shoot: Pick<ShootFacts, 'hibernated'>;
}

/** What has to be read before the objects can be rendered. Nothing in hibernation, when there is no API server that has addresses. */
export function requiredInputs<Values>(
  components: readonly Component<Values>[],
  { values, shoot }: InventoryInput<Values>,
): ReadonlySet<SeedInput> {
  if (shoot.hibernated) return new Set();
  return new Set(
    components.flatMap(({ when, requires: needs }) => (needs !== undefined && when(values) ? [needs] : [])),
  );
}

/** The templates whose objects the values ask for, but those that need what was not read. */
export function selectTemplates<Values>(
  components: readonly Component<Values>[],
  { values, shoot, available: read }: InventoryInput<Values> & { readonly available: ReadonlySet<SeedInput> },
): readonly string[] {
  const isThere = (need: SeedInput | undefined): boolean => need === undefined || (read.has(need) && !shoot.hibernated);
  return components
    .filter(({ when, requires: needs }) => when(values) && isThere(needs))
    .flatMap(({ templates }) => templates);
}
