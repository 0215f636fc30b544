import { shootFacts } from '../gardener/cluster.ts';
import { isRecord, recordOf } from '../gardener/objects.ts';

/** A value that the plan for a Shoot requires, and that other components set before the network is created. */
export interface MissingValue {
  /** The field of the Shoot. */
  readonly path: string;
  /** The component that sets the field. */
  readonly setBy: string;
  /** The flag of the offline commands for the value. */
  readonly flag: MissingFlag;
}

export type MissingFlag = '--kubernetes-version' | '--pods' | '--services';

/**
 * Returns the values that a new Shoot does not contain yet: Gardener and the infrastructure extension set them before gardenlet creates the
 * Network (docs/design/gardener.md#fields-of-shoot-and-cluster). Values of a wrong type are not missing, but errors.
 */
export function missingValues(shoot: Readonly<Record<string, unknown>>): readonly MissingValue[] {
  const spec = recordOf(shoot['spec']);
  const { observed, networking } = shootFacts(shoot);
  const isIPv6 = networking.ipFamilies[0] === 'IPv6';
  const rangeFields = [
    ['pods', observed.pods],
    ['services', observed.services],
  ] as const;
  const ranges = rangeFields
    .filter(([name, status]) => isAbsent(spec['networking'], name) && status.length === 0)
    .map(([name]): MissingValue => {
      const setBy = isIPv6
        ? `the infrastructure extension, in status.networking.${name}`
        : `Gardener, from spec.networks.shootDefaults.${name} of the Seed`;
      return { path: `spec.networking.${name}`, setBy, flag: `--${name}` };
    });
  if (!isAbsent(spec['kubernetes'], 'version')) return ranges;
  const version: MissingValue = {
    path: 'spec.kubernetes.version',
    setBy: 'Gardener, from the supported versions of the CloudProfile',
    flag: '--kubernetes-version',
  };
  return [...ranges, version];
}

/** Empty texts count as absent, as in Gardener. */
function isAbsent(parent: unknown, name: string): boolean {
  if (!isRecord(parent)) return parent === undefined || parent === null;
  const value = parent[name];
  return value === undefined || value === null || value === '';
}
