import { runChecks } from '../../network/checks.ts';
import type { Diagnostic } from '../../network/diagnostics.ts';
import { show } from '../../network/field.ts';
import { networkConfigSchema } from '../api/config.ts';
import { calicoRules } from '../api/diagnostics.ts';
import { addressWarnings } from './addresses.ts';
import { type Check, type CheckInput, dependencies, type Warn } from './check.ts';
import { datapathWarnings } from './datapath.ts';
import { reachabilityWarnings } from './reachability.ts';
import { serviceWarnings } from './services.ts';
import { workloadWarnings } from './workloads.ts';

/**
 * Returns warnings about options that are accepted and rendered as by the Go extension, but do not have the intended effect
 * (docs/reference/verdicts.md, "warn"). One finding per option; each message contains the setting that overrides it. With errors, only the
 * warnings that do not depend on invalid fields are returned.
 */
export function warnings({ input, errors }: WarningsInput): readonly Diagnostic[] {
  return runChecks({ checks, rules: calicoRules, schema: networkConfigSchema, input, errors });
}

export interface WarningsInput {
  readonly input: CheckInput;
  /** The errors in the configuration; `input` does not contain the invalid parts. */
  readonly errors: readonly Diagnostic[];
}

const checks: readonly Check[] = [
  ...reachabilityWarnings,
  ...datapathWarnings,
  { dependsOn: ['ipip', ...dependencies.ipv4Pool], find: deprecatedIpip },
  { dependsOn: ['ipAutodetectionMethod', 'ipv4', 'shoot: families', 'shoot: nodes'], find: deprecatedMethod },
  ...addressWarnings,
  ...workloadWarnings,
  ...serviceWarnings,
];

function deprecatedIpip({ given, values }: CheckInput, warn: Warn): readonly Diagnostic[] {
  if (!given.ipip) return [];
  const wins = values.ipv4 === undefined ? 'no IPv4 is configured' : `ipv4.mode is "${values.ipv4.mode}"`;
  return [warn('calico-deprecated-without-effect', 'ipip', `"${given.ipip}" has no effect: ${wins}`)];
}

function deprecatedMethod({ given, values }: CheckInput, warn: Warn): readonly Diagnostic[] {
  if (!given.ipAutodetectionMethod) return [];
  const wins =
    values.ipv4 === undefined
      ? 'no IPv4 is configured'
      : `ipv4.autoDetectionMethod is ${named(values.addresses.ipv4Method)}`;
  return [warn('calico-deprecated-without-effect', 'ipAutodetectionMethod', `has no effect: ${wins}`)];
}

function named(method: string | undefined): string {
  return method === undefined ? 'Calico’s own default' : show(method);
}
