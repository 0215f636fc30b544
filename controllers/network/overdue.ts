import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import { parseTime } from '../seed/time.ts';

/** A deletion that takes longer is reported as an error with its cause (docs/design/life-cycle.md#deletion). */
const overdueMs = 120_000;

/** Whether the deletion of a ManagedResource takes too long. The object stores its start, so that a restart does not reset the time. */
export function isOverdue(managedResource: KubeObject, now: number): boolean {
  const since = parseTime(managedResource.metadata.deletionTimestamp);
  return since !== undefined && now - since >= overdueMs;
}

/** Describes the overdue ones with the message of the resource manager; undefined when none is overdue. */
export function overdueText(managedResources: readonly KubeObject[], now: number): string | undefined {
  const overdue = managedResources.filter((one) => isOverdue(one, now));
  if (overdue.length === 0) return undefined;
  return overdue.map((one) => `ManagedResource ${one.metadata.name} still exists${conditionText(one)}`).join('; ');
}

function conditionText(managedResource: KubeObject): string {
  const status = isRecord(managedResource['status']) ? managedResource['status'] : {};
  const conditions = Array.isArray(status['conditions']) ? status['conditions'].filter(isRecord) : [];
  const applied = conditions.find((one) => one['type'] === 'ResourcesApplied' && one['status'] !== 'True');
  const pending = applied?.['reason'] === 'DeletionFailed' || applied?.['reason'] === 'DeletionPending';
  return pending && typeof applied['message'] === 'string' ? `: ${applied['message']}` : '';
}
