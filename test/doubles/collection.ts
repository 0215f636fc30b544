/**
 * An in-memory collection with the history of an API server, for model tests: it can be compacted, disconnected, made
 * to reject requests, and restored from an old state. It uses no sockets, so that thousands of sequences run in a
 * second.
 */
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import type { KubeClient, ListPageInput, WatchInput } from '../../pkg/kubernetes/client/client.ts';
import { ApiError, NetworkError } from '../../pkg/kubernetes/client/errors.ts';
import type { ListPage } from '../../pkg/kubernetes/client/pages.ts';
import type { WatchEvent } from '../../pkg/kubernetes/client/watch.ts';
import { statusObject } from './server.ts';

export interface Collection extends Pick<KubeClient, 'listPage' | 'watch'> {
  /** The stored objects by name. */
  readonly objects: ReadonlyMap<string, KubeObject>;
  put(name: string): void;
  remove(name: string): void;
  bookmark(): void;
  /** Sends a bookmark to the open watches whose version the history has not reached. */
  forgeBookmark(ahead: number): void;
  /** Sends the open watches an event about a stored object with the version that the history reaches after `ahead` more changes. */
  forgeEvent(name: string, ahead: number): void;
  /** Lets a proxy remove the next event from all watches. */
  drop(): void;
  /** Lets a proxy exchange the next two events. */
  swap(): void;
  /** Ends every open watch: cleanly, with a broken connection, or with an ERROR event 410. */
  cut(how: 'close' | 'reset' | 'expire'): void;
  /** Removes events, so that older positions get 410. */
  compact(): void;
  /** Lets the next requests fail; with `retryAfter` in their header. */
  refuse(requests: number, code: number | 'reset', retryAfter?: string): void;
  /** Removes remaining failures. */
  heal(): void;
  save(): void;
  /** Restores the state at the last `save`, including its resourceVersion. */
  restore(): void;
  readonly watches: number;
  /** Number of lists and watches that were requested. */
  readonly requests: number;
}

interface Waiter {
  readonly wake: () => void;
  readonly forged: WatchEvent<KubeObject>[];
  ended: 'close' | 'reset' | 'expire' | undefined;
}

export function createCollection(): Collection {
  let objects = new Map<string, KubeObject>();
  let history: { readonly version: number; readonly event: WatchEvent<KubeObject> }[] = [];
  let version = 1;
  let compacted = 0;
  let uids = 0;
  let saved = { objects: new Map(objects), version };
  let requests = 0;
  let disorder: 'drop' | 'swap' | undefined;
  let held: { readonly version: number; readonly event: WatchEvent<KubeObject> } | undefined;
  const refusals: { readonly code: number | 'reset'; readonly retryAfter: string | undefined }[] = [];
  const waiters = new Set<Waiter>();

  return {
    get objects() {
      return objects;
    },
    get watches() {
      return waiters.size;
    },
    get requests() {
      return requests;
    },
    put: (name) => {
      const old = objects.get(name);
      version += 1;
      const uid = old?.metadata.uid ?? `uid-${(uids += 1)}`;
      const object = { apiVersion: 'v1', kind: 'Thing', metadata: { name, uid, resourceVersion: String(version) } };
      objects.set(name, object);
      publish({ type: old === undefined ? 'ADDED' : 'MODIFIED', object });
    },
    remove: (name) => {
      const old = objects.get(name);
      if (old === undefined) return;
      version += 1;
      objects.delete(name);
      publish({ type: 'DELETED', object: { ...old, metadata: { ...old.metadata, resourceVersion: String(version) } } });
    },
    bookmark: () => publish(bookmarkAt(version)),
    forgeBookmark: (ahead) => {
      for (const waiter of waiters) waiter.forged.push(bookmarkAt(version + ahead));
      wake();
    },
    forgeEvent: (name, ahead) => {
      const stored = objects.get(name);
      if (stored === undefined) return;
      const object = { ...stored, metadata: { ...stored.metadata, resourceVersion: String(version + ahead) } };
      for (const waiter of waiters) waiter.forged.push({ type: 'MODIFIED', object });
      wake();
    },
    drop: () => {
      disorder = 'drop';
    },
    swap: () => {
      disorder = 'swap';
    },
    cut: (how) => {
      for (const waiter of waiters) waiter.ended = how;
      wake();
    },
    compact: () => {
      compacted = version;
      history = [];
    },
    refuse: (times, code, retryAfter) => {
      for (let count = 0; count < times; count += 1) refusals.push({ code, retryAfter });
    },
    heal: () => {
      refusals.length = 0;
      disorder = undefined;
    },
    save: () => {
      saved = { objects: new Map(objects), version };
    },
    restore: () => {
      objects = new Map(saved.objects);
      version = saved.version;
      compacted = Math.min(compacted, version);
      history = history.filter((entry) => entry.version <= version);
      // All connections break, and with them a proxy that held an event back.
      held = undefined;
      for (const waiter of waiters) waiter.ended = 'reset';
      wake();
    },
    // The generics of the client stand for the only kind stored here.
    listPage: listPage as KubeClient['listPage'],
    watch: watch as KubeClient['watch'],
  };

  /** A swapped event whose successor never comes stays lost. */
  function publish(event: WatchEvent<KubeObject>): void {
    const entry = { version, event };
    const disturbance = disorder;
    disorder = undefined;
    if (disturbance === 'swap') held = entry;
    if (disturbance !== undefined) return;
    history.push(entry);
    if (held !== undefined) history.push(held);
    held = undefined;
    wake();
  }

  function wake(): void {
    for (const waiter of waiters) waiter.wake();
  }

  function admit(verb: 'list' | 'watch'): void {
    requests += 1;
    const refusal = refusals.shift();
    const target = { verb, path: '/things' };
    if (refusal?.code === 'reset') throw new NetworkError({ ...target, reason: 'Connection', message: 'reset' });
    if (refusal !== undefined) throw apiError(refusal.code, verb, refusal.retryAfter);
  }

  async function listPage(input: ListPageInput): Promise<ListPage<KubeObject>> {
    await Promise.resolve();
    admit('list');
    const all = [...objects.values()];
    const size = input.pageSize === undefined || input.pageSize === 0 ? all.length : input.pageSize;
    // Pages of one consistent list: a change in between expires the token.
    const [at = String(version), from = '0'] = input.continue?.split('/') ?? [];
    if (Number(at) !== version) throw apiError(410, 'list');
    const end = Number(from) + size;
    const token = end < all.length ? `${version}/${end}` : undefined;
    return { items: all.slice(Number(from), end), resourceVersion: String(version), continue: token };
  }

  async function* watch(input: WatchInput): AsyncGenerator<WatchEvent<KubeObject>> {
    await Promise.resolve();
    admit('watch');
    let position = Number(input.resourceVersion);
    if (position < compacted) throw apiError(410, 'watch');
    // A watch from a future version is silent until the history reaches it, as in the API server 1.36.
    input.onBytes?.();
    const waiter: Waiter = { wake: () => resume(), forged: [], ended: undefined };
    let resume = (): void => {};
    const stop = (): void => resume();
    input.signal?.addEventListener('abort', stop);
    waiters.add(waiter);
    try {
      for (;;) {
        const next = history.filter((entry) => entry.version > position || isNewBookmark(entry));
        for (const entry of next) {
          position = entry.version;
          input.onBytes?.();
          yield entry.event;
        }
        yield* waiter.forged.splice(0);
        if (input.signal?.aborted === true) throw failure('Aborted');
        if (waiter.ended === 'close') return;
        if (waiter.ended === 'reset') throw failure('Connection');
        if (waiter.ended === 'expire') throw apiError(410, 'watch');
        if (next.length > 0) continue;
        await new Promise<void>((resolve) => {
          resume = resolve;
        });
      }
    } finally {
      waiters.delete(waiter);
      input.signal?.removeEventListener('abort', stop);
    }

    function isNewBookmark({
      version: at,
      event,
    }: {
      readonly version: number;
      readonly event: WatchEvent<KubeObject>;
    }) {
      return event.type === 'BOOKMARK' && at > position;
    }
  }
}

function failure(reason: 'Aborted' | 'Connection'): NetworkError {
  return new NetworkError({ verb: 'watch', path: '/things', reason, message: reason });
}

function bookmarkAt(version: number): WatchEvent<KubeObject> {
  const metadata = { name: '', resourceVersion: String(version) };
  return { type: 'BOOKMARK', object: { apiVersion: 'v1', kind: 'Thing', metadata } };
}

function apiError(code: number, verb: 'list' | 'watch', retryAfter?: string): ApiError {
  return new ApiError({ verb, path: '/things', code, status: statusObject({ code }), retryAfter, now: 0 });
}
