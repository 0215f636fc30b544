import { sameJson } from '../../pkg/gardener/merge-patch.ts';
import { isRecord, recordOf } from '../../pkg/gardener/objects.ts';
import { formatTime } from '../seed/time.ts';

/** The content of a condition; its times follow from the stored condition. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  /** The category of the cause, in CamelCase. */
  readonly reason: string;
  readonly message: string;
}

/** One element of `status.conditions` as stored, in the format of core.gardener.cloud/v1beta1. */
export type StoredCondition = Readonly<Record<string, unknown>> & { readonly type: string };

/** Reads `status.conditions` leniently: elements that are not objects with a type are dropped. */
export function readConditions(stored: unknown): readonly StoredCondition[] {
  return Array.isArray(stored) ? stored.filter(isCondition) : [];
}

/**
 * Returns the list with this condition, by the rules of apimachinery's `meta.SetStatusCondition`: a new type is appended, a known one is
 * replaced in its place, and all other conditions remain as they are. `lastTransitionTime` moves with the status only; `lastUpdateTime`, which
 * only Gardener has, moves with every difference. `now` is the wall clock in milliseconds.
 */
export function setCondition(
  conditions: readonly StoredCondition[],
  wanted: Condition,
  now: number,
): readonly StoredCondition[] {
  const index = conditions.findIndex(({ type }) => type === wanted.type);
  const condition = withTimes(wanted, conditions[index], now);
  if (index === -1) return [...conditions, condition];
  return [...conditions.slice(0, index), condition, ...removeConditions(conditions.slice(index + 1), [wanted.type])];
}

/** Returns the list without the conditions of these types. */
export function removeConditions(
  conditions: readonly StoredCondition[],
  types: readonly string[],
): readonly StoredCondition[] {
  return conditions.filter(({ type }) => !types.includes(type));
}

function withTimes(wanted: Condition, stored: StoredCondition | undefined, now: number): StoredCondition {
  const time = formatTime(now);
  const { lastTransitionTime, lastUpdateTime, ...content } = recordOf(stored);
  const isTimed = typeof lastTransitionTime === 'string' && typeof lastUpdateTime === 'string';
  if (!isTimed || content['status'] !== wanted.status)
    return { ...wanted, lastTransitionTime: time, lastUpdateTime: time };
  return { ...wanted, lastTransitionTime, lastUpdateTime: sameJson(content, wanted) ? lastUpdateTime : time };
}

function isCondition(value: unknown): value is StoredCondition {
  return isRecord(value) && typeof value['type'] === 'string';
}
