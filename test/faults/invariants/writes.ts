import { type Invariant, type TrialHistory, writeKey } from './trial.ts';

/** Additional writes that a fault may cause: of the Network, whose status reports each attempt, and of each other object. */
export const allowance = { networks: 14, others: 4 } as const;

/** Each object is written at most a few times more than in the undisturbed run. */
export const fewWrites: Invariant = (history) =>
  Object.entries(countWrites(history)).flatMap(([key, count]) => {
    const most =
      (history.expectedWrites[key] ?? 0) + (key.startsWith('networks ') ? allowance.networks : allowance.others);
    return count > most
      ? [{ invariant: 'fewWrites', text: `${key} was written ${count} times, at most ${most} are allowed` }]
      : [];
  });

/** Counts the writes of the controller per object, Events excluded. */
export function countWrites({
  revisions,
  name,
}: Pick<TrialHistory, 'revisions' | 'name'>): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const revision of revisions) {
    if (revision.writer === undefined || revision.resource === 'events') continue;
    const key = writeKey(revision, name);
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

/** Planted secrets occur in no object of the controller: no status, Event or ConfigMap. */
export const nothingSecretStored: Invariant = ({ revisions, canaries, own }) => {
  for (const revision of revisions) {
    if (revision.object === undefined || own.has(`${revision.resource} ${revision.name}`)) continue;
    const text = JSON.stringify(revision.object);
    if (canaries.some((canary) => text.includes(canary)))
      return [{ invariant: 'nothingSecretStored', text: `${revision.resource} ${revision.name} contains a secret` }];
  }
  return [];
};
