import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '../../../test/doubles/fakeclock.ts';
import { cases } from '../../../test/support/cases.ts';
import { healthRoute, type PlainResponse } from '../endpoints.ts';
import { healthReport, leaseCheck, livenessChecks, watchChecks, webhookCheck } from './health.ts';

const passing = { name: 'passing', problem: () => undefined };
const failing = { name: 'failing', problem: () => 'first line\nsecond' };
const broken = {
  name: 'broken',
  problem: () => {
    throw new Error('oops');
  },
};

test('a report has one line per check, with the reason of a failure', () => {
  assert.deepEqual(healthReport('readyz', [passing, failing, broken]), {
    healthy: false,
    text: '[+]passing ok\n[-]failing failed: first line second\n[-]broken failed: the check threw: oops\nreadyz check failed\n',
  });
  assert.deepEqual(healthReport('healthz', [passing]), {
    healthy: true,
    text: '[+]passing ok\nhealthz check passed\n',
  });
});

const route = healthRoute({ live: [passing], ready: [passing, failing] });

cases<{ readonly path: string; readonly status: number | undefined; readonly body?: string }>(
  {
    '/healthz runs the liveness checks': {
      path: '/healthz',
      status: 200,
      body: '[+]passing ok\nhealthz check passed\n',
    },
    '/readyz runs the readiness checks': {
      path: '/readyz',
      status: 503,
      body: '[+]passing ok\n[-]failing failed: first line second\nreadyz check failed\n',
    },
    'one passing check responds with 200': {
      path: '/readyz/passing',
      status: 200,
      body: '[+]passing ok\nreadyz/passing check passed\n',
    },
    'one failing check responds with 503': { path: '/readyz/failing', status: 503 },
    'a check of another endpoint is not found': { path: '/healthz/failing', status: undefined },
    'a path below a check is not found': { path: '/readyz/passing/x', status: undefined },
    'an empty check is not found': { path: '/readyz/', status: undefined },
    'another path is not found': { path: '/', status: undefined },
    'a property of Object is not found': { path: '/constructor', status: undefined },
  },
  ({ path, status, body }) => {
    const response = route(path) as PlainResponse | undefined;
    assert.equal(response?.status, status);
    if (body !== undefined) assert.equal(response?.body, body);
  },
);

cases<{ readonly synced: boolean; readonly seenMs?: number; readonly problems: readonly (string | undefined)[] }>(
  {
    'a synced watch with recent data passes': { synced: true, seenMs: 299_000, problems: [undefined, undefined] },
    'an incomplete list fails': {
      synced: false,
      seenMs: 0,
      problems: ['the first list is not complete', undefined],
    },
    'a watch without any data fails': {
      synced: false,
      problems: ['the first list is not complete', 'the watch has received no data yet'],
    },
    'a synced watch without recent data fails': {
      synced: true,
      seenMs: 301_000,
      problems: [undefined, 'the watch has received no data for 301 s'],
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

test('a leader and a standby are ready, a replica without the permission is not', () => {
  const problem = (hasWritten: boolean, isStandby: boolean): string | undefined =>
    leaseCheck({ hasWritten: () => hasWritten, isStandby: () => isStandby }).problem();
  assert.deepEqual([problem(true, false), problem(false, true)], [undefined, undefined]);
  assert.match(problem(false, false) ?? '', /was never written/);
});

test('a process is alive if it responds and its timers fire', () => {
  const problems = (ms: number | undefined): readonly unknown[] =>
    livenessChecks({ sinceTick: () => ms }).map((check) => check.problem());
  assert.deepEqual(problems(undefined), [undefined, undefined]);
  assert.deepEqual(problems(30_000), [undefined, undefined]);
  assert.deepEqual(problems(31_000), [undefined, 'no timer has fired for 31 s']);
});

test('the check of a webhook server reports why it does not serve', () => {
  const check = webhookCheck(() => 'there is no certificate yet');
  assert.equal(
    healthReport('readyz', [check]).text,
    '[-]webhook failed: there is no certificate yet\nreadyz check failed\n',
  );
});
