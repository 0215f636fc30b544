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

interface Row {
  readonly from: ReflectorState;
  readonly seen: Observation;
  readonly to: Partial<ReflectorState>;
  /** 0 by default. */
  readonly delayMs?: number;
}

cases<Row>(
  {
    'a list is followed by a watch from its resourceVersion': {
      from: { ...relisting, progressed: true, futureSince: 5 },
      seen: { type: 'listed', resourceVersion: '7' },
      to: { do: 'watch', position: '7', progressed: false, futureSince: undefined },
    },
    'a failed list is repeated after a back-off': {
      from: initialState,
      seen: { type: 'list_failed', retryAfterMs: undefined },
      to: { do: 'list', position: undefined, connection: once },
      delayMs: 800,
    },
    'Retry-After replaces the back-off, and gets some jitter': {
      from: initialState,
      seen: { type: 'list_failed', retryAfterMs: 10_000 },
      to: { do: 'list', connection: initialState.connection },
      delayMs: 10_500,
    },
    'a failed verification is repeated': {
      from: verifying,
      seen: { type: 'list_failed', retryAfterMs: undefined },
      to: { do: 'verify', position: '20', connection: once },
      delayMs: 800,
    },
    'the watch goes on where the history has not gone back': {
      from: verifying,
      seen: { type: 'verified', resourceVersion: '20' },
      to: { do: 'watch', position: '20' },
    },
    'an older history is listed, and its predecessor remembered': {
      from: verifying,
      seen: { type: 'verified', resourceVersion: '19' },
      to: { do: 'list', position: '20' },
    },
    'a resourceVersion that is no number is no sign of an older history': {
      from: verifying,
      seen: { type: 'verified', resourceVersion: 'abc' },
      to: { do: 'watch' },
    },
    'an event moves the position, and ends the doubts about the future': {
      from: { ...watching, futureSince: 5 },
      seen: { type: 'received', resourceVersion: '21' },
      to: { do: 'watch', position: '21', progressed: true, futureSince: undefined },
    },
    'a stale event does not move the position': {
      from: watching,
      seen: { type: 'received', resourceVersion: '20' },
      to: { position: '20', progressed: true },
    },
    'an event without a resourceVersion does not move the position': {
      from: watching,
      seen: { type: 'received', resourceVersion: undefined },
      to: { position: '20', progressed: true },
    },
    'a watch that the server closed is opened again at once': {
      from: watching,
      seen: { type: 'watch_closed', events: 0, lastedMs: 1000 },
      to: { do: 'watch', position: '20' },
    },
    'a watch that was closed after an event is opened again at once': {
      from: watching,
      seen: { type: 'watch_closed', events: 1, lastedMs: 5 },
      to: { do: 'watch', connection: initialState.connection },
    },
    'a watch that is closed at once without an event is opened again after a back-off': {
      from: watching,
      seen: { type: 'watch_closed', events: 0, lastedMs: 999 },
      to: { do: 'watch', connection: once },
      delayMs: 800,
    },
    'a silent watch is followed by a verification': {
      from: watching,
      seen: { type: 'watch_silent' },
      to: { do: 'verify', position: '20' },
    },
    'a broken watch is followed by a verification after a back-off': {
      from: watching,
      seen: { type: 'watch_failed', retryAfterMs: undefined },
      to: { do: 'verify', position: '20', connection: once },
      delayMs: 800,
    },
    'a position that expires after progress is listed again at once': {
      from: { ...watching, progressed: true },
      seen: { type: 'watch_expired' },
      to: { do: 'list', position: '20', expiry: initialState.expiry },
    },
    'a position that expires without progress is listed again after a back-off of its own': {
      from: watching,
      seen: { type: 'watch_expired' },
      to: { do: 'list', expiry: once, connection: initialState.connection },
      delayMs: 800,
    },
    'a position of the future is tried again': {
      from: watching,
      seen: { type: 'watch_future', retryAfterMs: undefined },
      to: { do: 'watch', position: '20', futureSince: now, connection: once },
      delayMs: 800,
    },
    'a position of the future is kept for 30 s': {
      from: { ...watching, futureSince: now - 30_000 },
      seen: { type: 'watch_future', retryAfterMs: 1000 },
      to: { do: 'watch', futureSince: now - 30_000 },
      delayMs: 1050,
    },
    'after 30 s the history of the API server counts, not the position': {
      from: { ...watching, futureSince: now - 30_001 },
      seen: { type: 'watch_future', retryAfterMs: 1000 },
      to: { do: 'list', position: '20' },
      delayMs: 1050,
    },
  },
  ({ from, seen, to, delayMs = 0 }) => {
    assert.deepEqual(next(from, seen, { now, random: () => 0.5 }), { state: { ...from, ...to }, delayMs });
  },
);

test('failures back off from 800 ms to 30 s, and two minutes without one begin again', () => {
  let state: ReflectorState = watching;
  let at = now;
  const delays: number[] = [];
  for (let failure = 0; failure < 8; failure += 1) {
    const after = next(state, { type: 'watch_failed', retryAfterMs: undefined }, { now: at, random: () => 0.5 });
    delays.push(after.delayMs);
    state = after.state;
    at += after.delayMs + (failure === 6 ? 120_001 : 120_000);
  }
  assert.deepEqual(delays, [800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 800]);
});

test('only a list takes the position back', () => {
  const version = fc.nat({ max: 50 }).map(String);
  const retryAfterMs = fc.constantFrom(undefined, 0, 500);
  const observation: fc.Arbitrary<Observation> = fc.oneof(
    version.map((resourceVersion) => ({ type: 'listed', resourceVersion }) as const),
    version.map((resourceVersion) => ({ type: 'verified', resourceVersion }) as const),
    version.map((resourceVersion) => ({ type: 'received', resourceVersion }) as const),
    fc.record({ type: fc.constantFrom('list_failed', 'watch_future', 'watch_failed'), retryAfterMs }),
    fc.record({ type: fc.constantFrom('watch_silent', 'watch_expired') }),
    fc.record({ type: fc.constant('watch_closed'), events: fc.nat({ max: 2 }), lastedMs: fc.nat({ max: 2000 }) }),
  );
  fc.assert(
    fc.property(
      fc.array(observation, { maxLength: 30 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (all, random) => {
        let state = initialState;
        let at = 0;
        for (const seen of all) {
          const after = next(state, seen, { now: at, random: () => random });
          if (seen.type !== 'listed') assert.ok(!isOlder(after.state.position ?? '0', state.position));
          assert.ok(after.state.do === 'list' || after.state.position !== undefined);
          assert.ok(after.delayMs >= 0 && after.delayMs <= 45_000);
          state = after.state;
          at += after.delayMs;
        }
      },
    ),
  );
});

test('an event is stale when it is not newer than the position, as far as both are numbers', () => {
  const stale = ['19', '20', '21', '100', 'abc', undefined].map((version) => isStale(watching, version));
  assert.deepEqual(stale, [true, true, false, false, false, false]);
  assert.equal(isStale(initialState, '1'), false);
});
