/**
 * The next request of a reflector, as a pure function of its state and an observation. After a list the reflector
 * watches from its position: the newest resourceVersion of a list, an event or a bookmark. After a watch that broke or
 * fell silent it verifies the position first, because the API server may have been restored with an older history.
 */
import { type BackoffState, initialBackoff, nextBackoff } from '../../clock/backoff.ts';
import type { Random } from '../../clock/clock.ts';
import { compareResourceVersions } from '../client/resource.ts';

/** `position` is undefined before the first list only. */
export type ReflectorState = Memory &
  (
    | { readonly do: 'list'; readonly position: string | undefined }
    | { readonly do: 'verify'; readonly position: string }
    | { readonly do: 'watch'; readonly position: string }
  );

interface Memory {
  /** An event or a bookmark arrived since the last list, so an expired position does not indicate a loop. */
  readonly progressed: boolean;
  /** Monotonic time since which the API server has rejected the position as a future version. */
  readonly futureSince: number | undefined;
  /** For failed requests. */
  readonly connection: BackoffState;
  /** For positions that expire repeatedly, which is unrelated to the connection. */
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

/** The result of a request, or an event during a watch. */
export type Observation =
  /** A complete list was read and applied to the mirror. */
  | { readonly type: 'listed'; readonly resourceVersion: string }
  /** A list or a verification failed. */
  | Failed<'list_failed'>
  /** The current resourceVersion was read. */
  | { readonly type: 'verified'; readonly resourceVersion: string }
  /** An event or a bookmark arrived. */
  | { readonly type: 'received'; readonly resourceVersion: string | undefined }
  /** The watch ended without an error. */
  | { readonly type: 'watch_closed'; readonly events: number; readonly lastedMs: number }
  /** The watch was open but received no data for too long. */
  | { readonly type: 'watch_silent' }
  /** 410: the history at the position was compacted. */
  | { readonly type: 'watch_expired' }
  /** 504: the API server has not reached the position yet. */
  | Failed<'watch_future'>
  | Failed<'watch_failed'>;

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
        progressed: false,
        futureSince: undefined,
      });
    case 'list_failed':
      return backOff(state, observation, moment);
    case 'verified':
      return immediately(
        isOlder(observation.resourceVersion, state.position) ? toList(state) : continueFrom(state, 'watch'),
      );
    case 'received':
      return immediately(received(state, observation.resourceVersion));
    case 'watch_closed':
      // Without a delay, a proxy that closes each watch immediately would receive requests in a tight loop.
      return observation.events === 0 && observation.lastedMs < 1000 ? backOff(state, {}, moment) : immediately(state);
    case 'watch_silent':
      return immediately(continueFrom(state, 'verify'));
    case 'watch_expired':
      return state.progressed ? immediately(toList(state)) : backOffFromExpiry(toList(state), moment);
    case 'watch_future':
      return backOff(rejectedAsFuture(state, moment.now), observation, moment);
    case 'watch_failed':
      return backOff(continueFrom(state, 'verify'), observation, moment);
  }
}

/**
 * Returns whether an event must be ignored. Events of a resource arrive in the order of their resourceVersions, so an
 * older one would revert the mirror.
 */
export function isStale({ position }: ReflectorState, resourceVersion: string | undefined): boolean {
  if (position === undefined || resourceVersion === undefined) return false;
  return (compareResourceVersions(resourceVersion, position) ?? 1) <= 0;
}

/** Returns whether the API server is behind the position, which means that it was restored from a backup. */
export function isOlder(resourceVersion: string, position: string | undefined): boolean {
  return position !== undefined && (compareResourceVersions(resourceVersion, position) ?? 0) < 0;
}

function received(state: ReflectorState, resourceVersion: string | undefined): ReflectorState {
  const progressed = { ...state, progressed: true, futureSince: undefined };
  return resourceVersion === undefined || isStale(state, resourceVersion)
    ? progressed
    : { ...progressed, position: resourceVersion };
}

/** One of several API servers may lag; if all remain behind for 30 s, the cluster was restored from a backup. */
function rejectedAsFuture(state: ReflectorState, now: number): ReflectorState {
  const futureSince = state.futureSince ?? now;
  const waiting = { ...state, futureSince };
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
