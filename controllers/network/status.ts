import { annotations, errorCodes } from '../../pkg/gardener/constants.ts';
import { createMergePatch } from '../../pkg/gardener/merge-patch.ts';
import type { OperationType } from '../../pkg/gardener/network.ts';
import { isRecord, type KubeObject, recordOf } from '../../pkg/gardener/objects.ts';
import { type Diagnostic, warningsOf } from '../../pkg/network/diagnostics.ts';
import type { StatusPlan } from '../../pkg/network/plugin.ts';
import { seconds } from '../seed/facts.ts';
import { conditionsOf } from './conditions.ts';

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
 * counts polls with an error, so clearing it early would only delay the verdict (docs/design/life-cycle.md#state-machine).
 */
export function processing(input: StatusInput): Patch | undefined {
  const [doing] = words[input.operation];
  return announced(input, { state: 'Processing', progress: 1, description: `${doing} the Network` });
}

export interface Wait {
  /** What for. */
  readonly note: string;
  /** Of the configuration; errors among them are what is waited for. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * The merge patch for a run that waits; undefined when all of it is said already. Nothing is wrong, so an error of an earlier run goes:
 * with it gardenlet would give up after half a minute (docs/design/gardener.md#readiness).
 */
export function waiting(input: StatusInput, { note, diagnostics }: Wait): Patch | undefined {
  const announcement = announced(input, { state: 'Processing', progress: 50, description: note });
  const { conditions: present, lastError } = statusOf(input.network);
  const rest = createMergePatch(
    { conditions: present, lastError },
    { conditions: conditions(input, warningsOf(diagnostics)) },
  );
  return announcement === undefined && rest === undefined ? undefined : { ...announcement, ...rest };
}

/** What a run has applied. */
export interface GoodResult {
  readonly status: StatusPlan;
  /** They become a condition. */
  readonly diagnostics: readonly Diagnostic[];
}

/** The one patch that ends a good run; `result` is absent for deletion and migration. Undefined when it would change nothing. */
export function succeeded(input: StatusInput, result?: GoodResult): Patch | undefined {
  const plan = result?.status;
  const [, done] = words[input.operation];
  const wanted = {
    ...(plan === undefined ? {} : { providerStatus: plan.providerStatus, ipFamilies: plan.ipFamilies }),
    ...(plan?.state === undefined ? {} : { state: stateOf(input, plan.state) }),
    ...(result === undefined ? {} : { conditions: conditions(input, result.diagnostics) }),
    lastOperation: operation(input, { state: 'Succeeded', progress: 100, description: `Successfully ${done} Network` }),
    lastError: null,
  };
  return final(input, { wanted, answers: ['reconcile', 'restore'] });
}

/** What somebody else remembers there stays: it moves to another seed together with ours. */
function stateOf({ network }: StatusInput, own: Patch): Patch {
  const { state } = statusOf(network);
  return { ...recordOf(state), ...own };
}

/** A merge patch replaces lists as a whole, and removes them by null. */
function conditions({ network, now }: StatusInput, diagnostics: readonly Diagnostic[]): unknown {
  return conditionsOf({ present: statusOf(network)['conditions'], diagnostics, now }) ?? null;
}

export interface Failure {
  readonly message: string;
  /** What is wrong with a configuration that is refused; undefined when something else failed, and nobody knows more of the configuration. */
  readonly refused?: readonly Diagnostic[];
}

/**
 * The patch that reports a failure. A configuration problem carries the code that stops gardenlet's retries; nothing else may, since
 * such a shoot waits for its owner. The condition then speaks of this configuration, and no longer of the one before. Undefined when the
 * same is reported already and nothing new asks for an answer.
 */
export function failed(input: StatusInput, { message, refused }: Failure): Patch | undefined {
  const [doing] = words[input.operation];
  const description = capitalised(`error ${doing.toLowerCase()} Network: ${message}`);
  const last = operation(input, { state: 'Error', progress: 50, description });
  const codes = refused === undefined ? null : [errorCodes.configurationProblem];
  const lastError = { description, codes, lastUpdateTime: last.lastUpdateTime };
  const removes = input.operation === 'Delete' || input.operation === 'Migrate';
  const wanted = {
    ...(refused === undefined ? {} : { conditions: conditions(input, refused) }),
    lastOperation: last,
    lastError,
  };
  return final(input, { wanted, answers: removes ? [] : ['reconcile'] });
}

interface Progress {
  readonly state: string;
  readonly progress: number;
  readonly description: string;
}

/**
 * lastUpdateTime is never before gardenlet's timestamp, or a clock that is behind would never satisfy it (docs/design/gardener.md#readiness).
 */
function operation(
  input: StatusInput,
  { state, progress, description }: Progress,
): { readonly lastUpdateTime: string; readonly [key: string]: unknown } {
  const asked = seconds(input.network.metadata.annotations?.[annotations.timestamp]) ?? 0;
  const lastUpdateTime = `${new Date(Math.max(input.now, asked)).toISOString().slice(0, 19)}Z`;
  return { type: input.operation, state, progress, description, lastUpdateTime };
}

function announced(input: StatusInput, progress: Progress): Patch | undefined {
  const last = lastOperationOf(input.network);
  const said =
    last['type'] === input.operation &&
    last['state'] === progress.state &&
    last['description'] === progress.description;
  return said ? undefined : { lastOperation: operation(input, progress) };
}

interface Final {
  readonly wanted: Patch;
  /** Operation annotations that go after this write. */
  readonly answers: readonly string[];
}

/** Leaves out what is stored already. Times are moved only with what they belong to, or when something asked for an answer. */
function final(input: StatusInput, { wanted, answers }: Final): Patch | undefined {
  const generation = { observedGeneration: input.network.metadata.generation ?? 0 };
  const patch = createMergePatch(pick(statusOf(input.network), wanted), { ...generation, ...wanted });
  if (patch === undefined) return undefined;
  const { conditions: findings, ...rest } = patch;
  if (isAsked(input.network, answers) || !isOnlyTime(rest)) return patch;
  return findings === undefined ? undefined : { conditions: findings };
}

/**
 * A newer timestamp waits for a fresh status, and so does an annotation that goes after it. One that stays, as an operation fails or waits,
 * asks once, by its timestamp, or every look at a stuck deletion would write the same error again.
 */
function isAsked(network: KubeObject, answers: readonly string[]): boolean {
  const given = network.metadata.annotations ?? {};
  const answered = seconds(lastOperationOf(network)['lastUpdateTime']) ?? 0;
  return (
    answers.includes(given[annotations.operation] ?? '') || (seconds(given[annotations.timestamp]) ?? 0) > answered
  );
}

/** True for a patch that would only move times and, on an object in the same state, say Reconcile instead of Create or Restore. */
function isOnlyTime(patch: Patch): boolean {
  const { lastOperation: last, lastError, ...rest } = patch;
  if (Object.keys(rest).length > 0) return false;
  const sameState = last === undefined || (isRecord(last) && last['state'] === undefined);
  const sameError =
    lastError === undefined ||
    (isRecord(lastError) && Object.keys(lastError).every((name) => name === 'lastUpdateTime'));
  return sameState && sameError;
}

function pick(status: Patch, wanted: Patch): Patch {
  return Object.fromEntries(['observedGeneration', ...Object.keys(wanted)].map((name) => [name, status[name]]));
}

function statusOf(network: KubeObject): Patch {
  return recordOf(network['status']);
}

function lastOperationOf(network: KubeObject): Patch {
  const { lastOperation } = statusOf(network);
  return recordOf(lastOperation);
}

function capitalised(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
