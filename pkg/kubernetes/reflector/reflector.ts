/**
 * Mirrors a collection of the API server: LIST in pages, then WATCH from there, for ever. It has no way to end other
 * than its signal, and treats every end of a watch, clean or not, as a reason to go on from the last resourceVersion.
 * It keeps only projections, and tells about changes; who listens is expected to enqueue a key and return.
 */

import { createBackoff } from '../../clock/backoff.ts';
import { type Clock, type Logger, type Random, sleep, whenAborted } from '../../clock/clock.ts';
import type { KubeObject } from '../../gardener/objects.ts';
import type { KubeClient } from '../client/client.ts';
import { isGone, isResourceVersionTooLarge, retryAfterMs } from '../client/errors.ts';
import { readPages } from '../client/pages.ts';
import { compareResourceVersions, keyOf, type Resource, resourceName } from '../client/resource.ts';
import type { WatchEvent } from '../client/watch.ts';
import { createDelivery } from './delivery.ts';
import { type Change, createStore, type Entry, toEntry } from './store.ts';
import { startWatchdog } from './watchdog.ts';

export interface ReflectorEvent<T> extends Change<T> {
  /** `initial`: found by the first list; `relist`: noticed by a later one, after events were missed. */
  readonly source: 'initial' | 'relist' | 'watch';
}

/** How lists and watches ended, for a counter. `watch_silent`: open, but without a byte for too long. */
export type ReflectorOutcome =
  | 'listed'
  | 'list_failed'
  | 'watch_closed'
  | 'watch_expired'
  | 'watch_future'
  | 'watch_silent'
  | 'watch_failed'
  | 'event_stale';

export interface ReflectorOptions<T> {
  readonly client: Pick<KubeClient, 'listPage' | 'watch'>;
  readonly resource: Resource;
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Ask for metadata only (PartialObjectMetadata). */
  readonly metadataOnly?: boolean;
  /**
   * What is kept of an object; undefined leaves it out, and deletes it when it was there. Items of built-in lists come
   * without apiVersion and kind. When it throws, that is reported and the last good projection stays.
   */
  readonly project: (object: KubeObject) => T | undefined;
  /** Enqueue `event.key`. When it throws, the event is delivered again until it passes. */
  readonly onEvent: (event: ReflectorEvent<T>) => void;
  /** Exceptions of `project` and `onEvent`. */
  readonly onError: (error: unknown, key: string) => void;
  readonly onOutcome?: (outcome: ReflectorOutcome) => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Objects per page; 500. */
  readonly pageSize?: number;
  /** A watch without a byte for this long is taken for dead; 3 minutes, bookmarks come every minute. */
  readonly inactivityMs?: number;
}

export interface Reflector<T> {
  /** Resolves when the signal aborts, never before, and never rejects. To be called once. */
  run(signal: AbortSignal): Promise<void>;
  /** The first list is complete, and its events were delivered. */
  hasSynced(): boolean;
  /** Resolves with true when it has, with false when the signal aborts before. */
  waitForSync(signal: AbortSignal): Promise<boolean>;
  /** Monotonic milliseconds of the last byte from the API server; undefined before the first. */
  lastSeen(): number | undefined;
  get(key: string): T | undefined;
  entries(): IterableIterator<readonly [string, T]>;
  readonly size: number;
}

export function createReflector<T>(options: ReflectorOptions<T>): Reflector<T> {
  const { client, clock, random, logger, resource } = options;
  const { namespace, labelSelector, fieldSelector, metadataOnly } = options;
  const selection = { resource, namespace, labelSelector, fieldSelector, metadataOnly };
  const inactivityMs = options.inactivityMs ?? 180_000;
  const backoff = createBackoff({ baseMs: 800, maxMs: 30_000, jitter: 0.5, resetAfterMs: 120_000, random, clock });
  /** For positions that expire again and again, which has nothing to do with how the connection is. */
  const patience = createBackoff({ baseMs: 800, maxMs: 30_000, jitter: 0.5, resetAfterMs: 120_000, random, clock });
  const delivery = createDelivery<ReflectorEvent<T>>({
    handler: options.onEvent,
    onError: (error, { key }) => options.onError(error, key),
    clock,
    random,
  });
  const store = createStore<T>();
  const synced = Promise.withResolvers<void>();
  let hasSynced = false;
  let lastSeen: number | undefined;
  /** Undefined: the next step is a list. */
  let position: string | undefined;
  /** The newest resourceVersion that was ever seen, to tell when history was reset. */
  let newest: string | undefined;
  /** Something came from the API server since the last list: an expired position is then no sign of a loop. */
  let progressed = false;
  let futureSince: number | undefined;
  /** A watch broke or fell silent: perhaps the API server came back with an older history. */
  let doubtful = false;

  return {
    run,
    hasSynced: () => hasSynced,
    waitForSync: async (signal) => {
      await Promise.race([synced.promise, whenAborted(signal)]);
      return hasSynced;
    },
    lastSeen: () => lastSeen,
    get: (key) => store.get(key),
    entries: () => store.entries(),
    get size() {
      return store.size;
    },
  };

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const delay = await step(signal);
      // Also when there is nothing to wait for: a loop without a turn of the event loop starves everything else.
      await sleep(clock, delay, signal);
    }
    delivery.stop();
  }

  /** Returns the milliseconds to wait before the next one. */
  async function step(signal: AbortSignal): Promise<number> {
    if (position === undefined) return await list(signal);
    return doubtful ? await verify(position, signal) : await watch(position, signal);
  }

  /**
   * Asks for the present resourceVersion. A watch from a version that is still to come is accepted (1.36) and then says
   * nothing until history gets there, so that after a restore from a backup we would be deaf without knowing it.
   */
  async function verify(from: string, signal: AbortSignal): Promise<number> {
    try {
      const { resourceVersion } = await client.listPage({ ...selection, pageSize: 1, signal, retries: 0 });
      lastSeen = clock.monotonic();
      doubtful = false;
      if ((compareResourceVersions(resourceVersion, from) ?? 0) < 0) position = undefined;
      return 0;
    } catch (error) {
      if (signal.aborted) return 0;
      return fail('list_failed', error);
    }
  }

  async function list(signal: AbortSignal): Promise<number> {
    const next = new Map<string, Entry<T>>();
    try {
      // No resourceVersion: a consistent read. "0" could be answered from a cache that is behind what we know.
      const listed = await readPages<KubeObject>({
        page: async (part) => {
          const page = await client.listPage({ ...selection, ...part, signal, retries: 0 });
          lastSeen = clock.monotonic();
          return page;
        },
        pageSize: options.pageSize,
        begin: () => next.clear(),
        take: (items) => items.forEach((item) => collect(item, next)),
      });
      replace(listed, next);
      return 0;
    } catch (error) {
      if (signal.aborted) return 0;
      return fail('list_failed', error);
    }
  }

  function replace(listed: string, next: Map<string, Entry<T>>): void {
    if (newest !== undefined && (compareResourceVersions(listed, newest) ?? 0) < 0) {
      logger.warn({ ...names(), before: newest, now: listed }, 'the API server has an older history than we knew');
    }
    const source = hasSynced ? 'relist' : 'initial';
    position = listed;
    newest = listed;
    progressed = false;
    futureSince = undefined;
    doubtful = false;
    for (const change of store.replace(next)) delivery.deliver({ ...change, source });
    hasSynced = true;
    synced.resolve();
    options.onOutcome?.('listed');
    logger.debug({ ...names(), objects: next.size, resourceVersion: listed, source }, 'listed');
  }

  async function watch(from: string, signal: AbortSignal): Promise<number> {
    const watchdog = startWatchdog({ parent: signal, inactivityMs, clock });
    const onBytes = (): void => {
      lastSeen = clock.monotonic();
      watchdog.seen();
    };
    const startedAt = clock.monotonic();
    let events = 0;
    const input = { ...selection, resourceVersion: from, timeoutSeconds: 240 + Math.floor(random() * 51) };
    try {
      for await (const event of client.watch({ ...input, signal: watchdog.signal, onBytes })) {
        events += 1;
        accept(event);
      }
      options.onOutcome?.('watch_closed');
      // A proxy that closes each watch at once would be asked as often as it can answer.
      return events === 0 && clock.monotonic() - startedAt < 1000 ? backoff.next() : 0;
    } catch (error) {
      if (signal.aborted) return 0;
      if (watchdog.bit()) return silent();
      return afterFailure(error);
    } finally {
      watchdog.stop();
    }
  }

  function silent(): number {
    doubtful = true;
    options.onOutcome?.('watch_silent');
    logger.warn({ ...names(), inactivityMs }, 'the watch was silent for too long, connecting again');
    return 0;
  }

  function afterFailure(error: unknown): number {
    if (isGone(error)) {
      position = undefined;
      options.onOutcome?.('watch_expired');
      logger.info(names(), 'the position of the watch has expired, listing again');
      return progressed ? 0 : patience.next();
    }
    if (isResourceVersionTooLarge(error)) {
      futureSince ??= clock.monotonic();
      // One API server of several may lag behind; a whole cluster that stays behind was restored from a backup.
      if (clock.monotonic() - futureSince > 30_000) position = undefined;
      return fail('watch_future', error);
    }
    doubtful = true;
    return fail('watch_failed', error);
  }

  function fail(outcome: ReflectorOutcome, error: unknown): number {
    const asked = retryAfterMs(error);
    const delay = asked === undefined ? backoff.next() : Math.round(asked * (1 + random() / 10));
    options.onOutcome?.(outcome);
    logger.warn({ ...names(), err: error, delayMs: delay }, 'connection to the API server failed, trying again');
    return delay;
  }

  function accept({ type, object }: WatchEvent<KubeObject>): void {
    progressed = true;
    futureSince = undefined;
    const { resourceVersion } = object.metadata;
    if (resourceVersion !== undefined && isStale(resourceVersion)) {
      if (type !== 'BOOKMARK') options.onOutcome?.('event_stale');
      return;
    }
    position = resourceVersion ?? position;
    newest = position;
    if (type === 'BOOKMARK') return;
    const change = type === 'DELETED' ? remove(object) : put(object);
    if (change !== undefined) delivery.deliver({ ...change, source: 'watch' });
  }

  /** Events of one kind come in the order of their resourceVersions, so an older one would take us back in time. */
  function isStale(resourceVersion: string): boolean {
    return position !== undefined && (compareResourceVersions(resourceVersion, position) ?? 1) <= 0;
  }

  function put(object: KubeObject): Change<T> | undefined {
    const key = keyOf(object.metadata);
    const projected = project(object);
    if (projected === failed) return undefined;
    return projected === undefined ? store.remove(key) : store.put(key, toEntry(object, projected));
  }

  function remove(object: KubeObject): Change<T> | undefined {
    const projected = project(object);
    return store.remove(keyOf(object.metadata), projected === failed ? undefined : projected);
  }

  function collect(object: KubeObject, next: Map<string, Entry<T>>): void {
    const key = keyOf(object.metadata);
    const projected = project(object);
    const kept = projected === failed ? store.get(key) : projected;
    if (kept !== undefined) next.set(key, toEntry(object, kept));
  }

  function project(object: KubeObject): T | undefined | typeof failed {
    try {
      return options.project(object);
    } catch (error) {
      options.onError(error, keyOf(object.metadata));
      return failed;
    }
  }

  function names(): object {
    return { resource: resourceName(resource), ...(namespace !== undefined && { namespace }) };
  }
}

const failed = Symbol('failed');
