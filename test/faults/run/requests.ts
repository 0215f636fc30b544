/** Executors of plans that disturb one request or one event. */
import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Violation } from '../invariants/trial.ts';
import { eventFaults } from '../plans/events.ts';
import type { Reference } from '../plans/reference.ts';
import { type Hands, requestFaults } from '../plans/requests.ts';
import type { EventRule, RequestRule } from '../proxy/faults.ts';
import { concerns, requestKind } from '../proxy/request.ts';
import type { StoredObject } from '../record/revision.ts';
import { secretNames } from '../record/snapshot.ts';
import type { Session } from '../stage/session.ts';
import { changedConfig } from '../stage/shoot.ts';
import { beginTrial, type Trial } from './trial.ts';
import { type Executor, type Finding, notSettled, type Work } from './work.ts';

/** The garbage collector deletes objects that are older than ten minutes. */
const collectorAgeMs = 15 * 60_000;

export const runRequestPlan: Executor = async (work) => {
  const { plan, session, reference, stage } = work;
  const kind = requestFaults[plan.fault];
  if (kind === undefined || plan.target === undefined) throw new Error(`${plan.name} names no fault of a request`);
  const expected = kind.changes === true ? work.update : reference;
  const trial = await beginTrial({
    stage,
    session,
    reference: { ...reference, end: expected.end, writes: sum(reference, expected) },
  });
  const hands = createHands(session, trial);
  let hits = 0;
  const rule = nthRequest({
    plan,
    namespace: trial.shoot.namespace,
    forMs: kind.forMs,
    fault: () => {
      hits += 1;
      return kind.fault(hands);
    },
  });
  const disarm = session.proxy.useRule(rule);
  try {
    await trial.act();
    if (kind.byHand === true) await healByTrigger(trial, () => hits > 0);
    return await conclude({
      work,
      trial,
      hit: () => hits > 0,
      changedByHand: kind.byHand === true,
      exempt: kind.exempt,
    });
  } finally {
    disarm();
  }
};

export const runEventPlan: Executor = async (work) => {
  const { plan, session, reference, stage } = work;
  const kind = eventFaults[plan.fault];
  if (kind === undefined || plan.target === undefined) throw new Error(`${plan.name} names no fault of an event`);
  const trial = await beginTrial({ stage, session, reference });
  let seen = 0;
  let hit = false;
  const rule: EventRule = ({ resource, namespace }) => {
    if (resource !== 'networks' || namespace !== trial.shoot.namespace) return undefined;
    seen += 1;
    if (hit || seen !== plan.target?.ordinal) return undefined;
    hit = true;
    return kind.fault;
  };
  const disarm = session.proxy.useEventRule(rule);
  try {
    await trial.act();
    return await conclude({ work, trial, hit: () => hit, changedByHand: false });
  } finally {
    disarm();
  }
};

interface Conclusion {
  readonly work: Work;
  readonly trial: Trial;
  readonly hit: () => boolean;
  readonly changedByHand: boolean;
  readonly exempt?: readonly string[] | undefined;
}

async function conclude({ work, trial, hit, changedByHand, exempt = [] }: Conclusion): Promise<Finding> {
  const reached = await trial.settle(work.plan.limitMs);
  const violations: Violation[] = [...trial.violations({ changedByHand, exempt })];
  if (reached.ms === undefined) violations.unshift(notSettled(reached.missing));
  if (!work.session.program().isAlive()) await delay(2_000);
  if (!work.session.program().isAlive()) violations.push({ invariant: 'alive', text: 'the process has ended' });
  return { hit: hit(), ms: reached.ms, violations, namespaces: [trial.shoot.namespace] };
}

export interface NthRequest {
  readonly plan: Work['plan'];
  readonly namespace: string;
  /** If set, hits all requests of the kind for this time, beginning with the target. */
  readonly forMs?: number | undefined;
  readonly fault: () => ReturnType<RequestRule>;
}

/** Returns a rule that hits the n-th request of a kind for a namespace, counted from now. */
export function nthRequest({ plan, namespace, forMs, fault }: NthRequest): RequestRule {
  let seen = 0;
  let first: number | undefined;
  return (request) => {
    if (!concerns(request, namespace) || requestKind(request) !== plan.target?.kind) return undefined;
    seen += 1;
    if (seen < plan.target.ordinal) return undefined;
    first ??= performance.now();
    const over = forMs === undefined ? seen > plan.target.ordinal : performance.now() - first > forMs;
    return over ? undefined : fault();
  };
}

/** Adds the writes of two flows. */
function sum({ writes }: Reference, other: Reference): Reference['writes'] {
  const keys = new Set([...Object.keys(writes), ...Object.keys(other.writes)]);
  return Object.fromEntries([...keys].map((key) => [key, (writes[key] ?? 0) + (other.writes[key] ?? 0)]));
}

/** Triggers a reconciliation after the change by hand, which is not repaired before. */
async function healByTrigger(trial: Trial, hit: () => boolean): Promise<void> {
  const end = performance.now() + 10_000;
  while (!hit() && performance.now() < end) await delay(50);
  await trial.reach(10_000);
  await trial.shoot.trigger();
}

function createHands(session: Session, trial: Trial): Hands {
  const { shoot } = trial;
  const nameOf = (object: StoredObject): string => String((object['metadata'] as { name?: string }).name);
  const eachManagedResource = async (act: (name: string, object: StoredObject) => Promise<unknown>): Promise<void> => {
    for (const one of trial.managedResources()) await act(nameOf(one), one);
  };
  return {
    async kill() {
      await session.program().kill();
      void session.restart();
    },
    wait: (ms) => delay(ms),
    trigger: () => shoot.trigger(),
    change: () => shoot.trigger('reconcile', { spec: { providerConfig: changedConfig[shoot.type] } }),
    deleteManagedResource: () => eachManagedResource((name) => shoot.remove('managedresources', name)),
    emptyManagedResource: () =>
      eachManagedResource((name) => shoot.patch('managedresources', name, { spec: { secretRefs: [] } })),
    deleteSecret: () =>
      eachManagedResource(async (_name, object) => {
        for (const secret of secretNames(object)) await shoot.remove('secrets', secret);
      }),
    async collectGarbage() {
      session.program().freeze();
      // Leaves time for the recorder to catch up.
      await delay(500);
      for (const name of trial.garbage()) await shoot.remove('secrets', name);
      writeFileSync(session.clockFile, String(collectorAgeMs));
      session.program().thaw();
    },
  };
}
