/** Types and dependencies that the files with checks share; they import this file, never each other. */
import type { RuleInput } from '../../network/assessment.ts';
import type * as checks from '../../network/checks.ts';
import type { NetworkConfig } from '../api/config.ts';
import type { ciliumRules } from '../api/diagnostics.ts';
import type { CiliumValues } from '../render/values.ts';

export type CheckInput = RuleInput<NetworkConfig, CiliumValues>;
export type Check = checks.Check<NetworkConfig, CiliumValues, typeof ciliumRules>;
/** `path` is relative to providerConfig. */
export type Warn = checks.Warn<typeof ciliumRules>;

const tunnel = ['overlay', 'tunnel'] as const;

/** The inputs from which values.ts derives tunnel, masquerading, and natively routed ranges. */
export const dependencies = {
  tunnel,
  masquerading: [
    'enableIpv4Masquerade',
    'enableIpv6Masquerade',
    'enableBPFMasquerade',
    'snatToUpstreamDNS',
    'snatOutOfCluster',
    'shoot: families',
  ],
  native: [
    ...tunnel,
    'ipv4NativeRoutingCIDREnabled',
    'ipv6NativeRoutingCIDREnabled',
    'enableIpv4Masquerade',
    'enableIpv6Masquerade',
    'shoot: families',
  ],
} as const;
