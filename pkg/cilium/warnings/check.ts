/** What the checks of warnings.ts and the files beside it are made of; they import this file, never each other's types. */
import type { ShootFacts } from '../../gardener/cluster.ts';
import type { IPFamily } from '../../gardener/network.ts';
import type { Needing } from '../../network/checks.ts';
import type { Diagnostic } from '../../network/diagnostics.ts';
import type { ApiServerLookup } from '../api/api-server.ts';
import type { NetworkConfig } from '../api/config.ts';
import type { ciliumRules } from '../api/diagnostics.ts';
import type { CiliumValues } from '../render/values.ts';
import type { IpamFact } from '../shoot-facts.ts';

export interface WarningsInput {
  /** As the user gave it: a default is nobody's mistake. */
  readonly given: NetworkConfig;
  readonly shoot: ShootFacts;
  /** All families of the Network, those of a pending dual-stack migration included. */
  readonly families: readonly IPFamily[];
  readonly values: CiliumValues;
  readonly ipam: IpamFact;
  readonly apiServer: ApiServerLookup | undefined;
  /** `Network namespace/name`. */
  readonly object: string;
  /** `spec.providerConfig`. */
  readonly path: string;
  /** What is wrong with the configuration; `given` and `values` are what remains without it. */
  readonly errors: readonly Diagnostic[];
}

/** `path` below providerConfig. */
export type Warn = (code: keyof typeof ciliumRules, path: string, message: string) => Diagnostic;
export interface Check extends Needing<keyof NetworkConfig> {
  readonly find: (input: WarningsInput, warn: Warn) => readonly Diagnostic[];
}

/** What values.ts makes the tunnel of, masquerading, and the ranges that are routed natively. */
export const tunnelNeeds = ['overlay', 'tunnel'] as const;
export const masqueradingNeeds = [
  'enableIpv4Masquerade',
  'enableIpv6Masquerade',
  'enableBPFMasquerade',
  'snatToUpstreamDNS',
  'snatOutOfCluster',
  'shoot: families',
] as const;
export const nativeNeeds = [
  ...tunnelNeeds,
  'ipv4NativeRoutingCIDREnabled',
  'ipv6NativeRoutingCIDREnabled',
  'enableIpv4Masquerade',
  'enableIpv6Masquerade',
  'shoot: families',
] as const;
