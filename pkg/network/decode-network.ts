import { clusterShootFacts, type ShootFacts } from '../gardener/cluster.ts';
import type { IPFamily, Network } from '../gardener/network.ts';
import { describeObject } from '../gardener/objects.ts';
import { type DecodeInput, decodeConfig } from './decode.ts';
import type { Diagnostic } from './diagnostics.ts';
import { withOperatorDefaults } from './operator-defaults.ts';
import {
  describeShoot,
  type FieldList,
  type FieldText,
  missingShoot,
  rangeListProblems,
  rangeProblems,
} from './shoot-findings.ts';
import { readFamilies, validateNetwork } from './validate.ts';

/** A Network, its Cluster and the settings of the operator: the input of a plan before anything else is read. */
export interface NetworkInput {
  readonly network: Network;
  /** The Cluster as stored; decoded leniently. */
  readonly cluster: unknown;
  readonly featureGates: Readonly<Record<string, boolean>>;
  /** Defaults of the operator for all Networks of the CNI, in the form of providerConfig. */
  readonly operatorDefaults?: Readonly<Record<string, unknown>> | undefined;
}

/** Schema and rules of a CNI for decoding its Networks. */
export interface NetworkRules<Config> extends Pick<DecodeInput<Config>, 'schema' | 'apiVersion' | 'kind' | 'hints'> {
  /** Rules for the configuration beyond its types. */
  config(input: ConfigRulesInput<Config>): readonly Diagnostic[];
  /** Rules for the Shoot; `object` as returned by describeShoot. */
  shoot(input: ShootRulesInput<Config>): readonly Diagnostic[];
  /** Strings of the Shoot that must be CIDRs, since manifests contain them or depend on them. */
  ranges(shoot: ShootFacts): readonly FieldText[];
  /** Lists of such strings. */
  rangeLists(shoot: ShootFacts): readonly FieldList[];
}

export interface ConfigRulesInput<Config> {
  /** Without its invalid parts. */
  readonly config: Config;
  readonly families: readonly IPFamily[];
  /** `Network namespace/name`. */
  readonly object: string;
  readonly path: string;
  /** The findings of decoding. */
  readonly decoding: readonly Diagnostic[];
}

export interface ShootRulesInput<Config> {
  readonly config: Config;
  readonly shoot: ShootFacts;
  readonly object: string;
}

/** A decoded Network, the common input of checks, queries and plans, so that decoding happens once. */
export interface DecodedNetwork<Config> extends Pick<NetworkInput, 'network' | 'featureGates'> {
  /** The user's configuration without its invalid parts. */
  readonly config: Config;
  /** The same with the defaults of the operator; determines what is rendered. */
  readonly effective: Config;
  /** All families of the Network, including those of a pending dual-stack migration. */
  readonly families: readonly IPFamily[];
  /** Undefined if the Cluster has none, which is one of the diagnostics. */
  readonly shoot: ShootFacts | undefined;
  /** Errors only: warnings require the computed values. */
  readonly diagnostics: readonly Diagnostic[];
}

/** A decoded Network whose Cluster has a Shoot. */
export type ShootNetwork<Config> = DecodedNetwork<Config> & { readonly shoot: ShootFacts };

export function hasShoot<Config>(decoded: DecodedNetwork<Config>): decoded is ShootNetwork<Config> {
  return decoded.shoot !== undefined;
}

/** Path of the CNI's configuration in a Network. */
export const configPath = 'spec.providerConfig';

/** Decodes and validates a Network and its Cluster. Returns all findings at once; an error in one place does not hide errors in others. Never throws. */
export function decodeNetwork<Config>(
  { network, cluster, featureGates, operatorDefaults }: NetworkInput,
  rules: NetworkRules<Config>,
): DecodedNetwork<Config> {
  const families = readFamilies(network);
  const { config, diagnostics } = decodeProviderConfig(network, { families, rules });
  const found = [...validateNetwork(network), ...diagnostics];
  const shoot = clusterShootFacts(cluster);
  const effective = withOperatorDefaults(config, operatorDefaults);
  const decoded = { network, featureGates, config, effective, families, shoot };
  if (shoot === undefined) return { ...decoded, diagnostics: [...found, missingShoot(network)] };
  const object = describeShoot(shoot);
  const ofShoot = [
    ...rules.shoot({ config, shoot, object }),
    ...rangeProblems(object, rules.ranges(shoot)),
    ...rangeListProblems(object, rules.rangeLists(shoot)),
  ];
  return { ...decoded, diagnostics: [...found, ...ofShoot] };
}

function decodeProviderConfig<Config>(
  network: Network,
  { families, rules }: { readonly families: readonly IPFamily[]; readonly rules: NetworkRules<Config> },
): { readonly config: Config; readonly diagnostics: readonly Diagnostic[] } {
  const { schema, apiVersion, kind, hints = {} } = rules;
  const object = describeObject(network);
  const path = configPath;
  const raw = network.spec.providerConfig;
  const { config, diagnostics: decoding } = decodeConfig({ raw, schema, apiVersion, kind, hints, object, path });
  return { config, diagnostics: [...decoding, ...rules.config({ config, families, object, path, decoding })] };
}
