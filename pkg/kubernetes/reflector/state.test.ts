import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cases } from '../../../test/support/cases.ts';
import { initialState, isOlder, isStale, next, type Observation, type ReflectorState } from './state.ts';

const now = 1_000_000;
const watching: ReflectorState = { ...initialState, do: 'watch', position: '20' };
const verifying: ReflectorState = { ...initialState, do: 'verify', position: '20' };
const relisting: ReflectorState = { ...initialState, do: 'list', position: '20' };
const once = { failures: 1, until: now + 800 };
const forgotten = { ...once, failures: 0 };
const moved = { do: 'watch', unconfirmed: true, progressed: true } as const;

interface Row {
  readonly from: ReflectorState;
  readonly observation: Observation;
  readonly to: Partial<ReflectorState>;
  /** 0 by default. */
  readonly delayMs?: number;
}

cases<Row>(
  {
    'watches from the resourceVersion of a list': {
      from: { ...relisting, progressed: true, futureSince: 5 },
      observation: { type: 'listed', resourceVersion: '7' },
      to: { do: 'watch', position: '7', confirmedAt: now, progressed: false, futureSince: undefined },
    },
    'repeats a failed list after a back-off': {
      from: initialState,
      observation: { type: 'list_failed', retryAfterMs: undefined },
      to: { do: 'list', position: undefined, connection: once },
      delayMs: 800,
    },
    'uses Retry-After plus jitter instead of a shorter back-off': {
      from: initialState,
      observation: { type: 'list_failed', retryAfterMs: 10_000 },
      to: { do: 'list', connection: once },
      delayMs: 10_500,
    },
    'uses the back-off instead of a shorter Retry-After': {
      from: initialState,
      observation: { type: 'list_failed', retryAfterMs: 0 },
      to: { do: 'list', connection: once },
      delayMs: 800,
    },
    'repeats a failed verification': {
      from: verifying,
      observation: { type: 'list_failed', retryAfterMs: undefined },
      to: { do: 'verify', position: '20', connection: once },
      delayMs: 800,
    },
    'continues the watch after a verification that is not behind the position': {
      from: verifying,
      observation: { type: 'verified', resourceVersion: '20' },
      to: { do: 'watch', position: '20', confirmedAt: now },
    },
    'relists when a verification is behind the position, and remembers the position': {
      from: verifying,
      observation: { type: 'verified', resourceVersion: '19' },
      to: { do: 'list', position: '20' },
    },
    'does not take a non-numeric resourceVersion for an older one': {
      from: verifying,
      observation: { type: 'verified', resourceVersion: 'abc' },
      to: { do: 'watch', confirmedAt: now },
    },
    'continues the watch from a bookmark that a verification confirms': {
      from: { ...verifying, bookmark: '30', unconfirmed: true },
      observation: { type: 'verified', resourceVersion: '30' },
      to: { do: 'watch', position: '30', bookmark: undefined, unconfirmed: false, confirmedAt: now },
    },
    'relists when a verification is behind a bookmark': {
      from: { ...verifying, bookmark: '30', unconfirmed: true },
      observation: { type: 'verified', resourceVersion: '29' },
      to: { do: 'list' },
    },
    'an event advances the position, clears futureSince and forgets the back-off': {
      from: { ...watching, futureSince: 5, connection: once },
      observation: { type: 'received', resourceVersion: '21' },
      to: { ...moved, position: '21', futureSince: undefined, connection: forgotten },
    },
    'an event replaces a bookmark, even a newer one': {
      from: { ...watching, bookmark: '99' },
      observation: { type: 'received', resourceVersion: '21' },
      to: { ...moved, position: '21', bookmark: undefined },
    },
    'a bookmark is not the position of events': {
      from: { ...watching, connection: once },
      observation: { type: 'received', resourceVersion: '30', isBookmark: true },
      to: { ...moved, position: '20', bookmark: '30', connection: forgotten },
    },
    'a repeated bookmark is not progress': {
      from: { ...watching, bookmark: '30', connection: once },
      observation: { type: 'received', resourceVersion: '30', isBookmark: true },
      to: {},
    },
    'a stale event is not progress': {
      from: { ...watching, connection: once },
      observation: { type: 'received', resourceVersion: '20' },
      to: {},
    },
    'an event without a resourceVersion is not progress': {
      from: { ...watching, connection: once },
      observation: { type: 'received', resourceVersion: undefined },
      to: {},
    },
    'relists after a missed event': { from: watching, observation: { type: 'event_missed' }, to: { do: 'list' } },
    'reopens a closed watch immediately': {
      from: watching,
      observation: { type: 'watch_closed', lastedMs: 1000 },
      to: { do: 'watch', position: '20' },
    },
    'verifies the position immediately after a watch that moved it and closed': {
      from: { ...watching, unconfirmed: true },
      observation: { type: 'watch_closed', lastedMs: 5 },
      to: { do: 'verify', connection: initialState.connection },
    },
    'backs off after a watch that closed within 1 s without moving the position': {
      from: watching,
      observation: { type: 'watch_closed', lastedMs: 999 },
      to: { do: 'watch', connection: once },
      delayMs: 800,
    },
    'resumes a watch that worked and closed from a moved position that was confirmed within a minute': {
      from: { ...watching, unconfirmed: true, confirmedAt: now - 60_000 },
      observation: { type: 'watch_closed', lastedMs: 1000 },
      to: {},
    },
    'verifies a moved position that was confirmed more than a minute ago': {
      from: { ...watching, unconfirmed: true, confirmedAt: now - 60_001 },
      observation: { type: 'watch_closed', lastedMs: 1000 },
      to: { do: 'verify' },
    },
    'verifies a position that a bookmark moved, although it was confirmed within a minute': {
      from: { ...watching, unconfirmed: true, bookmark: '30', confirmedAt: now },
      observation: { type: 'watch_closed', lastedMs: 1000 },
      to: { do: 'verify' },
    },
    'resumes a watch that worked and broke from a position that was confirmed within a minute': {
      from: { ...watching, confirmedAt: now - 60_000 },
      observation: { type: 'watch_failed', retryAfterMs: undefined, lastedMs: 1000 },
      to: {},
      delayMs: 800,
    },
    'verifies the position after a watch that did not work, although it was confirmed within a minute': {
      from: { ...watching, confirmedAt: now },
      observation: { type: 'watch_failed', retryAfterMs: undefined, lastedMs: 999 },
      to: { do: 'verify', connection: once },
      delayMs: 800,
    },
    'verifies an unconfirmed position that the API server rejects as a future version': {
      from: { ...watching, unconfirmed: true, confirmedAt: now },
      observation: { type: 'watch_future', retryAfterMs: undefined },
      to: { do: 'verify', futureSince: now, connection: once },
      delayMs: 800,
    },
    'verifies the position after a silent watch': {
      from: watching,
      observation: { type: 'watch_silent' },
      to: { do: 'verify', position: '20' },
    },
    'verifies the position after a broken watch and a back-off': {
      from: watching,
      observation: { type: 'watch_failed', retryAfterMs: undefined, lastedMs: 0 },
      to: { do: 'verify', position: '20', connection: once },
      delayMs: 800,
    },
    'does not grow the back-off after a broken watch that was open for a second': {
      from: { ...watching, connection: { failures: 5, until: now } },
      observation: { type: 'watch_failed', retryAfterMs: undefined, lastedMs: 1000 },
      to: { do: 'verify' },
      delayMs: 800,
    },
    'relists immediately when the position expires after progress': {
      from: { ...watching, progressed: true },
      observation: { type: 'watch_expired' },
      to: { do: 'list', position: '20', expiry: once },
    },
    'relists after the expiry back-off when the position expires again within two minutes': {
      from: { ...watching, progressed: true, expiry: once },
      observation: { type: 'watch_expired' },
      to: { do: 'list', expiry: { failures: 2, until: now + 1600 } },
      delayMs: 1600,
    },
    'progress does not reset the expiry back-off': {
      from: { ...watching, expiry: once },
      observation: { type: 'received', resourceVersion: '21', isBookmark: true },
      to: { ...moved, bookmark: '21', expiry: once },
    },
    'relists after the expiry back-off when the position expires without progress': {
      from: watching,
      observation: { type: 'watch_expired' },
      to: { do: 'list', expiry: once, connection: initialState.connection },
      delayMs: 800,
    },
    'retries a watch from a future position': {
      from: watching,
      observation: { type: 'watch_future', retryAfterMs: undefined },
      to: { do: 'watch', position: '20', futureSince: now, connection: once },
      delayMs: 800,
    },
    'retains a future position for 30 s': {
      from: { ...watching, futureSince: now - 30_000 },
      observation: { type: 'watch_future', retryAfterMs: 1000 },
      to: { do: 'watch', futureSince: now - 30_000, connection: once },
      delayMs: 1050,
    },
    'relists after more than 30 s with a future position': {
      from: { ...watching, futureSince: now - 30_001 },
      observation: { type: 'watch_future', retryAfterMs: 1000 },
      to: { do: 'list', position: '20', connection: once },
      delayMs: 1050,
    },
  },
  ({ from, observation, to, delayMs = 0 }) => {
    assert.deepEqual(next(from, observation, { now, random: () => 0.5 }), { state: { ...from, ...to }, delayMs });
  },
);

const broken: Observation = { type: 'watch_failed', retryAfterMs: undefined, lastedMs: 0 };

test('backs off from 800 ms to 30 s, and resets after two minutes without a failure', () => {
  let state: ReflectorState = watching;
  let at = now;
  const delays: number[] = [];
  for (let failure = 0; failure < 8; failure += 1) {
    const after = next(state, broken, { now: at, random: () => 0.5 });
    delays.push(after.delayMs);
    state = after.state;
    at += after.delayMs + (failure === 6 ? 120_001 : 120_000);
  }
  assert.deepEqual(delays, [800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 800]);
});

test('only a list decreases the position', () => {
  const version = fc.nat({ max: 50 }).map(String);
  const retryAfterMs = fc.constantFrom(undefined, 0, 500);
  const observations: fc.Arbitrary<Observation> = fc.oneof(
    version.map((resourceVersion) => ({ type: 'listed', resourceVersion }) as const),
    version.map((resourceVersion) => ({ type: 'verified', resourceVersion }) as const),
    version.map((resourceVersion) => ({ type: 'received', resourceVersion }) as const),
    version.map((resourceVersion) => ({ type: 'received', resourceVersion, isBookmark: true }) as const),
    fc.record({ type: fc.constantFrom('list_failed', 'watch_future'), retryAfterMs }),
    fc.record({ type: fc.constant('watch_failed'), retryAfterMs, lastedMs: fc.nat({ max: 2000 }) }),
    fc.record({ type: fc.constantFrom('watch_silent', 'watch_expired', 'event_missed') }),
    fc.record({ type: fc.constant('watch_closed'), lastedMs: fc.nat({ max: 2000 }) }),
  );
  fc.assert(
    fc.property(
      fc.array(observations, { maxLength: 30 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (all, random) => {
        let state = initialState;
        let at = 0;
        for (const observation of all) {
          const after = next(state, observation, { now: at, random: () => random });
          if (observation.type !== 'listed') assert.ok(!isOlder(after.state.position ?? '0', state.position));
          assert.ok(after.state.do === 'list' || after.state.position !== undefined);
          assert.ok(after.delayMs >= 0 && after.delayMs <= 45_000);
          state = after.state;
          at += after.delayMs;
        }
      },
    ),
  );
});

test('isStale compares numeric resourceVersions with the position', () => {
  const stale = ['19', '20', '21', '100', 'abc', undefined].map((version) => isStale(watching, version));
  assert.deepEqual(stale, [true, true, false, false, false, false]);
  assert.equal(isStale(initialState, '1'), false);
});
