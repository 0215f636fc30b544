/** Projections of the objects in the API server by key, and the differences between two lists. */
import type { ObjectMeta } from '../../gardener/objects.ts';

export interface Entry<T> {
  readonly object: T;
  readonly resourceVersion: string;
  readonly uid: string;
}

export interface Change<T> {
  readonly type: 'added' | 'modified' | 'deleted';
  readonly key: string;
  /** For `deleted`, the last projection. */
  readonly object: T;
}

export interface Store<T> {
  get(key: string): T | undefined;
  entries(): IterableIterator<readonly [string, T]>;
  readonly size: number;
  /** Replaces the content by a complete list; returns the differences, deletions first. */
  replace(next: Map<string, Entry<T>>): readonly Change<T>[];
  put(key: string, entry: Entry<T>): Change<T>;
  /** Removes a key; `last` is its final projection, if available. Returns undefined if the key was not stored. */
  remove(key: string, last?: T): Change<T> | undefined;
}

export function createStore<T>(): Store<T> {
  let entries = new Map<string, Entry<T>>();
  return {
    get: (key) => entries.get(key)?.object,
    *entries() {
      for (const [key, { object }] of entries) yield [key, object] as const;
    },
    get size() {
      return entries.size;
    },
    replace: (next) => {
      const changes = differences(entries, next);
      entries = next;
      return changes;
    },
    put: (key, entry) => {
      const type = entries.has(key) ? 'modified' : 'added';
      entries.set(key, entry);
      return { type, key, object: entry.object };
    },
    remove: (key, last) => {
      const entry = entries.get(key);
      entries.delete(key);
      return entry && { type: 'deleted', key, object: last ?? entry.object };
    },
  };
}

/** Returns a projection together with the metadata that `replace` compares. */
export function toEntry<T>({ metadata }: { readonly metadata: ObjectMeta }, object: T): Entry<T> {
  return { object, resourceVersion: metadata.resourceVersion ?? '', uid: metadata.uid ?? '' };
}

function differences<T>(
  before: ReadonlyMap<string, Entry<T>>,
  after: ReadonlyMap<string, Entry<T>>,
): readonly Change<T>[] {
  const changes: Change<T>[] = [];
  for (const [key, { uid, object }] of before) {
    // Another uid under the same name: the object was deleted and recreated between two lists.
    if (after.get(key)?.uid !== uid) changes.push({ type: 'deleted', key, object });
  }
  for (const [key, { uid, resourceVersion, object }] of after) {
    const old = before.get(key);
    if (old?.uid !== uid) changes.push({ type: 'added', key, object });
    else if (old.resourceVersion !== resourceVersion) changes.push({ type: 'modified', key, object });
  }
  return changes;
}
