import { isRecord, type KubeObject, recordOf } from '../../pkg/gardener/objects.ts';
import { statusText } from '../../pkg/gardener/status-text.ts';
import { lastOperationOf, statusOf } from './final-status.ts';

/** A deletion that takes longer is reported as an error with its cause (docs/design/life-cycle.md#deletion). */
const overdueMs = 120_000;

export interface OverdueInput {
  readonly network: KubeObject;
  readonly operation: string;
  /** Milliseconds that this process has been waiting for the ManagedResources. */
  readonly waitedMs: number;
}

/**
 * Whether the deletion of ManagedResources takes too long: by the clock of this process, or because an earlier process reported it for the same
 * operation. The latter prevents a restart from changing the status to Processing and back.
 */
export function isOverdue({ network, operation, waitedMs }: OverdueInput): boolean {
  const { type, state } = lastOperationOf(network);
  const { description } = recordOf(statusOf(network)['lastError']);
  const isReported = type === operation && state === 'Error' && String(description).includes(stillExists);
  return waitedMs >= overdueMs || isReported;
}

/** Describes the remaining ManagedResources with the messages of the resource manager. */
export function overdueText(managedResources: readonly KubeObject[]): string {
  return managedResources
    .map((one) => `ManagedResource ${one.metadata.name} ${stillExists}${conditionText(one)}`)
    .join('; ');
}

const stillExists = 'still exists';

function conditionText(managedResource: KubeObject): string {
  const status = isRecord(managedResource['status']) ? managedResource['status'] : {};
  const conditions = Array.isArray(status['conditions']) ? status['conditions'].filter(isRecord) : [];
  const applied = conditions.find((one) => one['type'] === 'ResourcesApplied' && one['status'] !== 'True');
  const pending = applied?.['reason'] === 'DeletionFailed' || applied?.['reason'] === 'DeletionPending';
  return pending && typeof applied['message'] === 'string' ? `: ${statusText(applied['message'], maxMessage)}` : '';
}

/** So that a long message does not displace the other names. */
const maxMessage = 500;
