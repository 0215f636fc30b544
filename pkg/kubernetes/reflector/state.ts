/**
 * The next request of a reflector, as a pure function of its state and an observation. After a list the reflector
 * watches from its position: the newest resourceVersion of a list, an event or a bookmark. After a watch that moved the
 * position, broke or fell silent it verifies the position first, because an event or a bookmark may have been forged, and
 * the API server may have been restored with an older history. A watch that worked is resumed without it for a minute
 * (docs/design/faults.md#positions).
 */
import { atLeast, type BackoffState, backoffDelay, initialBackoff, nextBackoff } from '../../clock/backoff.ts';
import type { Random } from '../../clock/clock.ts';
import { compareResourceVersions } from '../client/resource.ts';

/** `position`: the newest version of a list or an event; undefined before the first list only. */
export type ReflectorState = Memory &
  (
    | { readonly do: 'list'; readonly position: string | undefined }
    | { readonly do: 'verify'; readonly position: string }
    | { readonly do: 'watch'; readonly position: string }
  );

interface Memory {
  /** A newer version that a bookmark announced. It decides where the next watch starts, but not which events are stale. */
  readonly bookmark: string | undefined;
  /** An event or a bookmark moved the position since it was last read from a list. */
  readonly unconfirmed: boolean;
  /** Monotonic time of the last list or verification. */
  readonly confirmedAt: number | undefined;
  /** An event or a bookmark moved the position since the last list, so an expired position does not indicate a loop. */
  readonly progressed: boolean;
  /** Monotonic time since which the API server has rejected the position as a future version. */
  readonly futureSince: number | undefined;
  /** For failed requests. Forgotten when the position moves, and after two minutes without a failure. */
  readonly connection: BackoffState;
  /** For positions that expire repeatedly, which is unrelated to the connection. Forgotten after two minutes only. */
  readonly expiry: BackoffState;
}

export const initialState: ReflectorState = {
  do: 'list',
  position: undefined,
  bookmark: undefined,
  unconfirmed: false,
  confirmedAt: undefined,
  progressed: false,
  futureSince: undefined,
  connection: initialBackoff,
  expiry: initialBackoff,
};

/** The result of a request, or an event during a watch. */
export type Observation =
  /** A complete list was read and applied to the mirror. */
  | { readonly type: 'listed'; readonly resourceVersion: string }
  /** A list or a verification failed. */
  | Failed<'list_failed'>
  /** The current resourceVersion was read. */
  | { readonly type: 'verified'; readonly resourceVersion: string }
  /** An event or a bookmark arrived. */
  | { readonly type: 'received'; readonly resourceVersion: string | undefined; readonly isBookmark?: boolean }
  /** A list showed that the watch missed an event. */
  | { readonly type: 'event_missed' }
  /** The watch ended without an error. */
  | ({ readonly type: 'watch_closed' } & Lasted)
  /** The watch was open but received no data for too long. */
  | { readonly type: 'watch_silent' }
  /** 410: the history at the position was compacted. */
  | { readonly type: 'watch_expired' }
  /** 504: the API server has not reached the position yet. */
  | Failed<'watch_future'>
  | (Failed<'watch_failed'> & Lasted);

interface Lasted {
  /** Milliseconds for which the response of the watch was open; 0 if it never started. */
  readonly lastedMs: number;
}

interface Failed<Type> {
  readonly type: Type;
  /** Delay that the API server requested. */
  readonly retryAfterMs: number | undefined;
}

export interface Moment {
  /** Monotonic milliseconds. */
  readonly now: number;
  readonly random: Random;
}

export interface Transition {
  readonly state: ReflectorState;
  /** Milliseconds to wait before the request that `state.do` names. */
  readonly delayMs: number;
}

/** Returns the state after an observation, and the wait before its request. */
export function next(state: ReflectorState, observation: Observation, moment: Moment): Transition {
  switch (observation.type) {
    case 'listed':
      return immediately({
        ...state,
        do: 'watch',
        position: observation.resourceVersion,
        bookmark: undefined,
        unconfirmed: false,
        confirmedAt: moment.now,
        progressed: false,
        futureSince: undefined,
      });
    case 'list_failed':
      return backOff(state, observation, moment);
    case 'verified':
      return immediately(
        isOlder(observation.resourceVersion, resumeFrom(state)) ? toList(state) : confirmed(state, moment),
      );
    case 'received':
      return immediately(received(state, observation));
    case 'event_missed':
      return immediately(toList(state));
    case 'watch_closed':
      if (state.unconfirmed) return immediately(continueFrom(state, nextAfterWatch(state, observation, moment)));
      return isHealthy(observation) ? immediately(state) : backOff(state, {}, moment);
    case 'watch_silent':
      return immediately(continueFrom(state, 'verify'));
    case 'watch_expired':
      return relistAfterExpiry(state, moment);
    case 'watch_future':
      return backOff(rejectedAsFuture(state, moment.now), { ...observation, maxMs: 2_000 }, moment);
    case 'watch_failed':
      return afterFailedWatch(continueFrom(state, nextAfterWatch(state, observation, moment)), observation, moment);
  }
}

/** Returns the version from which the next watch starts. */
export function resumeFrom({ bookmark, position }: ReflectorState): string | undefined {
  return bookmark ?? position;
}

/**
 * Returns whether an event contradicts the stream: it is older than an event before it or than a bookmark, after which
 * no older event may follow. Either may be forged, and events may have been swapped.
 */
export function isOutOfOrder(state: ReflectorState, resourceVersion: string | undefined): boolean {
  if (resourceVersion === undefined) return false;
  return isStale(state, resourceVersion) || isOlder(resourceVersion, state.bookmark);
}

/**
 * Returns whether an event must be ignored. Events of a resource arrive in the order of their resourceVersions, so an
 * older one would revert the mirror.
 */
export function isStale({ position }: ReflectorState, resourceVersion: string | undefined): boolean {
  return isAtMost(resourceVersion, position);
}

function isAtMost(resourceVersion: string | undefined, position: string | undefined): boolean {
  if (position === undefined || resourceVersion === undefined) return false;
  return (compareResourceVersions(resourceVersion, position) ?? 1) <= 0;
}

/** Returns whether the API server is behind the position, which means that it was restored from a backup. */
export function isOlder(resourceVersion: string, position: string | undefined): boolean {
  return position !== undefined && (compareResourceVersions(resourceVersion, position) ?? 0) < 0;
}

type Received = Extract<Observation, { readonly type: 'received' }>;

/** Only a newer version is progress: a replayed event or bookmark does not show that the watch works. */
function received(state: ReflectorState, { resourceVersion, isBookmark = false }: Received): ReflectorState {
  if (resourceVersion === undefined) return state;
  if (isAtMost(resourceVersion, isBookmark ? resumeFrom(state) : state.position)) return state;
  const connection = { ...state.connection, failures: 0 };
  const moved = { ...state, connection, unconfirmed: true, progressed: true, futureSince: undefined };
  // An event replaces the bookmark, which it either passed or refuted.
  if (isBookmark) return { ...moved, bookmark: resourceVersion };
  return { ...moved, position: resourceVersion, bookmark: undefined };
}

/** The API server has reached the version from which the next watch starts. */
function confirmed(state: ReflectorState, { now }: Moment): ReflectorState {
  const position = resumeFrom(state);
  if (position === undefined) return toList(state);
  return { ...state, do: 'watch', position, bookmark: undefined, unconfirmed: false, confirmedAt: now };
}

/**
 * Returns the request after a watch that moved the position or broke. A watch that was open for a while, with a position
 * that was confirmed within a minute, is resumed at once: connections that are reset every few seconds must not cost two
 * requests each. A bookmark is verified always, since it moves the position without showing an object.
 */
function nextAfterWatch({ bookmark, confirmedAt }: ReflectorState, watch: Lasted, { now }: Moment): 'watch' | 'verify' {
  const isRecent = confirmedAt !== undefined && now - confirmedAt <= confirmedForMs;
  return isHealthy(watch) && bookmark === undefined && isRecent ? 'watch' : 'verify';
}

/** A response that was open for a second did not come from a server or proxy that closes every watch immediately. */
function isHealthy({ lastedMs }: Lasted): boolean {
  return lastedMs >= 1000;
}

/**
 * Backs off. The delay does not grow after a watch that was open for a while: connections that are reset every few
 * seconds must not delay an event by more than that.
 */
function afterFailedWatch(
  state: ReflectorState,
  failure: Extract<Observation, { readonly type: 'watch_failed' }>,
  moment: Moment,
): Transition {
  if (!isHealthy(failure)) return backOff(state, failure, moment);
  const { random } = moment;
  return { state, delayMs: atLeast(backoffDelay(0, { ...delays, random }), failure.retryAfterMs, random) };
}

/**
 * One of several API servers may lag; if all remain behind for 30 s, the cluster was restored from a backup. A position
 * that no list confirmed may be forged, so it is verified first.
 */
function rejectedAsFuture(state: ReflectorState, now: number): ReflectorState {
  const futureSince = state.futureSince ?? now;
  const waiting = { ...continueFrom(state, state.unconfirmed ? 'verify' : 'watch'), futureSince };
  return now - futureSince > 30_000 ? toList(waiting) : waiting;
}

function toList(state: ReflectorState): ReflectorState {
  return { ...state, do: 'list' };
}

/** Without a position, only a list is possible. */
function continueFrom(state: ReflectorState, request: 'watch' | 'verify'): ReflectorState {
  const { position } = state;
  return position === undefined ? toList(state) : { ...state, do: request, position };
}

function immediately(state: ReflectorState): Transition {
  return { state, delayMs: 0 };
}

interface BackOff {
  readonly retryAfterMs?: number | undefined;
  /** Maximum of the back-off. */
  readonly maxMs?: number;
}

function backOff(
  state: ReflectorState,
  { retryAfterMs, maxMs = delays.maxMs }: BackOff,
  { now, random }: Moment,
): Transition {
  const { delayMs, after } = nextBackoff(state.connection, { ...delays, maxMs, now, random });
  return { state: { ...state, connection: after }, delayMs: atLeast(delayMs, retryAfterMs, random) };
}

/** The first expiry after progress is normal: the history was compacted while the watch was closed. */
function relistAfterExpiry(state: ReflectorState, { now, random }: Moment): Transition {
  const { delayMs, after } = nextBackoff(state.expiry, { ...delays, now, random });
  const isFirst = state.progressed && after.failures === 1;
  return { state: { ...toList(state), expiry: after }, delayMs: isFirst ? 0 : delayMs };
}

/** How long a list or a verification vouches for a position. */
const confirmedForMs = 60_000;
const delays = { baseMs: 800, maxMs: 30_000, jitter: 0.5, resetAfterMs: 120_000 };
