/** Executors of plans that disturb whole watches, or every request. */
import { setTimeout as delay } from 'node:timers/promises';
import { calmRequests, calmWatches } from '../invariants/rates.ts';
import type { Violation } from '../invariants/trial.ts';
import type { Reference } from '../plans/reference.ts';
import { streamFaults, streamRule } from '../plans/streams.ts';
import type { RequestFault } from '../proxy/faults.ts';
import { beginTrial, type Trial } from './trial.ts';
import { type Executor, type Finding, notSettled, type Work } from './work.ts';

export const runStreamPlan: Executor = async (work) => {
  const { plan, session, stage, reference, bystander } = work;
  const kind = streamFaults[plan.fault];
  if (kind === undefined) throw new Error(`${plan.name} names no fault of a watch`);
  const old = await oldNetwork(work, bystander);
  const trial = await beginTrial({ stage, session, reference });
  const rule = streamRule({ kind, old });
  let hits = 0;
  const from = performance.now();
  const disarm = session.proxy.useRule((request) => {
    const fault = rule(request);
    if (fault !== undefined) hits += 1;
    return fault;
  });
  const { event } = kind;
  const disarmEvents = session.proxy.useEventRule(({ resource, type }) => {
    if (event === undefined || resource !== 'networks' || type === 'BOOKMARK') return undefined;
    hits += 1;
    return event;
  });
  session.proxy.disconnect();
  try {
    await delay(1_000);
    await trial.act();
    for (let index = 1; index < (kind.triggers ?? 1); index += 1) {
      await delay(400);
      await trial.shoot.trigger();
    }
    if (kind.forMs !== undefined) {
      await delay(Math.max(0, kind.forMs - (performance.now() - from)));
      disarm();
      disarmEvents();
    }
    const end = performance.now();
    const finding = await settleDisturbed(work, trial, () => hits > 0);
    const to = kind.forMs === undefined ? performance.now() : end;
    return { ...finding, violations: [...finding.violations, ...calmWatches(session.proxy.passages, { from, to })] };
  } finally {
    disarm();
    disarmEvents();
  }
};

const outageMs = 12_000;
/** Requests per second of a controller with one active shoot. */
const outageRate = 10;

export const runOutagePlan: Executor = async (work) => {
  const { plan, session, stage, reference } = work;
  const fault = outageFaults[plan.fault];
  if (fault === undefined) throw new Error(`${plan.name} names no outage`);
  const trial = await beginTrial({ stage, session, reference });
  let hits = 0;
  const from = performance.now();
  await trial.act();
  const disarm = session.proxy.useRule(() => {
    hits += 1;
    return fault;
  });
  try {
    session.proxy.disconnect();
    await delay(outageMs);
    disarm();
    // Ends the requests that hang.
    session.proxy.disconnect();
    const to = performance.now();
    const finding = await settleDisturbed(work, trial, () => hits > 0);
    const window = { from, to, perSecond: outageRate };
    return { ...finding, violations: [...finding.violations, ...calmRequests(session.proxy.passages, window)] };
  } finally {
    disarm();
  }
};

const unavailable = JSON.stringify({
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  reason: 'ServiceUnavailable',
  code: 503,
});

const outageFaults: Readonly<Record<string, RequestFault>> = {
  'api-503': { when: 'before', act: 'refuse', response: { status: 503, body: unavailable } },
  'api-reset': { when: 'before', act: 'reset' },
  'api-retry-after-0': {
    when: 'before',
    act: 'refuse',
    response: { status: 429, headers: { 'retry-after': '0' }, body: unavailable },
  },
  'api-hang': { when: 'before', act: 'hang' },
};

async function settleDisturbed({ plan, session }: Work, trial: Trial, hit: () => boolean): Promise<Finding> {
  const reached = await trial.settle(plan.limitMs);
  const violations: Violation[] = [...trial.violations()];
  if (reached.ms === undefined) violations.unshift(notSettled(reached.missing));
  if (!session.program().isAlive()) violations.push({ invariant: 'alive', text: 'the process has ended' });
  return { hit: hit(), ms: reached.ms, violations, namespaces: [trial.shoot.namespace] };
}

/** Creates a Network and returns an outdated version of it. */
async function oldNetwork({ stage, session }: Work, reference: Reference) {
  const trial = await beginTrial({ stage, session, reference });
  await trial.act();
  const reached = await trial.reach(60_000);
  if (reached.ms === undefined) throw new Error(`the bystander is not ready: ${reached.missing.join('; ')}`);
  const old = await trial.shoot.get('networks', trial.shoot.name);
  await trial.shoot.patch('networks', trial.shoot.name, { metadata: { annotations: { 'example.com/later': 'yes' } } });
  if (old === undefined) throw new Error('the bystander has gone');
  return old;
}
