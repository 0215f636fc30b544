import { finalizerFirst, keptInMigration, noDanglingReference, removedLast } from './references.ts';
import { announcedFirst, noFalseSuccess } from './success.ts';
import type { Invariant, TrialHistory, Violation } from './trial.ts';
import { fewWrites, nothingSecretStored } from './writes.ts';

/** Invariants that are checked for every plan, by name. */
export const invariants: Readonly<Record<string, Invariant>> = {
  noFalseSuccess,
  announcedFirst,
  noDanglingReference,
  removedLast,
  finalizerFirst,
  keptInMigration,
  fewWrites,
  nothingSecretStored,
};

export function violations(history: TrialHistory): readonly Violation[] {
  return Object.values(invariants).flatMap((invariant) => invariant(history));
}
