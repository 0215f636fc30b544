import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from '../../../test/support/cases.ts';
import { type Entry, type RunEnd, retryDelay, type ScheduleEvent, schedule } from './schedule.ts';

const now = 1000;
const delayed: Entry = { phase: 'delayed', priority: 0, failures: 2, readyAt: now + 500 };
const ready: Entry = { phase: 'ready', priority: 0, failures: 2, readyAt: now - 5 };
const running: Entry = { phase: 'running', priority: 0, failures: 2, startedAt: now - 100, again: undefined };

interface Row {
  readonly entry?: Entry;
  readonly event: ScheduleEvent;
  readonly expect: Entry | undefined;
}

cases<Row>(
  {
    'a new key is ready immediately': {
      event: { type: 'add', priority: 7, readyAt: now },
      expect: { phase: 'ready', priority: 7, failures: 0, readyAt: now },
    },
    'a new key with a delay is delayed': {
      event: { type: 'add', priority: 7, readyAt: now + 1 },
      expect: { phase: 'delayed', priority: 7, failures: 0, readyAt: now + 1 },
    },
    'a delayed key that is added without a delay becomes ready and retains its failures': {
      entry: delayed,
      event: { type: 'add', priority: 0, readyAt: now },
      expect: { ...delayed, phase: 'ready', readyAt: now },
    },
    'a delayed key takes the earlier time': {
      entry: delayed,
      event: { type: 'add', priority: -100, readyAt: now + 100 },
      expect: { ...delayed, readyAt: now + 100 },
    },
    'a delayed key keeps its earlier time and takes the higher priority': {
      entry: delayed,
      event: { type: 'add', priority: 100, readyAt: now + 900 },
      expect: { ...delayed, priority: 100 },
    },
    'a ready key takes the higher priority': {
      entry: ready,
      event: { type: 'add', priority: 100, readyAt: now + 900 },
      expect: { ...ready, priority: 100 },
    },
    'a ready key keeps the higher priority': {
      entry: ready,
      event: { type: 'add', priority: -100, readyAt: now },
      expect: ready,
    },
    'a running key records an add': {
      entry: running,
      event: { type: 'add', priority: -100, readyAt: now + 5 },
      expect: { ...running, again: { priority: -100, readyAt: now + 5 } },
    },
    'a running key merges several adds': {
      entry: { ...running, again: { priority: -100, readyAt: now } },
      event: { type: 'add', priority: 0, readyAt: now + 5 },
      expect: { ...running, again: { priority: 0, readyAt: now } },
    },
    'a timer makes a delayed key ready': {
      entry: { ...delayed, readyAt: now },
      event: { type: 'timer' },
      expect: { ...delayed, phase: 'ready', readyAt: now },
    },
    'a timer that fires early has no effect': { entry: delayed, event: { type: 'timer' }, expect: delayed },
    'a ready key becomes running': {
      entry: ready,
      event: { type: 'start' },
      expect: { phase: 'running', priority: 0, failures: 2, startedAt: now, again: undefined },
    },
    'a successful key is removed': {
      entry: running,
      event: { type: 'end', outcome: 'success', retryMs: undefined },
      expect: undefined,
    },
    'a key with a terminal error is removed': {
      entry: running,
      event: { type: 'end', outcome: 'terminal', retryMs: undefined },
      expect: undefined,
    },
    'a key added during its run is ready afterwards, without failures': {
      entry: { ...running, again: { priority: 5, readyAt: now - 1 } },
      event: { type: 'end', outcome: 'success', retryMs: undefined },
      expect: { phase: 'ready', priority: 5, failures: 0, readyAt: now - 1 },
    },
    'a failed key is delayed with its priority': {
      entry: { ...running, priority: 5 },
      event: { type: 'end', outcome: 'error', retryMs: 4000 },
      expect: { phase: 'delayed', priority: 5, failures: 3, readyAt: now + 4000 },
    },
    'a failed key added during its run is ready, and the failure counts': {
      entry: { ...running, again: { priority: -5, readyAt: now } },
      event: { type: 'end', outcome: 'error', retryMs: 4000 },
      expect: { phase: 'ready', priority: 0, failures: 3, readyAt: now },
    },
    'requeueAfter delays the key and resets its failures': {
      entry: running,
      event: { type: 'end', outcome: 'requeue_after', retryMs: 60_000 },
      expect: { phase: 'delayed', priority: 0, failures: 0, readyAt: now + 60_000 },
    },
    'clear removes a delayed key': { entry: delayed, event: { type: 'clear' }, expect: undefined },
    'clear removes a ready key': { entry: ready, event: { type: 'clear' }, expect: undefined },
    'clear removes adds and failures of a running key': {
      entry: { ...running, again: { priority: 0, readyAt: now } },
      event: { type: 'clear' },
      expect: { ...running, failures: 0 },
    },
  },
  ({ entry, event, expect }) => assert.deepEqual(schedule(entry, event, now), expect),
);

test('events that do not apply to the phase of a key have no effect', () => {
  for (const entry of [undefined, ready, running]) assert.equal(schedule(entry, { type: 'timer' }, now), entry);
  const end = { type: 'end', outcome: 'error', retryMs: 1 } as const;
  for (const entry of [undefined, ready, delayed]) assert.equal(schedule(entry, end, now), entry);
  assert.equal(schedule(undefined, { type: 'start' }, now), undefined);
});

interface Delay {
  readonly end: RunEnd;
  readonly failures?: number;
  readonly expect: number | undefined;
}

cases<Delay>(
  {
    'a success is not repeated': { end: { outcome: 'success' }, failures: 3, expect: undefined },
    'a terminal error is not repeated': { end: { outcome: 'terminal' }, expect: undefined },
    'requeueAfter determines the delay': { end: { outcome: 'requeue_after', requeueAfter: 7 }, expect: 7 },
    'a negative requeueAfter means no delay': { end: { outcome: 'requeue_after', requeueAfter: -7 }, expect: 0 },
    'the first failure waits 1 s': { end: { outcome: 'error' }, expect: 1000 },
    'each failure doubles the delay': { end: { outcome: 'error' }, failures: 3, expect: 8000 },
    'the maximum delay of a failure is 2 min': { end: { outcome: 'error' }, failures: 30, expect: 120_000 },
    'Retry-After is the minimum delay': { end: { outcome: 'error', retryAfterMs: 1500 }, expect: 1500 },
    'a back-off longer than Retry-After applies': {
      end: { outcome: 'error', retryAfterMs: 1500 },
      failures: 1,
      expect: 2000,
    },
  },
  ({ end, failures = 0, expect }) =>
    assert.equal(
      retryDelay(end, failures, () => 0.5),
      expect,
    ),
);
