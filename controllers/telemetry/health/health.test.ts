import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '../../../test/doubles/fakeclock.ts';
import { cases } from '../../../test/support/cases.ts';
import { healthRoute, type PlainAnswer } from '../endpoints.ts';
import { healthReport, leaseCheck, livenessChecks, watchChecks, webhookCheck } from './health.ts';

const well = { name: 'well', problem: () => undefined };
const ill = { name: 'ill', problem: () => 'it hurts\nhere' };
const broken = {
  name: 'broken',
  problem: () => {
    throw new Error('oops');
  },
};

test('a report has a line for each check, with the reason on it', () => {
  assert.deepEqual(healthReport('readyz', [well, ill, broken]), {
    healthy: false,
    text: '[+]well ok\n[-]ill failed: it hurts here\n[-]broken failed: the check itself failed: oops\nreadyz check failed\n',
  });
  assert.deepEqual(healthReport('healthz', [well]), { healthy: true, text: '[+]well ok\nhealthz check passed\n' });
});

const route = healthRoute({ live: [well], ready: [well, ill] });

cases<{ readonly path: string; readonly status: number | undefined; readonly body?: string }>(
  {
    'all that keeps it alive': { path: '/healthz', status: 200, body: '[+]well ok\nhealthz check passed\n' },
    'all that makes it ready': {
      path: '/readyz',
      status: 503,
      body: '[+]well ok\n[-]ill failed: it hurts here\nreadyz check failed\n',
    },
    'one check that is well beside one that is not': {
      path: '/readyz/well',
      status: 200,
      body: '[+]well ok\nreadyz/well check passed\n',
    },
    'one check that is not': { path: '/readyz/ill', status: 503 },
    'a check that the endpoint does not have': { path: '/healthz/ill', status: undefined },
    'below a check': { path: '/readyz/well/x', status: undefined },
    'no check at all': { path: '/readyz/', status: undefined },
    'somewhere else': { path: '/', status: undefined },
    'a name of Object': { path: '/constructor', status: undefined },
  },
  ({ path, status, body }) => {
    const answer = route(path) as PlainAnswer | undefined;
    assert.equal(answer?.status, status);
    if (body !== undefined) assert.equal(answer?.body, body);
  },
);

cases<{ readonly synced: boolean; readonly seenMs?: number; readonly problems: readonly (string | undefined)[] }>(
  {
    'in sync and heard of': { synced: true, seenMs: 299_000, problems: [undefined, undefined] },
    'heard of, the list is not complete': {
      synced: false,
      seenMs: 0,
      problems: ['the first list is not complete', undefined],
    },
    'never heard of': {
      synced: false,
      problems: ['the first list is not complete', 'nothing has come from the API server yet'],
    },
    'in sync, but silent for too long': {
      synced: true,
      seenMs: 301_000,
      problems: [undefined, 'nothing has come from the API server for 301 s'],
    },
  },
  async ({ synced, seenMs, problems }) => {
    const clock = createFakeClock();
    await clock.advance(1_000_000);
    const lastSeen = (): number | undefined => (seenMs === undefined ? undefined : clock.monotonic() - seenMs);
    const checks = watchChecks({ resource: 'networks', reflector: { hasSynced: () => synced, lastSeen }, clock });
    assert.deepEqual(
      checks.map(({ name }) => name),
      ['sync-networks', 'watch-networks'],
    );
    assert.deepEqual(
      checks.map((check) => check.problem()),
      problems,
    );
  },
);

test('a leader and a standby are ready, one that can do neither is not', () => {
  const problem = (hasWritten: boolean, isStandby: boolean): string | undefined =>
    leaseCheck({ hasWritten: () => hasWritten, isStandby: () => isStandby }).problem();
  assert.deepEqual([problem(true, false), problem(false, true)], [undefined, undefined]);
  assert.match(problem(false, false) ?? '', /was never written/);
});

test('alive is what can answer and fires its timers', () => {
  const problems = (ms: number | undefined): readonly unknown[] =>
    livenessChecks({ sinceTick: () => ms }).map((check) => check.problem());
  assert.deepEqual(problems(undefined), [undefined, undefined]);
  assert.deepEqual(problems(30_000), [undefined, undefined]);
  assert.deepEqual(problems(31_000), [undefined, 'no timer has fired for 31 s']);
});

test('a webhook server says itself why it does not serve', () => {
  const check = webhookCheck(() => 'there is no certificate yet');
  assert.equal(
    healthReport('readyz', [check]).text,
    '[-]webhook failed: there is no certificate yet\nreadyz check failed\n',
  );
});
