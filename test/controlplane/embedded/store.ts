/**
 * The database of the in-memory API server: objects by resource and key, and the history of their changes with one
 * revision counter as in etcd. It is independent of HTTP and kinds.
 */
import type { StoredObject } from './objects.ts';

/** One change. Its revision is the resourceVersion of `object`. */
export interface Change {
  readonly revision: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resource: string;
  readonly key: string;
  readonly object: StoredObject;
  /** The previous object; absent for ADDED. */
  readonly previous?: StoredObject;
}

export interface Store {
  /** The revision of the latest change. */
  revision(): number;
  /** Changes up to this revision are compacted. */
  compacted(): number;
  get(resource: string, key: string): StoredObject | undefined;
  /** Writes an object under the next revision and returns it with its resourceVersion. */
  put(resource: string, key: string, object: StoredObject): StoredObject;
  /** Removes an object; the DELETED event contains `last`. */
  remove(resource: string, key: string, last: StoredObject): StoredObject;
  /** Returns all objects sorted by key at an uncompacted revision (default: the current one). */
  list(resource: string, revision?: number): readonly StoredEntry[];
  /** Returns the changes after an uncompacted revision, oldest first. */
  since(resource: string, revision: number): readonly Change[];
  /** Compacts the history up to the current revision. */
  compact(): void;
  /** Calls back for every later change of a resource, until the returned function is called. */
  subscribe(resource: string, listener: (change: Change) => void): () => void;
}

export interface StoredEntry {
  readonly key: string;
  readonly object: StoredObject;
}

/** Creates an empty store. Its revisions do not start at 1, so that an arbitrary small resourceVersion is too old, as in a real server. */
export function createStore(firstRevision = 1000): Store {
  let revision = firstRevision;
  let compacted = firstRevision;
  const history: Change[] = [];
  const objects = new Map<string, Map<string, StoredObject>>();
  const listeners = new Map<string, Set<(change: Change) => void>>();

  const table = (resource: string): Map<string, StoredObject> => getOrCreate(objects, resource, () => new Map());
  const record = (change: Omit<Change, 'revision'>): StoredObject => {
    revision += 1;
    const object = withRevision(change.object, revision);
    const recorded: Change = { ...change, object, revision };
    history.push(recorded);
    if (change.type === 'DELETED') table(change.resource).delete(change.key);
    else table(change.resource).set(change.key, object);
    for (const listener of listeners.get(change.resource) ?? []) listener(recorded);
    return object;
  };

  return {
    revision: () => revision,
    compacted: () => compacted,
    get: (resource, key) => table(resource).get(key),
    put: (resource, key, object) => {
      const previous = table(resource).get(key);
      return previous === undefined
        ? record({ type: 'ADDED', resource, key, object })
        : record({ type: 'MODIFIED', resource, key, object, previous });
    },
    remove: (resource, key, last) => {
      const previous = table(resource).get(key);
      if (previous === undefined) throw new Error(`${resource} ${key} is not in the store`);
      return record({ type: 'DELETED', resource, key, object: last, previous });
    },
    list: (resource, at = revision) => {
      const state = new Map(table(resource));
      const later = at < revision ? history.filter((entry) => entry.resource === resource && entry.revision > at) : [];
      for (const change of later.reverse()) {
        if (change.previous === undefined) state.delete(change.key);
        else state.set(change.key, change.previous);
      }
      return [...state]
        .map(([key, object]) => ({ key, object }))
        .sort((left, right) => (left.key < right.key ? -1 : 1));
    },
    since: (resource, after) => history.filter((change) => change.resource === resource && change.revision > after),
    compact: () => {
      compacted = revision;
      history.length = 0;
    },
    subscribe: (resource, listener) => {
      const set = getOrCreate(listeners, resource, () => new Set());
      set.add(listener);
      return () => set.delete(listener);
    },
  };
}

function withRevision(object: StoredObject, revision: number): StoredObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}

function getOrCreate<Value>(map: Map<string, Value>, key: string, create: () => Value): Value {
  const present = map.get(key);
  if (present !== undefined) return present;
  const made = create();
  map.set(key, made);
  return made;
}
