import { sameJson } from '../../pkg/gardener/merge-patch.ts';
import { isRecord, recordOf } from '../../pkg/gardener/objects.ts';
import { type Diagnostic, describe, errorsOf, warningsOf } from '../../pkg/network/diagnostics.ts';

export interface ConditionsInput {
  /** `status.conditions` as stored. */
  readonly present: unknown;
  /** Of the configuration as the run found it, be it applied or refused. */
  readonly diagnostics: readonly Diagnostic[];
  /** Wall clock in milliseconds. */
  readonly now: number;
}

/** Not one of the types that gardenlet folds into conditions of the Shoot (docs/design/gardener.md#health-conditions): a finding does not make a cluster unhealthy. */
export const findingsConditionType = 'NetworkConfigurationHealthy';

/**
 * The list that `status.conditions` should be; undefined when it should not be there. The findings in the current configuration are one
 * condition of status False, whose reason tells whether it is refused or only warned of; without findings there is none. Nothing of it
 * moves while they stay the same, so that a run without change writes nothing. Conditions of others stay, in their order.
 *
 * What the health checks of networking-calico and networking-cilium left behind before Gardener 1.65 goes: nobody updates those any more,
 * and gardenlet would still report them in the Shoot.
 */
export function conditionsOf({ present, diagnostics, now }: ConditionsInput): readonly unknown[] | undefined {
  const stored: readonly unknown[] = Array.isArray(present) ? present : [];
  const ours = stored.find((one) => typeOf(one) === findingsConditionType);
  const wanted = findingsCondition({ diagnostics, now, stored: recordOf(ours) });
  const others = stored.filter(isOthers);
  if (wanted === undefined) return others.length === 0 ? undefined : others;
  const at = stored.slice(0, stored.indexOf(ours)).filter(isOthers).length;
  return ours === undefined ? [...others, wanted] : others.toSpliced(at, 0, wanted);
}

function isOthers(condition: unknown): boolean {
  const type = typeOf(condition);
  return type !== undefined && type !== findingsConditionType && !abandonedTypes.includes(type);
}

const abandonedTypes: readonly string[] = [
  'SystemComponentsHealthy',
  'ControlPlaneHealthy',
  'EveryNodeReady',
  'ObservabilityComponentsHealthy',
];

interface FindingsInput extends Omit<ConditionsInput, 'present'> {
  readonly stored: Readonly<Record<string, unknown>>;
}

/** Without codes: Gardener's error codes are about failures, and one of them would stop an operation. */
function findingsCondition({ diagnostics, now, stored }: FindingsInput): object | undefined {
  if (diagnostics.length === 0) return undefined;
  const errors = errorsOf(diagnostics);
  const said = {
    type: findingsConditionType,
    status: 'False',
    reason: errors.length > 0 ? 'ConfigurationRefused' : 'ConfigurationWarnings',
    message: messageOf([...errors, ...warningsOf(diagnostics)]),
  };
  const { lastTransitionTime, lastUpdateTime, ...storedSaid } = stored;
  const timed = typeof lastTransitionTime === 'string' && typeof lastUpdateTime === 'string';
  if (timed && sameJson(storedSaid, said)) return stored;
  const time = `${new Date(now).toISOString().slice(0, 19)}Z`;
  const since = timed && stored['status'] === said.status ? lastTransitionTime : time;
  return { ...said, lastTransitionTime: since, lastUpdateTime: time };
}

/** A status is stored in etcd and shown in dashboards; netext validate lists all of them. */
function messageOf(findings: readonly Diagnostic[]): string {
  const texts = findings.map((one) => `${describe(one)} [${one.code}]`.slice(0, longest));
  const more = texts.length > mostFindings ? [`and ${texts.length - mostFindings} more`] : [];
  return [...texts.slice(0, mostFindings), ...more].join('\n');
}

const mostFindings = 10;
const longest = 500;

function typeOf(condition: unknown): string | undefined {
  return isRecord(condition) && typeof condition['type'] === 'string' ? condition['type'] : undefined;
}
