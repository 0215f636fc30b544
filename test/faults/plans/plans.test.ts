import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseRequest } from '../proxy/request.ts';
import { table } from '../report.ts';
import type { PlanResult } from '../run/execute.ts';
import { enumeratePlans } from './enumerate.ts';
import { eventFaults } from './events.ts';
import { flows } from './flows.ts';
import { matches, type Plan } from './plan.ts';
import { type Reference, targetsOf } from './reference.ts';
import { requestFaults } from './requests.ts';
import { samplePlans } from './sample.ts';
import { clockShifts, leaderFaults, outages, slowWrites } from './single.ts';
import { storedFaults } from './stored.ts';
import { quietDisturbances, streamFaults } from './streams.ts';

const path = '/apis/extensions.gardener.cloud/v1alpha1/namespaces/n';

function recorded(name: string, requests: readonly (readonly [string, string])[]): Reference {
  const flow = flows.find((one) => one.name === name);
  assert.ok(flow !== undefined);
  const passages = requests.map(([method, url]) => ({ request: parseRequest(method, url), at: 0, disturbed: false }));
  return { flow, targets: targetsOf(passages), events: ['ADDED', 'MODIFIED'], end: {}, writes: {}, ms: 0 };
}

const writes = [
  ['GET', `${path}/networks/x`],
  ['PATCH', `${path}/networks/x/status`],
  ['POST', '/api/v1/namespaces/n/secrets'],
  ['PATCH', `${path}/networks/x/status`],
] as const;
const references = [
  recorded('create', writes),
  recorded('create.cilium', [...writes, ['POST', '/api/v1/namespaces/n/secrets']]),
];
const plans = enumeratePlans({ references, limitMs: 40_000 });

suite('plans', () => {
  test('every kind of fault of every catalogue is planned', () => {
    const planned = new Set(plans.map(({ fault }) => fault));
    const all = [requestFaults, eventFaults, streamFaults, storedFaults, clockShifts, slowWrites].flatMap((one) =>
      Object.keys(one),
    );
    assert.deepEqual(
      [...all, ...outages, ...leaderFaults].filter((fault) => !planned.has(fault)),
      [],
    );
  });

  test('names are unique, and name flow, fault and target', () => {
    const names = plans.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    assert.ok(names.includes('create/response-lost/PATCH networks/status/2'));
    assert.ok(names.includes('create/event-dropped/EVENT ADDED/1'));
  });

  test('every request has each fault of requests, every write those of writes', () => {
    const of = (fault: string): readonly string[] =>
      plans
        .filter((plan) => plan.flow === 'create' && plan.fault === fault)
        .map(({ target }) => `${target?.kind} ${target?.ordinal}`);
    const all = ['GET networks 1', 'PATCH networks/status 1', 'POST secrets 1', 'PATCH networks/status 2'];
    assert.deepEqual(of('reset'), all);
    assert.deepEqual(of('conflict'), all.slice(1));
    assert.deepEqual(of('unavailable-8s'), all.slice(0, 3));
    assert.deepEqual(of('collected-while-frozen'), ['POST secrets 1']);
  });

  test('of cilium only requests that calico does not have', () => {
    const found = plans.filter(({ flow, fault }) => flow === 'create.cilium' && fault === 'reset');
    assert.deepEqual(
      found.map(({ name }) => name),
      ['create.cilium/reset/POST secrets/2'],
    );
  });

  test('a pattern matches whole names', () => {
    assert.ok(matches('create/reset/POST secrets/1', 'create/*'));
    assert.ok(matches('create/reset/POST secrets/1', '*/reset/*'));
    assert.ok(!matches('create/reset/POST secrets/1', 'create'));
    assert.ok(!matches('create.cilium/x', 'create?cilium/x'));
  });

  test('a sample is the same each time, whatever the order, has no slow plan and most faults', () => {
    const sample = samplePlans(plans);
    assert.deepEqual(new Set(samplePlans([...plans].reverse())), new Set(sample));
    assert.ok(sample.every(({ limitMs, fault }) => limitMs <= 120_000 && fault !== 'hang'));
    const left = new Set(plans.map(({ fault }) => fault).filter((fault) => !sample.some((one) => one.fault === fault)));
    assert.deepEqual(
      [...left].sort(),
      [...leaderFaults, 'response-lost', 'api-hang', 'event-dropped', 'event-swapped', 'hang', 'two-active'].sort(),
    );
  });

  test('the disturbances of the quiet bench are ten of the faults of watches', () => {
    assert.equal(quietDisturbances.length, 10);
    assert.deepEqual(
      quietDisturbances.filter((name) => streamFaults[name] === undefined),
      [],
    );
  });
});

test('the table counts survivors, and plans that were not reached apart', () => {
  const result = (outcome: PlanResult['outcome'], ms: number): PlanResult => ({
    plan: plans[0] as Plan,
    outcome,
    ms,
    violations: [],
  });
  const [line = ''] = table([result('survived', 1_500), result('failed', 0), result('unreached', 0)]);
  assert.match(line, /^✗ refused-500 +1 of +2 +slowest +1\.5 s, 1 not reached$/);
});
