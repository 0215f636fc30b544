import { clusterShootFacts, type ShootFacts } from '../gardener/cluster.ts';
import type { IPFamily, Network } from '../gardener/network.ts';
import { describeObject } from '../gardener/objects.ts';
import { type DecodeInput, decodeConfig } from './decode.ts';
import type { Diagnostic } from './diagnostics.ts';
import type { PlanInput } from './plugin.ts';
import {
  badRangeLists,
  badRanges,
  describeShoot,
  type FieldList,
  type FieldText,
  missingShoot,
} from './shoot-findings.ts';
import { familiesOf, validateNetwork } from './validate.ts';

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

export interface DecodedNetwork<Config> {
  /** Without its faulty parts. */
  readonly config: Config;
  /** All families of the Network, those of a pending dual-stack migration included. */
  readonly families: readonly IPFamily[];
  /** Undefined when the Cluster has none, which is among the diagnostics. */
  readonly shoot: ShootFacts | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Where a Network has the configuration of its CNI. */
export const configPath = 'spec.providerConfig';

/** Decodes and checks everything at once; what is wrong in one place does not hide what is wrong in another. Never throws. */
export function decodeNetwork<Config>(
  { network, cluster }: Pick<PlanInput, 'network' | 'cluster'>,
  rules: NetworkRules<Config>,
): DecodedNetwork<Config> {
  const families = familiesOf(network);
  const { config, diagnostics } = decodedConfig(network, { families, rules });
  const found = [...validateNetwork(network), ...diagnostics];
  const shoot = clusterShootFacts(cluster);
  if (shoot === undefined) return { config, families, shoot, diagnostics: [...found, missingShoot(network)] };
  const object = describeShoot(shoot);
  const ofShoot = [
    ...rules.shoot({ config, shoot, object }),
    ...badRanges(object, rules.ranges(shoot)),
    ...badRangeLists(object, rules.rangeLists(shoot)),
  ];
  return { config, families, shoot, diagnostics: [...found, ...ofShoot] };
}

function decodedConfig<Config>(
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
