/**
 * Leader election as pure functions of the state of a candidate. All times are monotonic milliseconds: the Lease of
 * another candidate expires by the time at which it was observed to change, never by the time that it states.
 */
import type { Random } from '../../clock/clock.ts';
import type { KubeObject } from '../../gardener/objects.ts';
import type { LeaseRecord } from './lease.ts';

export interface ElectionTiming {
  /** Other candidates wait this long for a leader that does not renew. */
  readonly leaseMs: number;
  /** A leader without a successful renewal for this long stops leading. */
  readonly renewMs: number;
  /** Between two attempts. */
  readonly retryMs: number;
}

export interface ElectionState {
  /** `draining`: the Lease was lost and the callback is still running. */
  readonly role: 'candidate' | 'leader' | 'draining';
  /** Attempts to write the Lease and waits alternate. */
  readonly due: 'attempt' | 'wait';
  /** Time at which the write that acquired or renewed the Lease was sent; undefined while it is not held. */
  readonly renewedAt: number | undefined;
  /** The Lease as last written by this candidate, for renewals without a read. */
  readonly written: KubeObject | undefined;
  /** The Lease as last read. */
  readonly observed: ObservedLease | undefined;
  /** The last attempt got no response or a temporary error. */
  readonly apiServerUnreachable: boolean;
  /** A write since the last release may have been stored, with or without a response. */
  readonly leaseMayBeOurs: boolean;
  /** Any write has succeeded. */
  readonly hasWritten: boolean;
}

interface ObservedLease {
  readonly fingerprint: string;
  /** Time at which this fingerprint was first read. */
  readonly at: number;
  /** Duration of the Lease from then on; 0 if no other candidate holds it. */
  readonly validMs: number;
}

export const initialElection: ElectionState = {
  role: 'candidate',
  due: 'attempt',
  renewedAt: undefined,
  written: undefined,
  observed: undefined,
  apiServerUnreachable: false,
  leaseMayBeOurs: false,
  hasWritten: false,
};

export type ElectionEvent =
  | { readonly type: 'attemptEnded'; readonly unreachable: boolean }
  | { readonly type: 'waited' }
  /** A write is about to be sent. */
  | { readonly type: 'writing' }
  | { readonly type: 'written'; readonly lease: KubeObject; readonly sentAt: number }
  | { readonly type: 'read'; readonly lease: LeaseRecord; readonly now: number }
  | { readonly type: 'startedLeading' }
  | { readonly type: 'lost' }
  /** The Lease is about to be released. */
  | { readonly type: 'releasing' };

export interface Candidate {
  /** `holderIdentity` of this candidate. */
  readonly identity: string;
  /** Duration of a Lease that states none. */
  readonly leaseMs: number;
}

/** Returns the state after an event. */
export function reduce(state: ElectionState, event: ElectionEvent, candidate: Candidate): ElectionState {
  switch (event.type) {
    case 'attemptEnded':
      return { ...state, due: 'wait', apiServerUnreachable: event.unreachable };
    case 'waited':
      return { ...state, due: 'attempt' };
    case 'writing':
      return { ...state, leaseMayBeOurs: true };
    case 'written':
      return { ...state, written: event.lease, renewedAt: event.sentAt, hasWritten: true };
    case 'read':
      return read(state, event, candidate);
    case 'startedLeading':
      return { ...state, role: 'leader' };
    case 'lost':
      return { ...state, role: 'draining' };
    case 'releasing':
      return { ...state, role: 'candidate', due: 'wait', renewedAt: undefined, leaseMayBeOurs: false };
  }
}

export type Action =
  | { readonly do: 'acquire' | 'renew'; readonly timeoutMs: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'startLeading' }
  /** The Lease was lost: the callback has to end. */
  | { readonly do: 'stopLeading' }
  | { readonly do: 'awaitCallback' }
  | { readonly do: 'release' }
  | { readonly do: 'end' };

export interface Situation {
  readonly timing: ElectionTiming;
  readonly now: number;
  /** The process is stopping. A leader keeps renewing until its callback has ended. */
  readonly stopping: boolean;
  readonly callbackEnded: boolean;
  readonly random: Random;
}

/** Returns the next action. */
export function nextAction(state: ElectionState, situation: Situation): Action {
  switch (state.role) {
    case 'candidate':
      return candidateAction(state, situation);
    case 'leader':
      return leaderAction(state, situation);
    case 'draining':
      return { do: situation.callbackEnded ? 'release' : 'awaitCallback' };
  }
}

/** Returns the milliseconds since the last successful renewal was sent; infinite while the Lease is not held. */
export function leaseAgeMs({ renewedAt }: ElectionState, now: number): number {
  return renewedAt === undefined ? Number.POSITIVE_INFINITY : now - renewedAt;
}

/** Returns whether the observed Lease of another candidate has not expired. */
export function isHeldByOther({ observed }: ElectionState, now: number): boolean {
  return observed !== undefined && now - observed.at < observed.validMs;
}

/**
 * Returns whether another candidate holds the Lease. This remains true while the API server is unreachable, but not
 * while it rejects requests.
 */
export function isStandby(state: ElectionState, now: number): boolean {
  const { observed, apiServerUnreachable } = state;
  return observed !== undefined && observed.validMs > 0 && (apiServerUnreachable || isHeldByOther(state, now));
}

function candidateAction(state: ElectionState, { timing, stopping, random }: Situation): Action {
  const { renewMs, retryMs } = timing;
  if (stopping) return { do: state.leaseMayBeOurs ? 'release' : 'end' };
  if (state.renewedAt !== undefined) return { do: 'startLeading' };
  if (state.due === 'attempt') return { do: 'acquire', timeoutMs: renewMs / 2 };
  // client-go's jitter factor 1.2: one to 2.2 times the period, so that candidates do not synchronize.
  return { do: 'wait', ms: retryMs * (1 + 1.2 * random()) };
}

function leaderAction(state: ElectionState, { timing, now, callbackEnded }: Situation): Action {
  const { renewMs, retryMs } = timing;
  const remainingMs = renewMs - leaseAgeMs(state, now);
  // This also applies after the process was suspended: an expired Lease is lost, whether or not another candidate holds
  // it.
  if (remainingMs <= 0) return { do: 'stopLeading' };
  if (callbackEnded) return { do: 'release' };
  // At least 1 ms: waiting for a fraction that the clock cannot represent would never end.
  if (state.due === 'wait') return { do: 'wait', ms: Math.max(1, Math.min(retryMs, remainingMs)) };
  return { do: 'renew', timeoutMs: Math.max(1, Math.min(renewMs / 2, remainingMs)) };
}

type ReadEvent = Extract<ElectionEvent, { readonly type: 'read' }>;

function read(state: ElectionState, { lease, now }: ReadEvent, { identity, leaseMs }: Candidate): ElectionState {
  const { holder, durationMs, fingerprint } = lease;
  const validMs = holder === '' || holder === identity ? 0 : (durationMs ?? leaseMs);
  const observed = state.observed?.fingerprint === fingerprint ? state.observed : { fingerprint, at: now, validMs };
  const after = { ...state, observed };
  return isHeldByOther(after, now) ? { ...after, renewedAt: undefined } : after;
}
