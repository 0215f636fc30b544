/** What is known of the objects in the API server: projections by key, and the differences that a new list makes. */
import type { ObjectMeta } from '../../gardener/objects.ts';

export interface Entry<T> {
  readonly object: T;
  readonly resourceVersion: string;
  readonly uid: string;
}

export interface Change<T> {
  readonly type: 'added' | 'modified' | 'deleted';
  readonly key: string;
  /** For `deleted` the last state that was seen. */
  readonly object: T;
}

export interface Store<T> {
  get(key: string): T | undefined;
  entries(): IterableIterator<readonly [string, T]>;
  readonly size: number;
  /** Takes a complete list instead of everything known; returns what is different, deletions first. */
  replace(next: Map<string, Entry<T>>): readonly Change<T>[];
  put(key: string, entry: Entry<T>): Change<T>;
  /** `last` is the final state, where it is known. Undefined when nothing was stored under the key. */
  remove(key: string, last?: T): Change<T> | undefined;
}

export function createStore<T>(): Store<T> {
  let known = new Map<string, Entry<T>>();
  return {
    get: (key) => known.get(key)?.object,
    *entries() {
      for (const [key, { object }] of known) yield [key, object] as const;
    },
    get size() {
      return known.size;
    },
    replace: (next) => {
      const changes = differences(known, next);
      known = next;
      return changes;
    },
    put: (key, entry) => {
      const type = known.has(key) ? 'modified' : 'added';
      known.set(key, entry);
      return { type, key, object: entry.object };
    },
    remove: (key, last) => {
      const entry = known.get(key);
      known.delete(key);
      return entry && { type: 'deleted', key, object: last ?? entry.object };
    },
  };
}

/** A projection with what `replace` compares. */
export function toEntry<T>({ metadata }: { readonly metadata: ObjectMeta }, object: T): Entry<T> {
  return { object, resourceVersion: metadata.resourceVersion ?? '', uid: metadata.uid ?? '' };
}

function differences<T>(
  before: ReadonlyMap<string, Entry<T>>,
  after: ReadonlyMap<string, Entry<T>>,
): readonly Change<T>[] {
  const changes: Change<T>[] = [];
  for (const [key, { uid, object }] of before) {
    // The same name with another uid was deleted and created again while nobody watched.
    if (after.get(key)?.uid !== uid) changes.push({ type: 'deleted', key, object });
  }
  for (const [key, { uid, resourceVersion, object }] of after) {
    const old = before.get(key);
    if (old?.uid !== uid) changes.push({ type: 'added', key, object });
    else if (old.resourceVersion !== resourceVersion) changes.push({ type: 'modified', key, object });
  }
  return changes;
}
