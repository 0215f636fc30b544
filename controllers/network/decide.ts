import type { OperationType } from '../../pkg/gardener/network.ts';
import type { NetworkFacts } from './facts.ts';

/** Why a Network is to be reconciled, for the log. */
export type Reason = 'deletion' | 'operation annotation' | 'not succeeded' | 'newer timestamp' | 'newer generation';

const triggers: ReadonlySet<string> = new Set(['reconcile', 'restore', 'migrate']);

/**
 * Whether a Network needs work, from what is stored alone, so that a crash between any two writes loses nothing (design.md §4). The
 * exceptions of contract.md §1.6 come first: an object that waits for its state, and one that has been migrated away.
 * `found`: the object was met at start or after a relist, when nobody will announce its change of generation.
 */
export function reasonToRun(facts: NetworkFacts, options: { readonly found: boolean }): Reason | undefined {
  if (facts.operation === 'wait-for-state' || isMigratedAway(facts)) return undefined;
  if (facts.deleting) return facts.finalizer || facts.operation === 'migrate' ? 'deletion' : undefined;
  if (triggers.has(facts.operation ?? '')) return 'operation annotation';
  if (facts.last?.state !== 'Succeeded') return 'not succeeded';
  if (facts.timestamp !== undefined && facts.timestamp > (facts.last.time ?? 0)) return 'newer timestamp';
  if (options.found && facts.observedGeneration !== facts.generation) return 'newer generation';
  return undefined;
}

/**
 * Whether a change of a Network is news. Our own status writes are not: a refused configuration stays "not succeeded" for ever and must
 * not be reconciled because we said so. `ignoreOperation` is the mode in which a new generation is a trigger of its own.
 */
export function isNews(
  change: { readonly from: NetworkFacts | undefined; readonly to: NetworkFacts },
  ignoreOperation: boolean,
): boolean {
  const { from, to } = change;
  if (from === undefined || from.uid !== to.uid) return true;
  if (ignoreOperation && from.generation !== to.generation) return true;
  const trigger = (facts: NetworkFacts): string =>
    JSON.stringify([facts.operation, facts.timestamp, facts.deleting, facts.finalizer, facts.generation]);
  return trigger(from) !== trigger(to);
}

/** The operation that a run performs (contract.md §1.6, step 3); undefined when there is nothing to do for us. */
export function operationOf(facts: NetworkFacts): OperationType | undefined {
  if (facts.operation === 'wait-for-state') return undefined;
  if (facts.operation === 'migrate') return 'Migrate';
  if (isMigratedAway(facts)) return undefined;
  if (facts.deleting) return facts.finalizer ? 'Delete' : undefined;
  if (facts.operation === 'restore') return 'Restore';
  if (facts.last === undefined) return 'Create';
  const unfinished = facts.last.state !== 'Succeeded';
  if (unfinished && (facts.last.type === 'Create' || facts.last.type === 'Migrate' || facts.last.type === 'Restore'))
    return facts.last.type;
  return 'Reconcile';
}

/** The object in the old seed after a control-plane migration: it belongs to the new seed now. */
function isMigratedAway(facts: NetworkFacts): boolean {
  const migrated = facts.last?.type === 'Migrate' && facts.last.state === 'Succeeded';
  return migrated && facts.operation !== 'migrate' && facts.operation !== 'restore';
}
