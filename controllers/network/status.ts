import { annotations, errorCodes } from '../../pkg/gardener/constants.ts';
import { mergePatchOf } from '../../pkg/gardener/merge-patch.ts';
import type { OperationType } from '../../pkg/gardener/network.ts';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import type { StatusPlan } from '../../pkg/network/plugin.ts';
import { seconds } from './facts.ts';

type Patch = Readonly<Record<string, unknown>>;

export interface StatusInput {
  readonly network: KubeObject;
  readonly operation: OperationType;
  /** Wall clock in milliseconds. */
  readonly now: number;
}

const words: Readonly<Record<OperationType, readonly [doing: string, done: string]>> = {
  Create: ['Reconciling', 'reconciled'],
  Reconcile: ['Reconciling', 'reconciled'],
  Restore: ['Restoring', 'restored'],
  Delete: ['Deleting', 'deleted'],
  Migrate: ['Migrating', 'migrated'],
};

/**
 * The merge patch that announces a run; undefined when it has been announced already. lastError and observedGeneration stay: gardenlet
 * counts polls with an error, so clearing it early would only delay the verdict (contract.md §1.6).
 */
export function processing(input: StatusInput, note?: string): Patch | undefined {
  const [doing] = words[input.operation];
  const description = note ?? `${doing} the Network`;
  const last = lastOperation(input);
  if (last['type'] === input.operation && last['state'] === 'Processing' && last['description'] === description)
    return undefined;
  return {
    lastOperation: operation(input, { state: 'Processing', progress: note === undefined ? 1 : 50, description }),
  };
}

/** The one patch that ends a good run; `plan` is absent for deletion and migration. Undefined when it would change nothing. */
export function succeeded(input: StatusInput, plan?: StatusPlan): Patch | undefined {
  const [, done] = words[input.operation];
  return final(input, {
    ...(plan === undefined ? {} : { providerStatus: plan.providerStatus, ipFamilies: plan.ipFamilies }),
    lastOperation: operation(input, { state: 'Succeeded', progress: 100, description: `Successfully ${done} Network` }),
    lastError: null,
  });
}

/**
 * The patch that reports a failure. A configuration problem carries the code that stops gardenlet's retries; nothing else may, since
 * such a shoot waits for its owner. Undefined when the same failure is reported already and nothing new asks for an answer.
 */
export function failed(
  input: StatusInput,
  failure: { readonly message: string; readonly configuration: boolean },
): Patch | undefined {
  const [doing] = words[input.operation];
  const description = capitalised(`error ${doing.toLowerCase()} Network: ${failure.message}`);
  const last = operation(input, { state: 'Error', progress: 50, description });
  const codes = failure.configuration ? [errorCodes.configurationProblem] : null;
  return final(input, { lastOperation: last, lastError: { description, codes, lastUpdateTime: last.lastUpdateTime } });
}

interface Progress {
  readonly state: string;
  readonly progress: number;
  readonly description: string;
}

/**
 * lastUpdateTime is never before gardenlet's timestamp, or a clock that is behind would never satisfy it (contract.md §1.4, pitfalls W6).
 */
function operation(
  input: StatusInput,
  { state, progress, description }: Progress,
): { readonly lastUpdateTime: string; readonly [key: string]: unknown } {
  const asked = seconds(input.network.metadata.annotations?.[annotations.timestamp]) ?? 0;
  const lastUpdateTime = `${new Date(Math.max(input.now, asked)).toISOString().slice(0, 19)}Z`;
  return { type: input.operation, state, progress, description, lastUpdateTime };
}

/** Leaves out what is stored already. Times alone are a change only when something asked for an answer. */
function final(input: StatusInput, wanted: Patch): Patch | undefined {
  const status = isRecord(input.network['status']) ? input.network['status'] : {};
  const generation = { observedGeneration: input.network.metadata.generation ?? 0 };
  const patch = mergePatchOf(pick(status, wanted), { ...generation, ...wanted });
  if (patch === undefined) return undefined;
  return isAsked(input.network) || !isOnlyTime(patch) ? patch : undefined;
}

/** An operation annotation or a newer timestamp waits for a fresh status. */
function isAsked(network: KubeObject): boolean {
  const given = network.metadata.annotations ?? {};
  const last =
    isRecord(network['status']) && isRecord(network['status']['lastOperation'])
      ? network['status']['lastOperation']
      : {};
  return (
    given[annotations.operation] !== undefined ||
    (seconds(given[annotations.timestamp]) ?? 0) > (seconds(last['lastUpdateTime']) ?? 0)
  );
}

/** True for a patch that would only move lastUpdateTime and, on a finished object, turn Create into Reconcile. */
function isOnlyTime(patch: Patch): boolean {
  const { observedGeneration, lastOperation: last, lastError, ...rest } = patch;
  if (observedGeneration !== undefined || Object.keys(rest).length > 0) return false;
  const onlyTimes = (value: unknown, names: readonly string[]): boolean =>
    value === undefined || (isRecord(value) && Object.keys(value).every((name) => names.includes(name)));
  return onlyTimes(last, ['lastUpdateTime', 'type']) && onlyTimes(lastError, ['lastUpdateTime']);
}

function pick(status: Patch, wanted: Patch): Patch {
  return Object.fromEntries(['observedGeneration', ...Object.keys(wanted)].map((name) => [name, status[name]]));
}

function lastOperation({ network }: StatusInput): Patch {
  const status = isRecord(network['status']) ? network['status'] : {};
  return isRecord(status['lastOperation']) ? status['lastOperation'] : {};
}

function capitalised(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
