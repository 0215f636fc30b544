import { type Invariant, type TrialHistory, writeKey } from './trial.ts';

/** How many writes more than undisturbed a fault may cost: of the Network, whose status reports every attempt, and of each other object. */
export const allowance = { networks: 14, others: 4 } as const;

/** Each object is written about as often as undisturbed: a fault costs a few attempts, not a loop. */
export const fewWrites: Invariant = (history) =>
  Object.entries(countWrites(history)).flatMap(([key, count]) => {
    const most =
      (history.expectedWrites[key] ?? 0) + (key.startsWith('networks ') ? allowance.networks : allowance.others);
    return count > most
      ? [{ invariant: 'fewWrites', text: `${key} was written ${count} times, at most ${most} are allowed` }]
      : [];
  });

/** Writes of the controller per object, Events left out. */
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

/** What was planted in Secrets of the test appears in no other object: not in a status, an Event or a ConfigMap. */
export const nothingSecretStored: Invariant = ({ revisions, canaries, own }) => {
  for (const revision of revisions) {
    if (revision.object === undefined || own.has(`${revision.resource} ${revision.name}`)) continue;
    const text = JSON.stringify(revision.object);
    if (canaries.some((canary) => text.includes(canary)))
      return [{ invariant: 'nothingSecretStored', text: `${revision.resource} ${revision.name} contains a secret` }];
  }
  return [];
};
