/**
 * What a reflector does next, as a pure function of what it has seen. It lists once, and then watches from the position
 * that the list, events and bookmarks gave it. A watch that broke or fell silent is followed by a question for the current
 * resourceVersion, because the API server may have come back with an older history.
 */
import { type BackoffState, initialBackoff, nextBackoff } from '../../clock/backoff.ts';
import type { Random } from '../../clock/clock.ts';
import { compareResourceVersions } from '../client/resource.ts';

/** `position`: the newest resourceVersion of a list, an event or a bookmark; undefined before the first list. */
export type ReflectorState = Memory &
  (
    | { readonly do: 'list'; readonly position: string | undefined }
    | { readonly do: 'verify'; readonly position: string }
    | { readonly do: 'watch'; readonly position: string }
  );

interface Memory {
  /** An event or a bookmark came since the last list: a position that expires is then no sign of a loop. */
  readonly progressed: boolean;
  /** Monotonic time since which the API server refuses the position as one of the future. */
  readonly futureSince: number | undefined;
  readonly connection: BackoffState;
  /** For positions that expire again and again, which has nothing to do with how the connection is. */
  readonly expiry: BackoffState;
}

export const initialState: ReflectorState = {
  do: 'list',
  position: undefined,
  progressed: false,
  futureSince: undefined,
  connection: initialBackoff,
  expiry: initialBackoff,
};

/** How a request ended, or what came while it lasted. */
export type Observation =
  /** A complete list, which was applied. */
  | { readonly type: 'listed'; readonly resourceVersion: string }
  /** A list, or the question for the current resourceVersion. */
  | Failed<'list_failed'>
  | { readonly type: 'verified'; readonly resourceVersion: string }
  /** An event or a bookmark of the watch. */
  | { readonly type: 'received'; readonly resourceVersion: string | undefined }
  /** The watch ended without an error. */
  | { readonly type: 'watch_closed'; readonly events: number; readonly lastedMs: number }
  /** The watch was open, but no byte came for too long. */
  | { readonly type: 'watch_silent' }
  /** 410: the history before the position was compacted. */
  | { readonly type: 'watch_expired' }
  /** 504: the API server has not seen the position yet. */
  | Failed<'watch_future'>
  | Failed<'watch_failed'>;

interface Failed<Type> {
  readonly type: Type;
  /** What the API server asked for. */
  readonly retryAfterMs: number | undefined;
}

export interface Moment {
  /** Monotonic milliseconds. */
  readonly now: number;
  readonly random: Random;
}

export interface Transition {
  readonly state: ReflectorState;
  /** Milliseconds to wait before `state.do`. */
  readonly delayMs: number;
}

/** The state after an observation, and how long to wait in it. */
export function next(state: ReflectorState, seen: Observation, moment: Moment): Transition {
  switch (seen.type) {
    case 'listed':
      return atOnce({
        ...state,
        do: 'watch',
        position: seen.resourceVersion,
        progressed: false,
        futureSince: undefined,
      });
    case 'list_failed':
      return backOff(state, seen, moment);
    case 'verified':
      return atOnce(isOlder(seen.resourceVersion, state.position) ? toList(state) : from(state, 'watch'));
    case 'received':
      return atOnce(received(state, seen.resourceVersion));
    case 'watch_closed':
      // A proxy that closes each watch at once would be asked as often as it can answer.
      return seen.events === 0 && seen.lastedMs < 1000 ? backOff(state, {}, moment) : atOnce(state);
    case 'watch_silent':
      return atOnce(from(state, 'verify'));
    case 'watch_expired':
      return state.progressed ? atOnce(toList(state)) : backOffFromExpiry(toList(state), moment);
    case 'watch_future':
      return backOff(refusedAsFuture(state, moment.now), seen, moment);
    case 'watch_failed':
      return backOff(from(state, 'verify'), seen, moment);
  }
}

/** Events of one kind come in the order of their resourceVersions, so an older one would take the mirror back in time. */
export function isStale({ position }: ReflectorState, resourceVersion: string | undefined): boolean {
  if (position === undefined || resourceVersion === undefined) return false;
  return (compareResourceVersions(resourceVersion, position) ?? 1) <= 0;
}

/** The API server has gone back behind what was seen of it: it was restored from a backup. */
export function isOlder(resourceVersion: string, position: string | undefined): boolean {
  return position !== undefined && (compareResourceVersions(resourceVersion, position) ?? 0) < 0;
}

function received(state: ReflectorState, resourceVersion: string | undefined): ReflectorState {
  const seen = { ...state, progressed: true, futureSince: undefined };
  return resourceVersion === undefined || isStale(state, resourceVersion)
    ? seen
    : { ...seen, position: resourceVersion };
}

/** One API server of several may lag behind; a whole cluster that stays behind was restored from a backup. */
function refusedAsFuture(state: ReflectorState, now: number): ReflectorState {
  const futureSince = state.futureSince ?? now;
  const waiting = { ...state, futureSince };
  return now - futureSince > 30_000 ? toList(waiting) : waiting;
}

function toList(state: ReflectorState): ReflectorState {
  return { ...state, do: 'list' };
}

/** Without a position there is nothing to go on from. */
function from(state: ReflectorState, what: 'watch' | 'verify'): ReflectorState {
  const { position } = state;
  return position === undefined ? toList(state) : { ...state, do: what, position };
}

function atOnce(state: ReflectorState): Transition {
  return { state, delayMs: 0 };
}

function backOff(
  state: ReflectorState,
  { retryAfterMs }: { readonly retryAfterMs?: number | undefined },
  { now, random }: Moment,
): Transition {
  if (retryAfterMs !== undefined) return { state, delayMs: Math.round(retryAfterMs * (1 + random() / 10)) };
  const { delayMs, after } = nextBackoff(state.connection, { ...delays, now, random });
  return { state: { ...state, connection: after }, delayMs };
}

function backOffFromExpiry(state: ReflectorState, { now, random }: Moment): Transition {
  const { delayMs, after } = nextBackoff(state.expiry, { ...delays, now, random });
  return { state: { ...state, expiry: after }, delayMs };
}

const delays = { baseMs: 800, maxMs: 30_000, jitter: 0.5, resetAfterMs: 120_000 };
