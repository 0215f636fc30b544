import { shootFacts } from '../gardener/cluster.ts';
import { isRecord, type KubeObject, recordOf } from '../gardener/objects.ts';

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

/** A Shoot with a value for each missing one. */
export interface AssumedShoot {
  /** The same object if nothing is missing. */
  readonly shoot: KubeObject;
  /** Reports whether a message contains an assumed value, which would mislead the reader. */
  readonly isQuoted: (message: string) => boolean;
}

/**
 * Returns the Shoot with arbitrary values in place of the missing ones, so that the rules that do not depend on them apply: the data path of a new
 * Shoot is validated before its ranges are known. The ranges are those for documentation, which no cluster uses. An empty text remains, since the
 * API server stores it as it is.
 */
export function assumeMissingValues(shoot: KubeObject): AssumedShoot {
  const family = shootFacts(shoot).networking.ipFamilies[0] === 'IPv6' ? 'IPv6' : 'IPv4';
  const values = missingValues(shoot).map(({ path }) => ({ path, value: assumedValues[family][path] ?? '' }));
  const ranges = values.filter(({ path }) => path.startsWith('spec.networking.'));
  return {
    shoot: values.reduce((one, { path, value }) => withText(one, path.split('.'), value) as KubeObject, shoot),
    isQuoted: (message) => ranges.some(({ value }) => message.includes(value)),
  };
}

const assumedVersion = { 'spec.kubernetes.version': '1.34.0' };

const assumedValues: Readonly<Record<'IPv4' | 'IPv6', Readonly<Record<string, string>>>> = {
  IPv4: {
    'spec.networking.pods': '192.0.2.0/24',
    'spec.networking.services': '198.51.100.0/24',
    ...assumedVersion,
  },
  IPv6: {
    'spec.networking.pods': '2001:db8:ffff:fffe::/64',
    'spec.networking.services': '2001:db8:ffff:ffff::/112',
    ...assumedVersion,
  },
};

function withText(target: unknown, keys: readonly string[], value: string): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return target ?? value;
  const parent = recordOf(target);
  return { ...parent, [key]: withText(parent[key], rest, value) };
}

/** Empty texts count as absent, as in Gardener. */
function isAbsent(parent: unknown, name: string): boolean {
  if (!isRecord(parent)) return parent === undefined || parent === null;
  const value = parent[name];
  return value === undefined || value === null || value === '';
}
