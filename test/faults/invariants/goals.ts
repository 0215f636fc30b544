import { at, type StoredObject, textAt } from '../record/revision.ts';

/** State in which a flow ends. */
export type GoalName = 'ready' | 'gone' | 'migrated' | 'refused';

/** Returns why a Network has not reached its goal; undefined if it has. */
export function missing(goal: GoalName, network: StoredObject | undefined): string | undefined {
  if (goal === 'gone') return network === undefined ? undefined : `the Network exists, ${stateText(network)}`;
  if (network === undefined) return 'the Network does not exist';
  if (goal === 'refused')
    return isRefused(network) ? undefined : `the Network has no configuration error, ${stateText(network)}`;
  if (operation(network) !== undefined) return `annotation ${operation(network)} is there, ${stateText(network)}`;
  if (at(network, 'status', 'lastError') !== undefined) return `lastError is there, ${stateText(network)}`;
  if (textAt(network, 'status', 'lastOperation', 'state') !== 'Succeeded') return stateText(network);
  if (at(network, 'status', 'observedGeneration') !== at(network, 'metadata', 'generation'))
    return `observedGeneration is not the generation, ${stateText(network)}`;
  if (isOlderThanTrigger(network)) return `lastOperation is older than the trigger, ${stateText(network)}`;
  const migrated = textAt(network, 'status', 'lastOperation', 'type') === 'Migrate';
  if (goal === 'migrated') return migrated ? undefined : stateText(network);
  return migrated ? stateText(network) : undefined;
}

/** Reports whether the last operation is older than the trigger, with a precision of one second as in gardenlet. */
export function isOlderThanTrigger(network: StoredObject): boolean {
  const trigger = Date.parse(textAt(network, 'metadata', 'annotations', 'gardener.cloud/timestamp') ?? '');
  const last = Date.parse(textAt(network, 'status', 'lastOperation', 'lastUpdateTime') ?? '');
  return !Number.isNaN(trigger) && !(last >= Math.floor(trigger / 1000) * 1000);
}

/** Summarises the last operation. */
export function stateText(network: StoredObject): string {
  const last = at(network, 'status', 'lastOperation');
  if (last === undefined) return 'without lastOperation';
  const [type, state, description] = ['type', 'state', 'description'].map((field) => textAt(last, field));
  return `${type} ${state}: ${description?.slice(0, 160)}`;
}

function isRefused(network: StoredObject): boolean {
  const codes = at(network, 'status', 'lastError', 'codes');
  return Array.isArray(codes) && codes.includes('ERR_CONFIGURATION_PROBLEM') && operation(network) === undefined;
}

function operation(network: StoredObject): string | undefined {
  return textAt(network, 'metadata', 'annotations', 'gardener.cloud/operation');
}
