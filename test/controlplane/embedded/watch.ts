/** WATCH: one JSON line per event after a resourceVersion, with bookmarks. */
import { type Api, present } from './api.ts';
import { type ApiError, expired, invalidListOptions, unexpected } from './errors.ts';
import type { EventStream } from './event-stream.ts';
import type { JsonObject, StoredObject } from './objects.ts';
import { apiVersion, qualifiedName, type Resource } from './resources.ts';
import { createSelector, type Predicate } from './selectors.ts';
import type { Change } from './store.ts';

export interface WatchRequest {
  readonly resource: Resource;
  readonly namespace?: string;
  readonly name?: string;
  readonly query: URLSearchParams;
  readonly bookmarkIntervalMs: number;
}

/** Checks the parameters of a watch and returns the function that runs it on its open stream. Throws 400, 422 or 500. Streaming lists
 * (sendInitialEvents) are rejected as by a server without that feature. */
export function prepareWatch(api: Api, request: WatchRequest): (stream: EventStream) => void {
  const { query } = request;
  const after = parseRevision(query.get('resourceVersion'));
  if (query.has('sendInitialEvents')) {
    const why = 'sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled';
    throw invalidListOptions('sendInitialEvents', why);
  }
  const predicate = createPredicate(request);
  return (stream) => runWatch(api, { ...request, after, predicate }, stream);
}

interface PreparedWatch extends WatchRequest {
  readonly after: number;
  readonly predicate: Predicate;
}

function runWatch(api: Api, watch: PreparedWatch, stream: EventStream): void {
  const { resource, after, predicate } = watch;
  const store = qualifiedName(resource);
  const send = (type: string, object: StoredObject): void => stream.event({ type, object: present(resource, object) });
  if (after === 0) {
    for (const { object } of api.store.list(store)) if (predicate(object)) send('ADDED', object);
  } else if (after < api.store.compacted()) {
    stream.event(errorEvent(expired(`too old resource version: ${after} (${api.store.compacted()})`)));
    stream.end();
    return;
  }
  const pass = (change: Change): void => {
    // A client with a version ahead of the server, from a lost history, receives only later events.
    const seen = visible(change, predicate);
    if (seen !== undefined && change.revision > after) send(seen.type, seen.object);
  };
  if (after > 0) for (const change of api.store.since(store, after)) pass(change);
  stream.onClose(api.store.subscribe(store, pass));
  stream.onClose(bookmarks(api, watch, stream));
}

/** Applies a selector to a change: entering it is ADDED, leaving it is DELETED with the previous object. */
function visible(change: Change, predicate: Predicate): Pick<Change, 'type' | 'object'> | undefined {
  const { previous, object } = change;
  const before = previous !== undefined && predicate(previous);
  const now = change.type !== 'DELETED' && predicate(object);
  if (now) return { type: before ? 'MODIFIED' : 'ADDED', object };
  if (!before) return undefined;
  const { resourceVersion } = object.metadata;
  return { type: 'DELETED', object: { ...previous, metadata: { ...previous.metadata, resourceVersion } } };
}

/** Schedules bookmarks at intervals and before the end of the watch, and its end. Returns the function that cancels them. */
function bookmarks(api: Api, watch: PreparedWatch, stream: EventStream): () => void {
  const { resource, query } = watch;
  const wanted = query.get('allowWatchBookmarks') === 'true';
  const send = (): void => {
    if (!wanted) return;
    const metadata = { resourceVersion: String(api.store.revision()), creationTimestamp: null };
    stream.bookmark({ type: 'BOOKMARK', object: { kind: resource.kind, apiVersion: apiVersion(resource), metadata } });
  };
  const seconds = Number(query.get('timeoutSeconds') ?? 0);
  const lifetimeMs = seconds > 0 ? seconds * 1000 : defaultLifetimeMs * (1 + Math.random());
  const timers = [
    setInterval(send, watch.bookmarkIntervalMs),
    setTimeout(send, Math.max(0, lifetimeMs - 2_000)),
    setTimeout(() => stream.end(), lifetimeMs),
  ];
  for (const timer of timers) timer.unref();
  return () => timers.forEach(clearTimeout);
}

/** --min-request-timeout of kube-apiserver. */
const defaultLifetimeMs = 1_800_000;

function errorEvent(error: ApiError): JsonObject {
  return { type: 'ERROR', object: error.status };
}

function parseRevision(text: string | null): number {
  const revision = Number(text ?? 0);
  if (!Number.isSafeInteger(revision) || revision < 0) {
    throw unexpected(`resourceVersion: Invalid value: ${JSON.stringify(text)}: must be a number`);
  }
  return revision;
}

function createPredicate(request: WatchRequest): Predicate {
  const { matches } = createSelector(request.query);
  const { namespace, name } = request;
  return (object) =>
    (namespace === undefined || object.metadata.namespace === namespace) &&
    (name === undefined || object.metadata.name === name) &&
    matches(object);
}
