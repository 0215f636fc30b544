/** Types and dependencies that the files with checks share; they import this file, never each other. */
import type { RuleInput } from '../../network/assessment.ts';
import type * as checks from '../../network/checks.ts';
import type { NetworkConfig } from '../api/config.ts';
import type { calicoRules } from '../api/diagnostics.ts';
import type { CalicoValues } from '../render/values.ts';

export type CheckInput = RuleInput<NetworkConfig, CalicoValues>;
export type Check = checks.Check<NetworkConfig, CalicoValues, typeof calicoRules>;
/** `path` is relative to providerConfig. */
export type Warn = checks.Warn<typeof calicoRules>;

const backend = ['backend', 'overlay', 'vxlan', 'shoot: families'] as const;

/** The inputs from which values.ts derives backend and IPv4 pool. */
export const dependencies = { backend, ipv4Pool: [...backend, 'ipv4'] } as const;
