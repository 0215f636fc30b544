import { errorCodes } from '../../pkg/gardener/constants.ts';
import { createMergePatch } from '../../pkg/gardener/merge-patch.ts';
import type { OperationType } from '../../pkg/gardener/network.ts';
import { type KubeObject, recordOf } from '../../pkg/gardener/objects.ts';
import { statusText } from '../../pkg/gardener/status-text.ts';
import { type Diagnostic, warningsOf } from '../../pkg/network/diagnostics.ts';
import type { StatusPlan } from '../../pkg/network/plugin.ts';
import { formatTime } from '../seed/time.ts';
import type { StoredCondition } from './conditions.ts';
import { type ConditionsInput, networkConditions } from './configuration-condition.ts';
import {
  finalStatusPatch,
  type LastOperation,
  lastOperationOf,
  type Patch,
  requestTime,
  statusOf,
} from './final-status.ts';

export interface StatusInput {
  readonly network: KubeObject;
  readonly operation: OperationType;
  /** Wall clock in milliseconds. */
  readonly now: number;
}

const verbs: Readonly<Record<OperationType, { readonly present: string; readonly past: string }>> = {
  Create: { present: 'reconciling', past: 'reconciled' },
  Reconcile: { present: 'reconciling', past: 'reconciled' },
  Restore: { present: 'restoring', past: 'restored' },
  Delete: { present: 'deleting', past: 'deleted' },
  Migrate: { present: 'migrating', past: 'migrated' },
};

/**
 * Returns the merge patch that announces a run; undefined when it is announced already. lastError and observedGeneration remain: gardenlet
 * counts polls with an error, so removing it early would only delay the verdict (docs/design/life-cycle.md#state-machine).
 */
export function processingPatch(input: StatusInput): Patch | undefined {
  const description = `${capitalised(verbs[input.operation].present)} the Network`;
  return announcement(input, { state: 'Processing', progress: 1, description });
}

export interface Wait {
  /** The cause of the wait. */
  readonly note: string;
  /** Findings of the plan; its errors are the causes of the wait. */
  readonly diagnostics: readonly Diagnostic[];
  /** gardenlet is about to give up on its request. */
  readonly isLong: boolean;
}

/**
 * Returns the merge patch of a run that waits; undefined when all of it is stored. Nothing is wrong, so the error of an earlier run is removed:
 * with it gardenlet would give up after half a minute (docs/design/gardener.md#readiness). Only when gardenlet is about to give up anyway, the cause
 * becomes the error, which gardenlet shows in the Shoot. Without a code, because the owner of the shoot cannot resolve it.
 */
export function waitingPatch(input: StatusInput, { note, diagnostics, isLong }: Wait): Patch | undefined {
  const { conditions: stored, lastError } = statusOf(input.network);
  const conditions = conditionsAfter(input, warningsOf(diagnostics));
  const patch = {
    ...announcement(input, { state: 'Processing', progress: 50, description: statusText(note) }),
    ...createMergePatch(
      { conditions: stored, lastError },
      { conditions, ...(isLong && { lastError: waitingError(input, note) }) },
    ),
  };
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/** An equal error keeps its time, so that it is written once. */
function waitingError(input: StatusInput, note: string): Patch {
  const description = failureText(input, note);
  const stored = recordOf(statusOf(input.network)['lastError']);
  const isStored = stored['description'] === description && typeof stored['lastUpdateTime'] === 'string';
  return { description, lastUpdateTime: isStored ? stored['lastUpdateTime'] : timeOf(input) };
}

/** A plan that was applied. */
export interface AppliedPlan {
  readonly status: StatusPlan;
  readonly findings: readonly Diagnostic[];
}

/**
 * Returns the one patch that ends a successful run; undefined when it would change nothing. Deletion and migration apply no plan, and leave
 * the members that come from one.
 */
export function succeededPatch(input: StatusInput, applied?: AppliedPlan): Patch | undefined {
  const description = `Successfully ${verbs[input.operation].past} Network`;
  return finalStatusPatch({
    network: input.network,
    wanted: {
      ...generationOf(input),
      ...(applied && planMembers(input, applied.status)),
      lastOperation: { type: input.operation, state: 'Succeeded', progress: 100, description },
      lastError: null,
    },
    conditions: applied && conditionsAfter(input, applied.findings),
    time: timeOf(input),
    removedOperations: ['reconcile', 'restore'],
  });
}

/** Members of others in `state` remain; gardenlet copies them to another seed together with ours. */
function planMembers({ network }: StatusInput, { providerStatus, ipFamilies, state }: StatusPlan): Patch {
  const stored = recordOf(statusOf(network)['state']);
  return { providerStatus, ipFamilies, ...(state && { state: { ...stored, ...state } }) };
}

export interface Failure {
  readonly message: string;
  /** The configuration is refused: only another one helps. */
  readonly refused?: boolean;
  /** Findings in the configuration; undefined when the run failed before it evaluated that. */
  readonly findings?: readonly Diagnostic[];
}

/**
 * Returns the patch that reports a failure; undefined when the same is stored and nothing new asks for a fresh status. A refused configuration
 * carries the code that stops gardenlet's retries. Nothing else may carry it, since such a shoot waits for its owner.
 */
export function failedPatch(input: StatusInput, { message, refused = false, findings }: Failure): Patch | undefined {
  const description = failureText(input, message);
  return finalStatusPatch({
    network: input.network,
    wanted: {
      ...generationOf(input),
      lastOperation: { type: input.operation, state: 'Error', progress: 50, description },
      lastError: { description, codes: refused ? [errorCodes.configurationProblem] : null },
    },
    conditions: conditionsAfterFailure(input, findings),
    time: timeOf(input),
    removedOperations: isRemoval(input) ? [] : ['reconcile'],
  });
}

function failureText({ operation }: StatusInput, message: string): string {
  return statusText(capitalised(`error ${verbs[operation].present} Network: ${message}`));
}

/**
 * A run may fail before it evaluates a new generation, which the status nevertheless reports as observed. The condition must not remain True
 * then, or `kubectl wait` would report an unevaluated configuration as accepted.
 */
function conditionsAfterFailure(
  input: StatusInput,
  findings: Failure['findings'],
): readonly StoredCondition[] | undefined {
  if (isRemoval(input)) return undefined;
  if (findings !== undefined) return conditionsAfter(input, findings);
  const { observedGeneration } = generationOf(input);
  const isEvaluated = statusOf(input.network)['observedGeneration'] === observedGeneration;
  return isEvaluated ? undefined : conditionsAfter(input, 'not evaluated');
}

function conditionsAfter({ network, now }: StatusInput, findings: ConditionsInput['findings']) {
  return networkConditions({ stored: statusOf(network)['conditions'], findings, now });
}

/** These never evaluate the configuration. */
function isRemoval({ operation }: StatusInput): boolean {
  return operation === 'Delete' || operation === 'Migrate';
}

function announcement(input: StatusInput, progress: Omit<LastOperation, 'type'>): Patch | undefined {
  const stored = lastOperationOf(input.network);
  const wanted: LastOperation = { type: input.operation, ...progress };
  const isStored = (['type', 'state', 'description'] as const).every((name) => stored[name] === wanted[name]);
  return isStored ? undefined : { lastOperation: { ...wanted, lastUpdateTime: timeOf(input) } };
}

function generationOf({ network }: StatusInput): { readonly observedGeneration: number } {
  return { observedGeneration: network.metadata.generation ?? 0 };
}

/** Never before gardenlet's timestamp: with a clock that is behind, the Network would never be ready (docs/design/gardener.md#readiness). */
function timeOf({ network, now }: StatusInput): string {
  return formatTime(Math.max(now, requestTime(network) ?? 0));
}

function capitalised(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
