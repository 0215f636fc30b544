import { shootFacts } from '../gardener/cluster.ts';
import { isRecord, type KubeObject, recordOf } from '../gardener/objects.ts';
import { memberAt } from './data-path.ts';
import { type Diagnostic, type DiagnosticRule, type DiagnosticRules, errorsOf } from './diagnostics.ts';

/** A value that the plan for a Shoot requires, and that other components set before the network is created. */
export interface MissingValue {
  /** The field of the Shoot. */
  readonly path: string;
  /** The component that sets the field. */
  readonly setBy: string;
  /** The flag of the offline commands for the value. */
  readonly flag: MissingFlag;
}

export type MissingFlag = '--kubernetes-version' | '--pods' | '--services' | `--set '${string}'`;

/** Returns the values for which findings about a Shoot wait that is not created yet; undefined if an error does not wait for one. */
export function awaitedValues(
  findings: readonly Diagnostic[],
  rules: DiagnosticRules,
): readonly MissingValue[] | undefined {
  const awaited = errorsOf(findings).map(({ code }) => rules[code]?.awaits);
  if (!awaited.every((one) => one !== undefined)) return undefined;
  return [...new Set(awaited)].map(({ path, setBy, example }) => ({ path, setBy, flag: `--set '${path}=${example}'` }));
}

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

/** Returns whether a finding is about the absence of a value that is set before the network is created. */
export function isAwaited(shoot: Readonly<Record<string, unknown>>, rule: DiagnosticRule | undefined): boolean {
  return rule?.awaits !== undefined && memberAt(shoot, rule.awaits.path.split('.')) === undefined;
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
  const families = shootFacts(shoot).networking.ipFamilies;
  const missing = missingValues(shoot).map(({ path }) => path);
  const rangesOf = (name: 'pods' | 'services'): readonly string[] =>
    families.length === 0 ? [assumedRanges[name].IPv4] : [...new Set(families)].map((one) => familyRange(name, one));
  const ranges = (['pods', 'services'] as const)
    .filter((name) => missing.includes(`spec.networking.${name}`))
    .map((name) => ({ name, values: rangesOf(name) }));
  const fields: readonly (readonly [path: string, value: unknown])[] = [
    ...ranges.map(({ name, values }) => [`spec.networking.${name}`, values[0]] as const),
    // In dual-stack the status contains the range of the second family.
    ...ranges.map(({ name, values }) => [`status.networking.${name}`, values] as const),
    ...(missing.includes('spec.kubernetes.version') ? [['spec.kubernetes.version', assumedVersion] as const] : []),
  ];
  const values = ranges.flatMap((one) => one.values);
  return {
    shoot: fields.reduce((one, [path, value]) => withValue(one, path.split('.'), value) as KubeObject, shoot),
    isQuoted: (message) => values.some((value) => message.includes(value)),
  };
}

const assumedVersion = '1.34.0';

const assumedRanges = {
  pods: { IPv4: '192.0.2.0/24', IPv6: '2001:db8:ffff:fffe::/64' },
  services: { IPv4: '198.51.100.0/24', IPv6: '2001:db8:ffff:ffff::/112' },
} as const;

function familyRange(name: 'pods' | 'services', family: string): string {
  return assumedRanges[name][family === 'IPv6' ? 'IPv6' : 'IPv4'];
}

function withValue(target: unknown, keys: readonly string[], value: unknown): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return target === undefined || target === null || Array.isArray(target) ? value : target;
  const parent = recordOf(target);
  return { ...parent, [key]: withValue(parent[key], rest, value) };
}

/** Empty texts count as absent, as in Gardener. */
function isAbsent(parent: unknown, name: string): boolean {
  if (!isRecord(parent)) return parent === undefined || parent === null;
  const value = parent[name];
  return value === undefined || value === null || value === '';
}
