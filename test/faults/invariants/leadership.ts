import { type Revision, textAt } from '../record/revision.ts';
import { describe, type Violation } from './trial.ts';

/**
 * Checks that after the first write of a new leader, no write of another process is stored until that process leads again. `revisions` contains the Lease and
 * all objects that leaders write, in the order of etcd.
 */
export function oneWriterPerEpoch(revisions: readonly Revision[]): readonly Violation[] {
  let holder: string | undefined;
  let leader: string | undefined;
  let hasWritten = false;
  for (const revision of revisions) {
    if (revision.resource === 'leases') {
      const next = textAt(revision.object, 'spec', 'holderIdentity');
      if (next !== undefined && next !== '' && next !== holder && revision.writer !== undefined) {
        holder = next;
        leader = revision.writer;
        hasWritten = false;
      }
      continue;
    }
    if (revision.writer === undefined || revision.resource === 'events') continue;
    if (revision.writer === leader) hasWritten = true;
    else if (hasWritten)
      return [
        {
          invariant: 'oneWriterPerEpoch',
          text: `${describe(revision)} by ${revision.writer} while ${leader} leads and has written`,
        },
      ];
  }
  return [];
}
