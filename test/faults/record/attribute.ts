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
  const removers = removersOf(revisions, removals);
  return revisions.map((revision) => ({
    ...revision,
    writer:
      revision.object === undefined
        ? removers.get(revision.revision)
        : byVersion.get(`${objectText(revision)} ${revision.revision}`),
  }));
}

/** The writers of deletions by revision: each request removes the object of its name at most once, at the deletion nearest in time. */
function removersOf(revisions: readonly Revision[], removals: readonly CommittedWrite[]): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  for (const write of removals) {
    const distance = ({ at }: Revision): number => Math.abs(write.at - at);
    const [nearest] = revisions
      .filter((one) => one.object === undefined && objectText(one) === writtenText(write) && !found.has(one.revision))
      .filter((one) => distance(one) < closeMs)
      .sort((one, other) => distance(one) - distance(other));
    if (nearest !== undefined) found.set(nearest.revision, write.writer);
  }
  return found;
}

function objectText({ resource, name }: Revision): string {
  return `${resource} ${name}`;
}

function writtenText({ request, name }: CommittedWrite): string {
  return `${request.resource.split('/')[0]} ${name ?? ''}`;
}
