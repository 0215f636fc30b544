import type { KubeObject } from '../../gardener/objects.ts';
import { keyOf } from '../client/resource.ts';
import type { WatchEvent } from '../client/watch.ts';
import { type Change, createStore, type Entry, type Store, toEntry } from './store.ts';

export interface MirrorOptions<T> {
  /** Returns what is stored of an object; undefined excludes it. May throw. */
  readonly project: (object: KubeObject) => T | undefined;
  /** Receives exceptions of `project`. */
  readonly onError: (error: unknown, key: string) => void;
}

/** A list that is being read. */
export interface Snapshot<T> {
  readonly entries: Map<string, Entry<T>>;
  readonly versions: Map<string, string>;
}

export interface Mirror<T> extends Pick<Store<T>, 'get' | 'entries' | 'size'> {
  /** The resourceVersion last seen of each object, by key, with those that `project` excludes or fails for. */
  readonly versions: ReadonlyMap<string, string>;
  /** Projects an object into a list that is being read. */
  collect(object: KubeObject, snapshot: Snapshot<T>): void;
  /** Replaces the content by a complete list; returns the differences, deletions first. */
  replace(snapshot: Snapshot<T>): readonly Change<T>[];
  /** Applies a watch event. Returns undefined if no stored projection changed. */
  apply(event: WatchEvent<KubeObject>): Change<T> | undefined;
}

/**
 * Stores projections of objects. If `project` throws, the exception is reported and the last good projection is
 * retained.
 */
export function createMirror<T>({ project, onError }: MirrorOptions<T>): Mirror<T> {
  const store = createStore<T>();
  let versions = new Map<string, string>();

  return {
    get: (key) => store.get(key),
    entries: () => store.entries(),
    get size() {
      return store.size;
    },
    get versions() {
      return versions;
    },
    collect: (object, snapshot) => {
      const key = keyOf(object.metadata);
      snapshot.versions.set(key, object.metadata.resourceVersion ?? '');
      const projected = attempt(object);
      const stored = projected === failed ? store.get(key) : projected;
      if (stored !== undefined) snapshot.entries.set(key, toEntry(object, stored));
    },
    replace: (snapshot) => {
      versions = snapshot.versions;
      return store.replace(snapshot.entries);
    },
    apply: ({ type, object }) => {
      if (type === 'BOOKMARK') return undefined;
      const key = keyOf(object.metadata);
      if (type === 'DELETED') versions.delete(key);
      else versions.set(key, object.metadata.resourceVersion ?? '');
      return type === 'DELETED' ? remove(object) : put(object);
    },
  };

  function put(object: KubeObject): Change<T> | undefined {
    const key = keyOf(object.metadata);
    const projected = attempt(object);
    if (projected === failed) return undefined;
    return projected === undefined ? store.remove(key) : store.put(key, toEntry(object, projected));
  }

  function remove(object: KubeObject): Change<T> | undefined {
    const projected = attempt(object);
    return store.remove(keyOf(object.metadata), projected === failed ? undefined : projected);
  }

  function attempt(object: KubeObject): T | undefined | typeof failed {
    try {
      return project(object);
    } catch (error) {
      onError(error, keyOf(object.metadata));
      return failed;
    }
  }
}

const failed = Symbol('failed');
