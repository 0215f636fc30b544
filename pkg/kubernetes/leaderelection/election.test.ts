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
    'a candidate tries to acquire the Lease, with half of the renew deadline as timeout': {
      state: initialElection,
      expect: { do: 'acquire', timeoutMs: 5_000 },
    },
    'a candidate waits 1 to 2.2 retry periods after an attempt': {
      state: { ...initialElection, due: 'wait' },
      expect: { do: 'wait', ms: 3_200 },
    },
    'a candidate that acquired the Lease starts leading': {
      state: { ...initialElection, due: 'wait', renewedAt: now - 20_000 },
      expect: { do: 'startLeading' },
    },
    'a stopping candidate ends': {
      state: { ...initialElection, due: 'wait' },
      situation: { stopping: true },
      expect: { do: 'end' },
    },
    'a stopping candidate releases a Lease that it may hold, without leading': {
      state: { ...initialElection, due: 'wait', renewedAt: now, leaseMayBeOurs: true },
      situation: { stopping: true },
      expect: { do: 'release' },
    },
    'a leader waits one retry period between renewals': { state: leader, expect: { do: 'wait', ms: 2_000 } },
    'a leader waits no longer than until the renew deadline': {
      state: { ...leader, renewedAt: now - 9_500 },
      expect: { do: 'wait', ms: 500 },
    },
    'a leader never waits less than a millisecond': {
      state: { ...leader, renewedAt: now - 9_999.9 },
      expect: { do: 'wait', ms: 1 },
    },
    'a leader renews after each wait': {
      state: { ...leader, due: 'attempt', renewedAt: now - 2_000 },
      expect: { do: 'renew', timeoutMs: 5_000 },
    },
    'the timeout of a renewal ends at the renew deadline': {
      state: { ...leader, due: 'attempt', renewedAt: now - 8_000 },
      expect: { do: 'renew', timeoutMs: 2_000 },
    },
    'a leader renews while the process is stopping': {
      state: { ...leader, due: 'attempt' },
      situation: { stopping: true },
      expect: { do: 'renew', timeoutMs: 5_000 },
    },
    'a leader stops leading at the renew deadline': {
      state: { ...leader, due: 'attempt', renewedAt: now - 10_000 },
      expect: { do: 'stopLeading' },
    },
    'a leader stops leading when another candidate holds the Lease': {
      state: { ...leader, renewedAt: undefined },
      expect: { do: 'stopLeading' },
    },
    'a leader handles a lost Lease even if the callback has ended': {
      state: { ...leader, renewedAt: now - 10_000 },
      situation: { callbackEnded: true },
      expect: { do: 'stopLeading' },
    },
    'a leader releases the Lease when the callback has ended': {
      state: leader,
      situation: { callbackEnded: true },
      expect: { do: 'release' },
    },
    'after a loss the candidate waits for the callback without renewing': {
      state: { ...draining, due: 'attempt' },
      situation: { stopping: true },
      expect: { do: 'awaitCallback' },
    },
    'after a loss the candidate releases the Lease when the callback has ended': {
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
    'a wait follows an attempt, whose missing response is recorded': {
      event: { type: 'attemptEnded', unreachable: true },
      expect: { due: 'wait', apiServerUnreachable: true },
    },
    'an attempt follows a wait': { state: leader, event: { type: 'waited' }, expect: { due: 'attempt' } },
    'a write may be stored once it is sent': { event: { type: 'writing' }, expect: { leaseMayBeOurs: true } },
    'a successful write renews the Lease from the time at which it was sent': {
      event: { type: 'written', lease, sentAt: now - 700 },
      expect: { written: lease, renewedAt: now - 700, hasWritten: true },
    },
    'a changed Lease of another candidate is valid from the time of the read, and ends our own': {
      state: { ...leader, observed: { ...observed, fingerprint: '0' } },
      event: { type: 'read', lease: foreign, now },
      expect: { observed: { fingerprint: '1', at: now, validMs: 30_000 }, renewedAt: undefined },
    },
    'an unchanged Lease of another candidate is not prolonged by a read': {
      state: { ...initialElection, observed },
      event: { type: 'read', lease: foreign, now },
      expect: { observed },
    },
    'a Lease without a duration is valid for our lease duration': {
      event: { type: 'read', lease: { ...foreign, durationMs: undefined }, now },
      expect: { observed: { fingerprint: '1', at: now, validMs: 15_000 } },
    },
    'our own Lease is not held by another candidate': {
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
    'a leader that lost the Lease drains and retains the time of its last renewal': {
      state: leader,
      event: { type: 'lost' },
      expect: { role: 'draining', renewedAt: now },
    },
    'a release ends the Lease before the request, and a wait follows': {
      state: { ...draining, due: 'attempt' },
      event: { type: 'releasing' },
      expect: { role: 'candidate', due: 'wait', renewedAt: undefined, leaseMayBeOurs: false },
    },
  },
  ({ state = initialElection, event, expect }) =>
    assert.deepEqual(reduce(state, event, candidate), { ...state, ...expect }),
);

test('leaseAgeMs is infinite while the Lease is not held', () => {
  assert.equal(leaseAgeMs(initialElection, now), Number.POSITIVE_INFINITY);
  assert.equal(leaseAgeMs(leader, now + 7), 7);
});

test('a Lease of another candidate expires after its duration; a standby remains one while the API server is unreachable', () => {
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
