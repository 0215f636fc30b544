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

export interface Mirror<T> extends Pick<Store<T>, 'get' | 'entries' | 'size' | 'replace'> {
  /** Projects an object into a list that is being read. */
  collect(object: KubeObject, list: Map<string, Entry<T>>): void;
  /** Applies a watch event. Returns undefined if no stored projection changed. */
  apply(event: WatchEvent<KubeObject>): Change<T> | undefined;
}

/**
 * Stores projections of objects. If `project` throws, the exception is reported and the last good projection is
 * retained.
 */
export function createMirror<T>({ project, onError }: MirrorOptions<T>): Mirror<T> {
  const store = createStore<T>();

  return {
    get: (key) => store.get(key),
    entries: () => store.entries(),
    get size() {
      return store.size;
    },
    replace: (next) => store.replace(next),
    collect: (object, list) => {
      const key = keyOf(object.metadata);
      const projected = attempt(object);
      const stored = projected === failed ? store.get(key) : projected;
      if (stored !== undefined) list.set(key, toEntry(object, stored));
    },
    apply: ({ type, object }) => {
      if (type === 'BOOKMARK') return undefined;
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
