import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from '../../../test/support/cases.ts';
import {
  type Action,
  type ElectionEvent,
  type ElectionState,
  initialElection,
  isHeldByOther,
  isStandby,
  leaseAgeMs,
  nextAction,
  reduce,
  type Situation,
} from './election.ts';

const now = 100_000;
const candidate = { identity: 'a', leaseMs: 15_000 };
const timing = { leaseMs: 15_000, renewMs: 10_000, retryMs: 2_000 };
const running: Situation = { timing, now, stopping: false, callbackEnded: false, random: () => 0.5 };
const leader: ElectionState = { ...initialElection, role: 'leader', due: 'wait', renewedAt: now, leaseMayBeOurs: true };
const draining: ElectionState = { ...leader, role: 'draining' };

interface ActionRow {
  readonly state: ElectionState;
  readonly situation?: Partial<Situation>;
  readonly expect: Action;
}

cases<ActionRow>(
  {
    'a candidate tries to acquire the Lease, for half of the renewal deadline': {
      state: initialElection,
      expect: { do: 'acquire', timeoutMs: 5_000 },
    },
    'after an attempt a candidate waits for one to 2.2 periods': {
      state: { ...initialElection, due: 'wait' },
      expect: { do: 'wait', ms: 3_200 },
    },
    'a candidate that holds the Lease starts leading': {
      state: { ...initialElection, due: 'wait', renewedAt: now - 20_000 },
      expect: { do: 'startLeading' },
    },
    'a candidate that stops ends': {
      state: { ...initialElection, due: 'wait' },
      situation: { stopping: true },
      expect: { do: 'end' },
    },
    'a candidate that stops releases what it may hold, without leading': {
      state: { ...initialElection, due: 'wait', renewedAt: now, leaseMayBeOurs: true },
      situation: { stopping: true },
      expect: { do: 'release' },
    },
    'a leader waits for one period': { state: leader, expect: { do: 'wait', ms: 2_000 } },
    'a leader waits no longer than until its deadline': {
      state: { ...leader, renewedAt: now - 9_500 },
      expect: { do: 'wait', ms: 500 },
    },
    'a leader never waits for less than a millisecond': {
      state: { ...leader, renewedAt: now - 9_999.9 },
      expect: { do: 'wait', ms: 1 },
    },
    'a leader renews after each wait': {
      state: { ...leader, due: 'attempt', renewedAt: now - 2_000 },
      expect: { do: 'renew', timeoutMs: 5_000 },
    },
    'a renewal ends at the deadline': {
      state: { ...leader, due: 'attempt', renewedAt: now - 8_000 },
      expect: { do: 'renew', timeoutMs: 2_000 },
    },
    'a leader renews although the process stops': {
      state: { ...leader, due: 'attempt' },
      situation: { stopping: true },
      expect: { do: 'renew', timeoutMs: 5_000 },
    },
    'a leader without a renewal for ten seconds stops leading': {
      state: { ...leader, due: 'attempt', renewedAt: now - 10_000 },
      expect: { do: 'stopLeading' },
    },
    'a leader whose Lease another candidate holds stops leading': {
      state: { ...leader, renewedAt: undefined },
      expect: { do: 'stopLeading' },
    },
    'a lost Lease is noticed although the callback has ended': {
      state: { ...leader, renewedAt: now - 10_000 },
      situation: { callbackEnded: true },
      expect: { do: 'stopLeading' },
    },
    'a leader whose callback has ended releases the Lease': {
      state: leader,
      situation: { callbackEnded: true },
      expect: { do: 'release' },
    },
    'after a loss the callback is waited for, without a renewal': {
      state: { ...draining, due: 'attempt' },
      situation: { stopping: true },
      expect: { do: 'awaitCallback' },
    },
    'after a loss the Lease is released when the callback has ended': {
      state: draining,
      situation: { callbackEnded: true },
      expect: { do: 'release' },
    },
  },
  ({ state, situation, expect }) => assert.deepEqual(nextAction(state, { ...running, ...situation }), expect),
);

interface EventRow {
  readonly state?: ElectionState;
  readonly event: ElectionEvent;
  readonly expect: Partial<ElectionState>;
}

const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'l' } };
const foreign = { holder: 'b', durationMs: 30_000, fingerprint: '1' };
const observed = { fingerprint: '1', at: now - 5_000, validMs: 30_000 };

cases<EventRow>(
  {
    'a wait follows each attempt, and a failure without a response is remembered': {
      event: { type: 'attemptEnded', unreachable: true },
      expect: { due: 'wait', apiServerUnreachable: true },
    },
    'an attempt follows each wait': { state: leader, event: { type: 'waited' }, expect: { due: 'attempt' } },
    'a write may be stored as soon as it is sent': { event: { type: 'writing' }, expect: { leaseMayBeOurs: true } },
    'a write that was stored counts from when it was sent': {
      event: { type: 'written', lease, sentAt: now - 700 },
      expect: { written: lease, renewedAt: now - 700, hasWritten: true },
    },
    'the Lease of another candidate counts from when it is seen to change': {
      state: { ...leader, observed: { ...observed, fingerprint: '0' } },
      event: { type: 'read', lease: foreign, now },
      expect: { observed: { fingerprint: '1', at: now, validMs: 30_000 }, renewedAt: undefined },
    },
    'the Lease of another candidate that has not changed does not count anew': {
      state: { ...initialElection, observed },
      event: { type: 'read', lease: foreign, now },
      expect: { observed },
    },
    'a Lease without a duration counts for ours': {
      event: { type: 'read', lease: { ...foreign, durationMs: undefined }, now },
      expect: { observed: { fingerprint: '1', at: now, validMs: 15_000 } },
    },
    'a Lease of our own is not held by another candidate': {
      state: leader,
      event: { type: 'read', lease: { ...foreign, holder: 'a' }, now },
      expect: { observed: { fingerprint: '1', at: now, validMs: 0 }, renewedAt: now },
    },
    'a Lease without a holder is not held by another candidate': {
      event: { type: 'read', lease: { ...foreign, holder: '' }, now },
      expect: { observed: { fingerprint: '1', at: now, validMs: 0 } },
    },
    'a leader waits before its first renewal': {
      state: { ...leader, role: 'candidate' },
      event: { type: 'startedLeading' },
      expect: { role: 'leader', due: 'wait' },
    },
    'a leader that lost the Lease drains, and remembers its last renewal': {
      state: leader,
      event: { type: 'lost' },
      expect: { role: 'draining', renewedAt: now },
    },
    'a released Lease is not held from before the request on, and is competed for after a wait': {
      state: { ...draining, due: 'attempt' },
      event: { type: 'releasing' },
      expect: { role: 'candidate', due: 'wait', renewedAt: undefined, leaseMayBeOurs: false },
    },
  },
  ({ state = initialElection, event, expect }) =>
    assert.deepEqual(reduce(state, event, candidate), { ...state, ...expect }),
);

test('the age of a Lease that is not held is infinite', () => {
  assert.equal(leaseAgeMs(initialElection, now), Number.POSITIVE_INFINITY);
  assert.equal(leaseAgeMs(leader, now + 7), 7);
});

test('a Lease of another candidate is held until its duration has passed, and longer for a standby without an API server', () => {
  const fresh = { ...initialElection, observed };
  const own = { ...initialElection, observed: { ...observed, validMs: 0 } };
  const away = { apiServerUnreachable: true };
  const judge = (state: ElectionState, at: number) => [isHeldByOther(state, at), isStandby(state, at)];
  assert.deepEqual(judge(fresh, now + 24_999), [true, true]);
  assert.deepEqual(judge(fresh, now + 25_000), [false, false]);
  assert.deepEqual(judge({ ...fresh, ...away }, now + 25_000), [false, true]);
  assert.deepEqual(judge({ ...own, ...away }, now), [false, false]);
  assert.deepEqual(judge({ ...initialElection, ...away }, now), [false, false]);
});
