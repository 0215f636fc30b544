import type { OperationType } from '../../pkg/gardener/network.ts';
import type { NetworkFacts } from './facts.ts';

/** Why a Network is reconciled; the log shows it. */
export type Reason =
  | 'deletion'
  | 'operation annotation'
  | 'not succeeded'
  | 'migration without release'
  | 'newer timestamp'
  | 'newer generation';

const triggers: ReadonlySet<string> = new Set(['reconcile', 'restore', 'migrate']);

/**
 * Returns why a Network needs work; undefined when it needs none. Only stored facts decide, so that a crash between any two writes loses nothing
 * (docs/design/life-cycle.md#order-of-writes). The exceptions of docs/design/life-cycle.md#state-machine come first: a Network that waits for its
 * state, and one that was migrated away. `listed` means that a list contained the Network, at start or later, so that no event may
 * have announced its generation.
 */
export function reasonToRun(facts: NetworkFacts, options: { readonly listed: boolean }): Reason | undefined {
  if (facts.operation === 'wait-for-state') return undefined;
  if (isMigratedAway(facts)) return facts.finalizer ? 'migration without release' : undefined;
  if (facts.deleting) return facts.finalizer || facts.operation === 'migrate' ? 'deletion' : undefined;
  if (triggers.has(facts.operation ?? '')) return 'operation annotation';
  if (facts.last?.state !== 'Succeeded') return 'not succeeded';
  if (isRequestedAfter(facts, facts.last.time)) return 'newer timestamp';
  if (options.listed && facts.observedGeneration !== facts.generation) return 'newer generation';
  return undefined;
}

/**
 * Whether a change of a Network may need a run. Our own writes do not: the status, the finalizer, and the removal of the annotation. A refused
 * configuration remains "not succeeded", and reporting that must not cause the next run.
 */
export function isRelevantChange(change: {
  readonly from: NetworkFacts | undefined;
  readonly to: NetworkFacts;
}): boolean {
  const { from, to } = change;
  if (from === undefined || from.uid !== to.uid) return true;
  const isOwnRemoval = to.operation === undefined && triggers.has(from.operation ?? '');
  return (
    (from.operation !== to.operation && !isOwnRemoval) ||
    from.timestamp !== to.timestamp ||
    from.deleting !== to.deleting ||
    from.generation !== to.generation
  );
}

/**
 * Whether a listed Network has a request that no run has answered yet. A list shows only the last of several changes: an annotation that is the same
 * as before may have been removed and set again, which no comparison with the last known facts shows. At worst this costs a run without writes.
 */
export function isUnanswered(facts: NetworkFacts): boolean {
  return triggers.has(facts.operation ?? '') || facts.observedGeneration !== facts.generation;
}

/** Returns the operation that a run performs (docs/design/life-cycle.md#state-machine); undefined when there is nothing to do. */
export function dueOperation(facts: NetworkFacts): OperationType | undefined {
  if (facts.operation === 'wait-for-state') return undefined;
  if (facts.operation === 'migrate') return 'Migrate';
  if (isMigratedAway(facts)) return facts.finalizer ? 'Migrate' : undefined;
  if (facts.deleting) return facts.finalizer ? 'Delete' : undefined;
  if (facts.operation === 'restore') return 'Restore';
  if (facts.last === undefined) return 'Create';
  const unfinished = facts.last.state !== 'Succeeded';
  if (unfinished && (facts.last.type === 'Create' || facts.last.type === 'Migrate' || facts.last.type === 'Restore'))
    return facts.last.type;
  return 'Reconcile';
}

/** Whether a Network remains in this seed: it is neither deleted nor migrated, and neither is requested. */
export function remainsInSeed(facts: NetworkFacts): boolean {
  if (facts.deleting) return false;
  const waits = facts.operation === 'wait-for-state';
  const operation = dueOperation(waits ? { ...facts, operation: undefined } : facts);
  return operation !== undefined && operation !== 'Migrate';
}

function isRequestedAfter({ timestamp }: NetworkFacts, time: number | undefined): boolean {
  return timestamp !== undefined && timestamp > (time ?? 0);
}

/**
 * Whether this is the object in the old seed after a control-plane migration; the shoot belongs to the new seed. If our finalizer is still set,
 * the migration was interrupted before its last write, and another annotation replaced `migrate`.
 */
function isMigratedAway(facts: NetworkFacts): boolean {
  const migrated = facts.last?.type === 'Migrate' && facts.last.state === 'Succeeded';
  return migrated && facts.operation !== 'migrate' && facts.operation !== 'restore';
}
