import type { CommittedWrite } from '../proxy/faults.ts';
import { attribute } from './attribute.ts';
import { keyText, type Revision, type StoredObject } from './revision.ts';

/** Records the revisions per namespace. Clusters count as part of the namespace with their name. */
export interface Recorder {
  readonly add: (revision: Revision) => void;
  readonly attribute: (write: CommittedWrite) => void;
  /** Returns all recorded revisions with their writers. */
  history(namespace: string): readonly Revision[];
  /** Number of recorded revisions. */
  size(namespace: string): number;
  /** Returns the present state by keyText. */
  state(namespace: string): ReadonlyMap<string, StoredObject>;
  /** Resolves at the next change in the namespace, or after `ms`. */
  change(namespace: string, ms: number): Promise<void>;
  /** Discards history and state; later revisions are recorded. */
  forget(namespace: string): void;
  /** Makes later calls of `history` and `change` throw. */
  fail(error: unknown): void;
}

export function createRecorder(): Recorder {
  const histories = new Map<string, Revision[]>();
  const states = new Map<string, Map<string, StoredObject>>();
  const writes = new Map<string, CommittedWrite[]>();
  const waiting = new Map<string, Set<() => void>>();
  let failure: { readonly error: unknown } | undefined;
  const check = (): void => {
    if (failure !== undefined) throw new Error('the recorder of etcd has failed', { cause: failure.error });
  };
  return {
    add(revision) {
      const namespace = revision.resource === 'clusters' ? revision.name : revision.namespace;
      listIn(histories, namespace).push(revision);
      const state = states.get(namespace) ?? new Map<string, StoredObject>();
      states.set(namespace, state);
      if (revision.object === undefined) state.delete(keyText(revision));
      else state.set(keyText(revision), revision.object);
      for (const wake of waiting.get(namespace) ?? []) wake();
    },
    attribute(write) {
      if (write.request.namespace !== undefined) listIn(writes, write.request.namespace).push(write);
    },
    history(namespace) {
      check();
      return attribute(histories.get(namespace) ?? [], writes.get(namespace) ?? []);
    },
    size: (namespace) => histories.get(namespace)?.length ?? 0,
    state: (namespace) => states.get(namespace) ?? new Map(),
    change(namespace, ms) {
      check();
      return new Promise((resolve) => {
        const wakers = waiting.get(namespace) ?? new Set();
        waiting.set(namespace, wakers);
        const finish = (): void => {
          clearTimeout(timer);
          wakers.delete(finish);
          resolve();
        };
        const timer = setTimeout(finish, ms);
        wakers.add(finish);
      });
    },
    forget(namespace) {
      histories.delete(namespace);
      states.delete(namespace);
      writes.delete(namespace);
    },
    fail(error) {
      failure ??= { error };
    },
  };
}

function listIn<Item>(lists: Map<string, Item[]>, key: string): Item[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}
