import type { OperationType } from '../../pkg/gardener/network.ts';
import type { NetworkFacts } from './facts.ts';

/** Why a Network is to be reconciled, for the log. */
export type Reason =
  | 'deletion'
  | 'operation annotation'
  | 'not succeeded'
  | 'migration without release'
  | 'newer timestamp'
  | 'newer generation';

const triggers: ReadonlySet<string> = new Set(['reconcile', 'restore', 'migrate']);

/**
 * Whether a Network needs work, from what is stored alone, so that a crash between any two writes loses nothing (docs/design/life-cycle.md#order-of-writes). The
 * exceptions of docs/design/life-cycle.md#state-machine come first: an object that waits for its state, and one that has been migrated away.
 * `found`: the object was met at start or after a relist, when nobody will announce its change of generation.
 */
export function reasonToRun(facts: NetworkFacts, options: { readonly found: boolean }): Reason | undefined {
  if (facts.operation === 'wait-for-state') return undefined;
  if (isMigratedAway(facts)) return facts.finalizer ? 'migration without release' : undefined;
  if (facts.deleting) return facts.finalizer || facts.operation === 'migrate' ? 'deletion' : undefined;
  if (triggers.has(facts.operation ?? '')) return 'operation annotation';
  if (facts.last?.state !== 'Succeeded') return 'not succeeded';
  if (isAskedSince(facts, facts.last.time)) return 'newer timestamp';
  if (options.found && facts.observedGeneration !== facts.generation) return 'newer generation';
  return undefined;
}

/**
 * Whether a change of a Network is news. Our own writes are not, be it the status, the finalizer or the annotation that we remove: a refused
 * configuration stays "not succeeded" for ever and must not be reconciled because we said so, and a run must not call for the next one.
 */
export function isNews(change: { readonly from: NetworkFacts | undefined; readonly to: NetworkFacts }): boolean {
  const { from, to } = change;
  if (from === undefined || from.uid !== to.uid) return true;
  const answered = to.operation === undefined && triggers.has(from.operation ?? '');
  return (
    (from.operation !== to.operation && !answered) ||
    from.timestamp !== to.timestamp ||
    from.deleting !== to.deleting ||
    from.generation !== to.generation
  );
}

/** The operation that a run performs (docs/design/life-cycle.md#state-machine); undefined when there is nothing to do for us. */
export function operationOf(facts: NetworkFacts): OperationType | undefined {
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

/** Whether a Network lives on here: it is not deleted or migrated away, nor about to be. */
export function isStaying(facts: NetworkFacts): boolean {
  if (facts.deleting) return false;
  const waits = facts.operation === 'wait-for-state';
  const operation = operationOf(waits ? { ...facts, operation: undefined } : facts);
  return operation !== undefined && operation !== 'Migrate';
}

function isAskedSince({ timestamp }: NetworkFacts, answered: number | undefined): boolean {
  return timestamp !== undefined && timestamp > (answered ?? 0);
}

/**
 * The object in the old seed after a control-plane migration: it belongs to the new seed now. With our finalizer on it the migration was
 * interrupted before its last write, and somebody has put another annotation in the place of `migrate`.
 */
function isMigratedAway(facts: NetworkFacts): boolean {
  const migrated = facts.last?.type === 'Migrate' && facts.last.state === 'Succeeded';
  return migrated && facts.operation !== 'migrate' && facts.operation !== 'restore';
}
