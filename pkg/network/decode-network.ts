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

/** A Network, its Cluster, and how the operator has switched the feature gates: what is known before anything is read for a plan. */
export interface NetworkInput {
  readonly network: Network;
  /** The Cluster as stored; decoded leniently. */
  readonly cluster: unknown;
  readonly featureGates: Readonly<Record<string, boolean>>;
  /** Options that the operator sets for all Networks of the CNI that leave them out; of the form of providerConfig. */
  readonly operatorDefaults?: Readonly<Record<string, unknown>> | undefined;
}

/** What a CNI brings to the decoding of its Networks. */
export interface NetworkRules<Config> extends Pick<DecodeInput<Config>, 'schema' | 'apiVersion' | 'kind'> {
  /** Rules of the configuration beyond its types. */
  config(input: ConfigRulesInput<Config>): readonly Diagnostic[];
  /** Rules of the Shoot; `object` as by describeShoot. */
  shoot(input: ShootRulesInput<Config>): readonly Diagnostic[];
  /** The texts of the Shoot that must be CIDRs, since they reach manifests or decide about them. */
  ranges(shoot: ShootFacts): readonly FieldText[];
  /** Its lists of such texts. */
  rangeLists(shoot: ShootFacts): readonly FieldList[];
}

export interface ConfigRulesInput<Config> {
  /** Without its faulty parts. */
  readonly config: Config;
  readonly families: readonly IPFamily[];
  /** `Network namespace/name`. */
  readonly object: string;
  readonly path: string;
  /** What decoding it found. */
  readonly decoding: readonly Diagnostic[];
}

export interface ShootRulesInput<Config> {
  readonly config: Config;
  readonly shoot: ShootFacts;
  readonly object: string;
}

/** A Network that has been decoded, once: checks, queries and plans start from here. */
export interface DecodedNetwork<Config> extends Pick<NetworkInput, 'network' | 'featureGates'> {
  /** As the user gave it, without its faulty parts. */
  readonly config: Config;
  /** The same with the defaults of the operator; what is rendered follows from it. */
  readonly effective: Config;
  /** All families of the Network, those of a pending dual-stack migration included. */
  readonly families: readonly IPFamily[];
  /** Undefined when the Cluster has none, which is among the diagnostics. */
  readonly shoot: ShootFacts | undefined;
  /** Errors; all of them, since nothing is warned about before the values are known. */
  readonly diagnostics: readonly Diagnostic[];
}

/** A decoded Network whose Cluster has a Shoot. */
export type ShootNetwork<Config> = DecodedNetwork<Config> & { readonly shoot: ShootFacts };

export function hasShoot<Config>(decoded: DecodedNetwork<Config>): decoded is ShootNetwork<Config> {
  return decoded.shoot !== undefined;
}

/** Where a Network has the configuration of its CNI. */
export const configPath = 'spec.providerConfig';

/** Decodes and checks everything at once; what is wrong in one place does not hide what is wrong in another. Never throws. */
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
  const { schema, apiVersion, kind } = rules;
  const object = describeObject(network);
  const path = configPath;
  const raw = network.spec.providerConfig;
  const { config, diagnostics: decoding } = decodeConfig({ raw, schema, apiVersion, kind, object, path });
  return { config, diagnostics: [...decoding, ...rules.config({ config, families, object, path, decoding })] };
}
