import type { ShootFacts } from '../gardener/cluster.ts';

/** An input from the seed, beside Network and Cluster, that is read only if an object requires it. */
export type SeedInput = 'apiServerAddresses';

/** A part of a shoot's network: objects that are rendered under the same condition. */
export interface Component<Values> {
  readonly when: (values: Values) => boolean;
  /** Undefined if values and images suffice. */
  readonly requires?: SeedInput;
  /** Paths relative to the folder of the CNI in charts; one object each. */
  readonly templates: readonly string[];
}

export interface InventoryInput<Values> {
  readonly values: Values;
  readonly shoot: Pick<ShootFacts, 'hibernated'>;
}

/** Returns the inputs to read before rendering; none for a hibernated shoot, whose API server has no addresses. */
export function requiredInputs<Values>(
  components: readonly Component<Values>[],
  { values, shoot }: InventoryInput<Values>,
): ReadonlySet<SeedInput> {
  if (shoot.hibernated) return new Set();
  return new Set(
    components.flatMap(({ when, requires }) => (requires !== undefined && when(values) ? [requires] : [])),
  );
}

/** Returns the templates of the components that the values enable, except those whose input is not available. */
export function selectTemplates<Values>(
  components: readonly Component<Values>[],
  { values, shoot, available }: InventoryInput<Values> & { readonly available: ReadonlySet<SeedInput> },
): readonly string[] {
  const hasInput = ({ requires }: Component<Values>): boolean =>
    requires === undefined || (available.has(requires) && !shoot.hibernated);
  return components.filter((one) => one.when(values) && hasInput(one)).flatMap(({ templates }) => templates);
}
