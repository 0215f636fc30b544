/** What the checks of warnings.ts and the files beside it are made of; they import this file, never each other. */
import type { RuleInput } from '../../network/assessment.ts';
import type * as checks from '../../network/checks.ts';
import type { NetworkConfig } from '../api/config.ts';
import type { calicoRules } from '../api/diagnostics.ts';
import type { CalicoValues } from '../render/values.ts';

export type CheckInput = RuleInput<NetworkConfig, CalicoValues>;
export type Check = checks.Check<NetworkConfig, CalicoValues, typeof calicoRules>;
/** `path` below providerConfig. */
export type Warn = checks.Warn<typeof calicoRules>;

const backend = ['backend', 'overlay', 'vxlan', 'shoot: families'] as const;

/** What values.ts makes backend and IPv4 pool of. */
export const dependencies = { backend, ipv4Pool: [...backend, 'ipv4'] } as const;
