import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import { parseTime } from '../seed/time.ts';

/** After this long a deletion that is still going on is reported as an error, with what it waits for (docs/design/life-cycle.md#deletion). */
const overdueMs = 120_000;

/** Whether the deletion of a ManagedResource takes too long. The object itself stores the start, so that a restart does not begin to count anew. */
export function isOverdue(managedResource: KubeObject, now: number): boolean {
  const since = parseTime(managedResource.metadata.deletionTimestamp);
  return since !== undefined && now - since >= overdueMs;
}

/** Names the overdue ones among these, with what the resource manager reports about them; undefined when none is overdue. */
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
