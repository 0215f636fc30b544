import { statusText } from '../../pkg/gardener/status-text.ts';
import { type Diagnostic, describe, errorsOf, warningsOf } from '../../pkg/network/diagnostics.ts';
import { type Condition, readConditions, removeConditions, type StoredCondition, setCondition } from './conditions.ts';

/**
 * Whether the configuration of a Network was accepted. gardenlet does not fold this type into the conditions of the Shoot
 * (docs/design/gardener.md#health-conditions): a finding in a configuration does not make a cluster unhealthy.
 */
export const configurationConditionType = 'NetworkConfigurationHealthy';

export interface ConditionsInput {
  /** `status.conditions` as stored. */
  readonly stored: unknown;
  /**
   * The findings of the last evaluation, errors included only if the configuration is refused; `not evaluated` when the run failed before it
   * could evaluate the configuration.
   */
  readonly findings: readonly Diagnostic[] | 'not evaluated';
  /** Wall clock in milliseconds. */
  readonly now: number;
}

/** Returns the list that `status.conditions` has to be. Equal findings give an equal list, so that a run without change writes nothing. */
export function networkConditions({ stored, findings, now }: ConditionsInput): readonly StoredCondition[] {
  const conditions = removeConditions(readConditions(stored), abandonedTypes);
  return setCondition(conditions, configurationCondition(findings), now);
}

/**
 * Health checks of networking-calico and networking-cilium before Gardener 1.65 wrote these. Nothing updates them any more, and gardenlet would
 * still report them in the Shoot.
 */
const abandonedTypes: readonly string[] = [
  'SystemComponentsHealthy',
  'ControlPlaneHealthy',
  'EveryNodeReady',
  'ObservabilityComponentsHealthy',
];

/**
 * Warnings leave the status True, because the configuration is applied; the reason shows them (docs/decisions/0011-conditions.md). There are no
 * `codes`: Gardener's error codes are about failures, and one of them would stop an operation.
 */
function configurationCondition(findings: ConditionsInput['findings']): Condition {
  const type = configurationConditionType;
  if (findings === 'not evaluated')
    return {
      type,
      status: 'Unknown',
      reason: 'ConfigurationNotEvaluated',
      message: 'The run failed before it evaluated the configuration, see lastError.',
    };
  const errors = errorsOf(findings);
  const message = findingsText([...errors, ...warningsOf(findings)]);
  if (errors.length > 0) return { type, status: 'False', reason: 'ConfigurationRefused', message };
  if (findings.length > 0) return { type, status: 'True', reason: 'ConfigurationWarnings', message };
  return { type, status: 'True', reason: 'ConfigurationAccepted', message: 'The configuration has no findings.' };
}

/** A bounded text, since etcd stores it and dashboards show it; `netext validate` lists every finding. */
function findingsText(findings: readonly Diagnostic[]): string {
  const texts = findings.map((one) => `${statusText(describe(one), maxFindingLength)} [${one.code}]`);
  const rest = texts.length > maxFindings ? [`and ${texts.length - maxFindings} more`] : [];
  return [...texts.slice(0, maxFindings), ...rest].join('\n');
}

const maxFindings = 10;
const maxFindingLength = 400;
