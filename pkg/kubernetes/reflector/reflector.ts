/**
 * Mirrors a collection of the API server: LIST in pages, then WATCH from the resourceVersion of the list. It stops only
 * when its signal aborts; every end of a watch, clean or not, makes it continue from the last resourceVersion. It
 * stores projections of the objects and emits their changes; handlers are expected to enqueue a key and return. A budget
 * bounds its requests in any disturbance, and a periodic comparison with a list finds events that the watch missed.
 */

import { initialBudget, spend } from '../../clock/budget.ts';
import { type Clock, type Logger, type Random, sleep, whenAborted } from '../../clock/clock.ts';
import { createLoop } from '../../clock/loop.ts';
import type { KubeObject } from '../../gardener/objects.ts';
import type { KubeClient, ListPageInput, WatchInput } from '../client/client.ts';
import { isGone, isResourceVersionTooLarge, retryAfterMs } from '../client/errors.ts';
import { readPages } from '../client/pages.ts';
import { keyOf, type Resource, resourceName } from '../client/resource.ts';
import type { WatchEvent } from '../client/watch.ts';
import { type Comparison, createConsistencyCheck } from './consistency.ts';
import { createDelivery } from './delivery.ts';
import { createMirror, type Snapshot } from './mirror.ts';
import { initialState, isOlder, isOutOfOrder, isStale, next, type Observation, resumeFrom } from './state.ts';
import type { Change } from './store.ts';
import { startWatchdog } from './watchdog.ts';

export interface ReflectorEvent<T> extends Change<T> {
  /** `initial`: from the first list. `relist`: from a later list, after missed events. */
  readonly source: 'initial' | 'relist' | 'watch';
}

/**
 * Results of lists and watches, for a counter. `watch_silent`: the watch was open but received no data for
 * inactivityMs. `event_stale`: an event older than the position was ignored. `event_missed`: a list showed that the watch
 * missed an event.
 */
export type ReflectorOutcome =
  | 'listed'
  | 'list_failed'
  | 'watch_closed'
  | 'watch_expired'
  | 'watch_future'
  | 'watch_silent'
  | 'watch_failed'
  | 'event_stale'
  | 'event_missed';

export interface ReflectorOptions<T> {
  readonly client: Pick<KubeClient, 'listPage' | 'watch'>;
  readonly resource: Resource;
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Requests metadata only (PartialObjectMetadata). */
  readonly metadataOnly?: boolean;
  /**
   * Returns what is stored of an object. Undefined excludes the object and removes a stored projection. Items of lists
   * of built-in resources lack apiVersion and kind. An exception is reported, and the last good projection is retained.
   */
  readonly project: (object: KubeObject) => T | undefined;
  /**
   * Handles a change, usually by enqueuing `event.key`. If it throws, the event is delivered again until it succeeds.
   */
  readonly onEvent: (event: ReflectorEvent<T>) => void;
  /** Receives exceptions of `project` and `onEvent`. */
  readonly onError: (error: unknown, key: string) => void;
  readonly onOutcome?: (outcome: ReflectorOutcome) => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Objects per page. Default: 500. */
  readonly pageSize?: number;
  /**
   * A watch that receives no data for this long is considered dead. Default: 3 minutes; bookmarks arrive every minute.
   */
  readonly inactivityMs?: number;
  /** Mean time between two comparisons with a list of metadata. 0 disables them. Default: 3 minutes. */
  readonly compareEveryMs?: number;
}

export interface Reflector<T> {
  /** Runs until the signal aborts. Never rejects. Must be called only once. */
  run(signal: AbortSignal): Promise<void>;
  /** Returns whether the first list is complete and its events were delivered. */
  hasSynced(): boolean;
  /** Resolves to true once synced, to false if the signal aborts first. */
  waitForSync(signal: AbortSignal): Promise<boolean>;
  /** Monotonic milliseconds of the last data from the API server; undefined before the first. */
  lastSeen(): number | undefined;
  get(key: string): T | undefined;
  entries(): IterableIterator<readonly [string, T]>;
  readonly size: number;
}

export function createReflector<T>(options: ReflectorOptions<T>): Reflector<T> {
  const { clock, random, logger, resource, onOutcome } = options;
  const client = limitRequests(options);
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
  const check = createConsistencyCheck({
    compare,
    onMissed: relist,
    onError: (error) => logger.debug({ ...names, err: error }, 'Comparison with a list failed, retrying later'),
    meanIntervalMs: options.compareEveryMs ?? 180_000,
    clock,
    random,
  });
  const synced = Promise.withResolvers<void>();
  let state = initialState;
  let lastSeen: number | undefined;

  return {
    run: async (signal) => {
      await Promise.all([loop.run(signal), compareOnceSynced(signal)]);
      delivery.stop();
    },
    hasSynced,
    waitForSync,
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

  async function waitForSync(signal: AbortSignal): Promise<boolean> {
    await Promise.race([synced.promise, whenAborted(signal)]);
    return hasSynced();
  }

  async function compareOnceSynced(signal: AbortSignal): Promise<void> {
    if (await waitForSync(signal)) await check.run(signal);
  }

  /** Sends the request that the state calls for; resolves to the milliseconds to wait before the next one. */
  function step(signal: AbortSignal): Promise<number> {
    switch (state.do) {
      case 'list':
        return list(signal);
      case 'verify':
        return verify(signal);
      case 'watch':
        return watch(resumeFrom(state) ?? state.position, signal);
    }
  }

  function advance(observation: Observation): number {
    const { type } = observation;
    const transition = next(state, observation, { now: clock.monotonic(), random });
    state = transition.state;
    if (type !== 'received' && type !== 'verified') onOutcome?.(type);
    return transition.delayMs;
  }

  async function list(signal: AbortSignal): Promise<number> {
    const listed: Snapshot<T> = { entries: new Map(), versions: new Map() };
    try {
      // Without a resourceVersion the read is consistent; "0" may be served from a cache that lags behind the mirror.
      const resourceVersion = await readPages<KubeObject>({
        page: async (part) => {
          const page = await client.listPage({ ...selection, ...part, signal, retries: 0 });
          lastSeen = clock.monotonic();
          return page;
        },
        pageSize: options.pageSize,
        begin: () => {
          listed.entries.clear();
          listed.versions.clear();
        },
        take: (items) => items.forEach((item) => mirror.collect(item, listed)),
      });
      return replace(listed, resourceVersion);
    } catch (error) {
      return signal.aborted ? 0 : retryAfter('list_failed', error);
    }
  }

  function replace(listed: Snapshot<T>, resourceVersion: string): number {
    const { position: before } = state;
    if (isOlder(resourceVersion, before)) {
      logger.warn(
        { ...names, before, now: resourceVersion },
        'The resourceVersion went backwards (API server restored from a backup?), relisted',
      );
    }
    const source = before === undefined ? 'initial' : 'relist';
    for (const change of mirror.replace(listed)) delivery.deliver({ ...change, source });
    const delayMs = advance({ type: 'listed', resourceVersion });
    synced.resolve();
    logger.debug({ ...names, objects: listed.entries.size, resourceVersion, source }, 'Listed objects');
    return delayMs;
  }

  /**
   * Reads the current resourceVersion. The API server accepts a watch from a future version (1.36) and sends nothing
   * until its history reaches that version, so after a restore from a backup the watch would silently miss every
   * change.
   */
  async function verify(signal: AbortSignal): Promise<number> {
    try {
      const { resourceVersion } = await client.listPage({ ...selection, pageSize: 1, signal, retries: 0 });
      lastSeen = clock.monotonic();
      return signal.aborted ? 0 : advance({ type: 'verified', resourceVersion });
    } catch (error) {
      return signal.aborted ? 0 : retryAfter('list_failed', error);
    }
  }

  async function watch(from: string, signal: AbortSignal): Promise<number> {
    const watchdog = startWatchdog({ parent: signal, inactivityMs, clock });
    const onBytes = (): void => {
      lastSeen = clock.monotonic();
      openedAt ??= lastSeen;
      watchdog.touch();
    };
    let openedAt: number | undefined;
    const lastedMs = (): number => (openedAt === undefined ? 0 : clock.monotonic() - openedAt);
    const input = { ...selection, resourceVersion: from, timeoutSeconds: 240 + Math.floor(random() * 51) };
    try {
      for await (const event of client.watch({ ...input, signal: watchdog.signal, onBytes })) {
        if (signal.aborted) return 0;
        receive(event);
      }
      return signal.aborted ? 0 : advance({ type: 'watch_closed', lastedMs: lastedMs() });
    } catch (error) {
      if (signal.aborted) return 0;
      return watchdog.timedOut() ? handleSilence() : handleWatchError(error, lastedMs());
    } finally {
      watchdog.stop();
    }
  }

  function receive(event: WatchEvent<KubeObject>): void {
    const { metadata } = event.object;
    const { resourceVersion } = metadata;
    const isBookmark = event.type === 'BOOKMARK';
    const stale = isStale(state, resourceVersion);
    const isRepeated = mirror.versions.get(keyOf(metadata)) === resourceVersion;
    if (!isBookmark && isOutOfOrder(state, resourceVersion) && !isRepeated) check.hasten();
    advance({ type: 'received', resourceVersion, isBookmark });
    if (stale && !isBookmark) onOutcome?.('event_stale');
    const change = stale ? undefined : mirror.apply(event);
    if (change !== undefined) delivery.deliver({ ...change, source: 'watch' });
  }

  /** Reads a list of metadata only, which the API server serves from its cache where it can. */
  async function compare(signal: AbortSignal): Promise<Comparison> {
    const before = resumeFrom(state);
    const listed = new Map<string, string>();
    const resourceVersion = await readPages<KubeObject>({
      page: (part) => client.listPage({ ...selection, ...part, metadataOnly: true, signal, retries: 0 }),
      pageSize: options.pageSize,
      begin: () => listed.clear(),
      take: (items) => items.forEach(({ metadata }) => listed.set(keyOf(metadata), metadata.resourceVersion ?? '')),
    });
    return { listed, resourceVersion, mirrored: mirror.versions, isPositionAhead: isOlder(resourceVersion, before) };
  }

  function relist(keys: readonly string[]): void {
    if (keys.length === 0) logger.warn(names, 'Watch position is ahead of the API server, relisting');
    else logger.warn({ ...names, objects: keys.slice(0, 10), count: keys.length }, 'Watch missed events, relisting');
    advance({ type: 'event_missed' });
    void loop.cancelPass();
  }

  function handleSilence(): number {
    const delayMs = advance({ type: 'watch_silent' });
    logger.warn({ ...names, inactivityMs }, 'Watch received no data for inactivityMs, reconnecting');
    return delayMs;
  }

  function handleWatchError(error: unknown, lastedMs: number): number {
    if (isResourceVersionTooLarge(error)) return retryAfter('watch_future', error);
    if (!isGone(error)) return retryAfter('watch_failed', error, lastedMs);
    const delayMs = advance({ type: 'watch_expired' });
    logger.info(names, 'Watch position expired, relisting');
    return delayMs;
  }

  function retryAfter(type: 'list_failed' | 'watch_future' | 'watch_failed', error: unknown, lastedMs = 0): number {
    const delayMs = advance({ type, retryAfterMs: retryAfterMs(error), lastedMs });
    logger.warn({ ...names, err: error, delayMs }, 'Request to the API server failed, retrying');
    return delayMs;
  }
}

type ListWatchClient = ReflectorOptions<unknown>['client'];

/** Returns a client that delays each request, and so each page of a list, until the budget admits it. */
function limitRequests({ client, clock }: Pick<ReflectorOptions<unknown>, 'client' | 'clock'>): ListWatchClient {
  let budget = initialBudget(requestLimits, clock.monotonic());
  return {
    listPage: async <T extends KubeObject>(input: ListPageInput) => {
      await admit(input.signal);
      return await client.listPage<T>(input);
    },
    watch: async function* <T extends KubeObject>(input: WatchInput) {
      await admit(input.signal);
      yield* client.watch<T>(input);
    },
  };

  async function admit(signal: AbortSignal | undefined): Promise<void> {
    const { after, waitMs } = spend(budget, requestLimits, clock.monotonic());
    budget = after;
    if (waitMs > 0) await sleep(clock, waitMs, signal);
    signal?.throwIfAborted();
  }
}

/** About one request per second for a minute, then less than one in four seconds. */
const requestLimits = [
  { burst: 6, perSecond: 1 },
  { burst: 45, perSecond: 0.24, burstMs: 60_000 },
];
