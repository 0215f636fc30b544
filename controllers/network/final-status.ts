import { annotations } from '../../pkg/gardener/constants.ts';
import { createMergePatch } from '../../pkg/gardener/merge-patch.ts';
import { isRecord, type KubeObject, recordOf } from '../../pkg/gardener/objects.ts';
import { parseTime } from '../seed/time.ts';
import type { StoredCondition } from './conditions.ts';

export type Patch = Readonly<Record<string, unknown>>;

/** The result of a run, without times. */
export interface FinalStatus {
  readonly observedGeneration: number;
  readonly lastOperation: LastOperation;
  /** Null removes it, with all of its members. */
  readonly lastError: { readonly description: string; readonly codes: readonly string[] | null } | null;
  /** Further members that the run determines. */
  readonly [name: string]: unknown;
}

export interface LastOperation {
  readonly type: string;
  readonly state: 'Processing' | 'Succeeded' | 'Error';
  readonly progress: number;
  readonly description: string;
}

export interface FinalStatusInput {
  readonly network: KubeObject;
  readonly wanted: FinalStatus;
  /** The complete list, whose times follow their own rules; undefined when the run does not set it. */
  readonly conditions: readonly StoredCondition[] | undefined;
  /** For lastOperation and lastError: RFC 3339 in seconds. */
  readonly time: string;
  /** Values of the operation annotation that the run removes after this write. */
  readonly removedOperations: readonly string[];
}

/**
 * Returns the merge patch that ends a run; undefined when nothing has to be written. Without one of `writeReasons` only changed conditions
 * are written, so that the times of an unchanged result do not move.
 */
export function finalStatusPatch(input: FinalStatusInput): Patch | undefined {
  const { network, wanted, conditions, time } = input;
  const hasReason = Object.values(writeReasons).some((applies) => applies(input));
  const target = { ...(hasReason && withTimes(wanted, time)), ...(conditions && { conditions }) };
  return createMergePatch(pick(statusOf(network), target), target);
}

/** Why a final status is written, beside changed conditions. */
const writeReasons: Readonly<Record<string, (input: FinalStatusInput) => boolean>> = {
  'the result differs from the stored one': ({ network, wanted }) => !sameExceptTimes(statusOf(network), wanted),
  'the operation annotation is removed next, which announces a fresh status': ({ network, removedOperations }) =>
    removedOperations.includes(network.metadata.annotations?.[annotations.operation] ?? ''),
  // Also where the annotation remains, as while a deletion is stuck: one write per timestamp, not one per look.
  'gardenlet waits for a lastUpdateTime that is not before its timestamp': ({ network }) =>
    (requestTime(network) ?? 0) > (parseTime(lastOperationOf(network)['lastUpdateTime']) ?? 0),
};

/**
 * Compares the result of a run with the stored status. Of lastOperation only the state counts: a Network that was created, and is reconciled
 * later without a difference, keeps the operation `Create`.
 */
function sameExceptTimes(stored: Patch, wanted: FinalStatus): boolean {
  return createMergePatch(pick(timeless(stored), wanted), timeless(wanted)) === undefined;
}

function timeless({ lastOperation, lastError, ...others }: Patch): Patch {
  const { state } = recordOf(lastOperation);
  if (!isRecord(lastError)) return { ...others, lastOperation: state, lastError };
  const { lastUpdateTime: _, ...error } = lastError;
  return { ...others, lastOperation: state, lastError: error };
}

function withTimes(wanted: FinalStatus, lastUpdateTime: string): Patch {
  const { lastOperation, lastError } = wanted;
  return {
    ...wanted,
    lastOperation: { ...lastOperation, lastUpdateTime },
    lastError: lastError && { ...lastError, lastUpdateTime },
  };
}

function pick(status: Patch, wanted: object): Patch {
  return Object.fromEntries(Object.keys(wanted).map((name) => [name, status[name]]));
}

/** gardenlet's timestamp annotation in milliseconds, cut to seconds. */
export function requestTime(network: KubeObject): number | undefined {
  return parseTime(network.metadata.annotations?.[annotations.timestamp]);
}

export function statusOf(network: KubeObject): Patch {
  return recordOf(network['status']);
}

export function lastOperationOf(network: KubeObject): Patch {
  return recordOf(statusOf(network)['lastOperation']);
}
