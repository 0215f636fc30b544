/** What is found in logs and in the record of requests, and when a goal is reached. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { cases } from '../../support/cases.ts';
import type { Passage } from '../proxy/faults.ts';
import { parseRequest } from '../proxy/request.ts';
import { type GoalName, missing } from './goals.ts';
import { logScanner } from './logs.ts';
import { calmRequests, calmWatches } from './rates.ts';
import { network } from './testing.ts';

test('a planted secret and a defect in a log are found once each', () => {
  const scanner = logScanner(['s3cret']);
  scanner.line('{"msg":"Started"}');
  scanner.line('{"ts":"1","msg":"token s3cret"}');
  scanner.line('{"ts":"2","msg":"token s3cret"}');
  scanner.line("TypeError: Cannot read properties of undefined (reading 'x')");
  assert.deepEqual(
    scanner.findings.map(({ kind, text }) => [kind, text.includes('s3cret')]),
    [
      ['secret', false],
      ['defect', false],
    ],
  );
});

function passages(count: number, url: string): readonly Passage[] {
  return Array.from({ length: count }, (_, index) => ({
    request: parseRequest('GET', url),
    at: index,
    disturbed: true,
  }));
}

const networks = '/apis/extensions.gardener.cloud/v1alpha1/networks';

test('a watch that is opened a hundred times in ten seconds is found, eight times are allowed', () => {
  const window = { from: 0, to: 10_000 };
  assert.equal(calmWatches(passages(100, `${networks}?watch=true`), window).length, 1);
  assert.equal(calmWatches(passages(8, `${networks}?watch=true`), window).length, 0);
  assert.equal(calmWatches(passages(100, `${networks}/x`), window).length, 0);
});

test('any request in a loop is found, with its kind', () => {
  const window = { from: 0, to: 1_000, perSecond: 10 };
  const [found] = calmRequests(
    passages(200, '/apis/extensions.gardener.cloud/v1alpha1/namespaces/n/networks/x'),
    window,
  );
  assert.match(found?.text ?? '', /GET networks/);
  assert.deepEqual(calmRequests(passages(25, networks), window), []);
});

suite('goals', () => {
  const succeeded = network({ state: 'Succeeded' }).object;
  const annotated = { annotations: { 'gardener.cloud/operation': 'reconcile' } };
  const at = (time: string): object => ({ annotations: { 'gardener.cloud/timestamp': time } });
  cases<{ readonly goal: GoalName; readonly network: typeof succeeded; readonly missing: RegExp | undefined }>(
    {
      'a Network that is ready': { goal: 'ready', network: succeeded, missing: undefined },
      'one that does not exist': { goal: 'ready', network: undefined, missing: /does not exist/ },
      'one with a trigger': {
        goal: 'ready',
        network: network({ state: 'Succeeded', metadata: annotated }).object,
        missing: /annotation/,
      },
      'one in progress': { goal: 'ready', network: network({}).object, missing: /Processing/ },
      'one with an error': {
        goal: 'ready',
        network: network({ state: 'Succeeded', status: { lastError: {} } }).object,
        missing: /lastError/,
      },
      'one of an older generation': {
        goal: 'ready',
        network: network({ state: 'Succeeded', metadata: { generation: 2 } }).object,
        missing: /observedGeneration/,
      },
      'success in the second of the trigger': {
        goal: 'ready',
        network: network({ state: 'Succeeded', metadata: at('2026-01-01T00:00:05.9Z') }).object,
        missing: undefined,
      },
      'success a second before the trigger': {
        goal: 'ready',
        network: network({ state: 'Succeeded', metadata: at('2026-01-01T00:00:06.1Z') }).object,
        missing: /older than the trigger/,
      },
      'a Network that was migrated is not ready': {
        goal: 'ready',
        network: network({ state: 'Succeeded', type: 'Migrate' }).object,
        missing: /Migrate/,
      },
      'and is migrated': {
        goal: 'migrated',
        network: network({ state: 'Succeeded', type: 'Migrate' }).object,
        missing: undefined,
      },
      'a Network that is there is not gone': { goal: 'gone', network: succeeded, missing: /exists/ },
    },
    (one) => {
      const found = missing(one.goal, one.network);
      if (one.missing === undefined) assert.equal(found, undefined);
      else assert.match(found ?? '', one.missing);
    },
  );
});
