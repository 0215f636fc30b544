import type { CommittedWrite } from '../proxy/faults.ts';
import type { Revision } from './revision.ts';

/** Largest distance in milliseconds between a deletion in etcd and the response to its request. */
const closeMs = 3_000;

/**
 * Determines the writer of each revision by the resourceVersion in responses. Responses to deletions have none; a deletion is attributed to the
 * request nearest in time that can have removed the object.
 */
export function attribute(revisions: readonly Revision[], writes: readonly CommittedWrite[]): readonly Revision[] {
  const versions = new Set(revisions.map((one) => `${objectText(one)} ${one.revision}`));
  const byVersion = new Map<string, string>();
  const removals: CommittedWrite[] = [];
  for (const write of writes) {
    const version = `${writtenText(write)} ${write.resourceVersion ?? ''}`;
    if (versions.has(version) && !byVersion.has(version)) byVersion.set(version, write.writer);
    // An update that removes the last finalizer removes the object; its response has the previous version.
    else if (write.request.verb !== 'create') removals.push(write);
  }
  const writerOf = (revision: Revision): string | undefined => {
    const text = objectText(revision);
    if (revision.object !== undefined) return byVersion.get(`${text} ${revision.revision}`);
    const distance = (write: CommittedWrite): number => Math.abs(write.at - revision.at);
    const [closest] = removals
      .filter((write) => writtenText(write) === text && distance(write) < closeMs)
      .sort((one, other) => distance(one) - distance(other));
    if (closest === undefined) return undefined;
    removals.splice(removals.indexOf(closest), 1);
    return closest.writer;
  };
  return revisions.map((revision) => ({ ...revision, writer: writerOf(revision) }));
}

function objectText({ resource, name }: Revision): string {
  return `${resource} ${name}`;
}

function writtenText({ request, name }: CommittedWrite): string {
  return `${request.resource.split('/')[0]} ${name ?? ''}`;
}
