/**
 * Mirrors a collection of the API server: LIST in pages, then WATCH from there, for ever. It has no way to end other
 * than its signal, and treats every end of a watch, clean or not, as a reason to go on from the last resourceVersion.
 * It keeps only projections, and tells about changes; who listens is expected to enqueue a key and return.
 */

import { type Clock, type Logger, type Random, whenAborted } from '../../clock/clock.ts';
import { createLoop } from '../../clock/loop.ts';
import type { KubeObject } from '../../gardener/objects.ts';
import type { KubeClient } from '../client/client.ts';
import { isGone, isResourceVersionTooLarge, retryAfterMs } from '../client/errors.ts';
import { readPages } from '../client/pages.ts';
import { type Resource, resourceName } from '../client/resource.ts';
import type { WatchEvent } from '../client/watch.ts';
import { createDelivery } from './delivery.ts';
import { createMirror } from './mirror.ts';
import { initialState, isOlder, isStale, next, type Observation } from './state.ts';
import type { Change, Entry } from './store.ts';
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
  const { client, clock, random, logger, resource, onOutcome } = options;
  const { namespace, labelSelector, fieldSelector, metadataOnly } = options;
  const selection = { resource, namespace, labelSelector, fieldSelector, metadataOnly };
  const names = { resource: resourceName(resource), ...(namespace !== undefined && { namespace }) };
  const inactivityMs = options.inactivityMs ?? 180_000;
  const mirror = createMirror<T>(options);
  const delivery = createDelivery<ReflectorEvent<T>>({
    handler: options.onEvent,
    onError: (error, { key }) => options.onError(error, key),
    clock,
    random,
  });
  const loop = createLoop({ clock, step });
  const synced = Promise.withResolvers<void>();
  let state = initialState;
  let lastSeen: number | undefined;

  return {
    run: async (signal) => {
      await loop.run(signal);
      delivery.stop();
    },
    hasSynced,
    waitForSync: async (signal) => {
      await Promise.race([synced.promise, whenAborted(signal)]);
      return hasSynced();
    },
    lastSeen: () => lastSeen,
    get: (key) => mirror.get(key),
    entries: () => mirror.entries(),
    get size() {
      return mirror.size;
    },
  };

  function hasSynced(): boolean {
    return state.position !== undefined;
  }

  /** Does what the state asks for; resolves to the milliseconds to wait after it. */
  function step(signal: AbortSignal): Promise<number> {
    switch (state.do) {
      case 'list':
        return list(signal);
      case 'verify':
        return verify(signal);
      case 'watch':
        return watch(state.position, signal);
    }
  }

  function advance(seen: Observation): number {
    const after = next(state, seen, { now: clock.monotonic(), random });
    state = after.state;
    if (seen.type !== 'received' && seen.type !== 'verified') onOutcome?.(seen.type);
    return after.delayMs;
  }

  async function list(signal: AbortSignal): Promise<number> {
    const listed = new Map<string, Entry<T>>();
    try {
      // No resourceVersion: a consistent read. "0" could be answered from a cache that is behind what we know.
      const resourceVersion = await readPages<KubeObject>({
        page: async (part) => {
          const page = await client.listPage({ ...selection, ...part, signal, retries: 0 });
          lastSeen = clock.monotonic();
          return page;
        },
        pageSize: options.pageSize,
        begin: () => listed.clear(),
        take: (items) => items.forEach((item) => mirror.collect(item, listed)),
      });
      return replace(listed, resourceVersion);
    } catch (error) {
      return signal.aborted ? 0 : fail('list_failed', error);
    }
  }

  function replace(listed: Map<string, Entry<T>>, resourceVersion: string): number {
    const { position: before } = state;
    if (isOlder(resourceVersion, before)) {
      logger.warn({ ...names, before, now: resourceVersion }, 'the API server has an older history than we knew');
    }
    const source = before === undefined ? 'initial' : 'relist';
    for (const change of mirror.replace(listed)) delivery.deliver({ ...change, source });
    const delayMs = advance({ type: 'listed', resourceVersion });
    synced.resolve();
    logger.debug({ ...names, objects: listed.size, resourceVersion, source }, 'listed');
    return delayMs;
  }

  /**
   * Asks for the present resourceVersion. A watch from a version that is still to come is accepted (1.36) and then says
   * nothing until history gets there, so that after a restore from a backup we would be deaf without knowing it.
   */
  async function verify(signal: AbortSignal): Promise<number> {
    try {
      const { resourceVersion } = await client.listPage({ ...selection, pageSize: 1, signal, retries: 0 });
      lastSeen = clock.monotonic();
      return advance({ type: 'verified', resourceVersion });
    } catch (error) {
      return signal.aborted ? 0 : fail('list_failed', error);
    }
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
        receive(event);
      }
      return advance({ type: 'watch_closed', events, lastedMs: clock.monotonic() - startedAt });
    } catch (error) {
      if (signal.aborted) return 0;
      return watchdog.timedOut() ? silent() : broken(error);
    } finally {
      watchdog.stop();
    }
  }

  function receive(event: WatchEvent<KubeObject>): void {
    const { resourceVersion } = event.object.metadata;
    const stale = isStale(state, resourceVersion);
    advance({ type: 'received', resourceVersion });
    if (stale && event.type !== 'BOOKMARK') onOutcome?.('event_stale');
    const change = stale ? undefined : mirror.apply(event);
    if (change !== undefined) delivery.deliver({ ...change, source: 'watch' });
  }

  function silent(): number {
    const delayMs = advance({ type: 'watch_silent' });
    logger.warn({ ...names, inactivityMs }, 'the watch was silent for too long, connecting again');
    return delayMs;
  }

  function broken(error: unknown): number {
    if (!isGone(error)) return fail(isResourceVersionTooLarge(error) ? 'watch_future' : 'watch_failed', error);
    const delayMs = advance({ type: 'watch_expired' });
    logger.info(names, 'the position of the watch has expired, listing again');
    return delayMs;
  }

  function fail(type: 'list_failed' | 'watch_future' | 'watch_failed', error: unknown): number {
    const delayMs = advance({ type, retryAfterMs: retryAfterMs(error) });
    logger.warn({ ...names, err: error, delayMs }, 'connection to the API server failed, trying again');
    return delayMs;
  }
}
