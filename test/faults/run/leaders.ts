/** Executors of plans with two processes and of plans with SIGTERM. */
import { setTimeout as delay } from 'node:timers/promises';
import { oneWriterPerEpoch } from '../invariants/leadership.ts';
import type { Violation } from '../invariants/trial.ts';
import { slowWrites } from '../plans/single.ts';
import type { RequestFault } from '../proxy/faults.ts';
import { isWrite } from '../proxy/request.ts';
import { textAt } from '../record/revision.ts';
import { type Session, startSession } from '../stage/session.ts';
import type { Stage } from '../stage/stage.ts';
import { nthRequest } from './requests.ts';
import { beginTrial, type Trial } from './trial.ts';
import { type Executor, notSettled, type Work } from './work.ts';

/** Upper bound for a take-over; a Lease expires after 15 s. */
const takeOverMs = 45_000;

/** Runs two replicas; the session of the plan leads first. */
export const runLeaderPlan: Executor = async (work) => {
  const { stage, session, plan, reference } = work;
  const elected = plan.fault !== 'two-active';
  const group = session.label.value;
  if (elected) await until(() => leaderOf(stage, group) === session.name, 'the first process leads');
  const other = await startSession({
    stage,
    types: 'calico',
    ...(elected ? { election: { group } } : { shard: group }),
  });
  try {
    const ready = (): boolean => other.proxy.passages.some(({ request }) => request.verb === 'watch');
    await until(ready, 'the second process watches');
    const trial = await beginTrial({ stage, session, reference });
    const fault = leaderFault({ work, trial, other });
    const disarm = session.proxy.useRule(fault.rule);
    await trial.act();
    const reached = await trial.settle(plan.limitMs + takeOverMs);
    fault.end();
    disarm();
    // Leaves time for late writes of the old leader.
    await delay(elected ? 4_000 : 0);
    const after = await trial.settle(plan.limitMs);
    const epochs = [...stage.recorder.history(group), ...trial.revisions()].sort(
      (one, next) => one.revision - next.revision,
    );
    const violations: Violation[] = [
      ...trial.violations({ exempt: elected ? [] : ['fewWrites'] }),
      ...(elected
        ? oneWriterPerEpoch(epochs.filter((one) => one.resource !== 'secrets' || one.namespace !== group))
        : []),
    ];
    if (after.ms === undefined) violations.unshift(notSettled(after.missing));
    else if (reached.ms === undefined) violations.unshift(notSettled(reached.missing));
    return { hit: fault.hit(), ms: reached.ms, violations, namespaces: [trial.shoot.namespace] };
  } finally {
    await other.close();
  }
};

interface LeaderFault {
  readonly rule: Parameters<Session['proxy']['useRule']>[0];
  readonly hit: () => boolean;
  /** Ends the fault for the first process. */
  readonly end: () => void;
}

function leaderFault({
  work,
  trial,
  other,
}: {
  readonly work: Work;
  readonly trial: Trial;
  readonly other: Session;
}): LeaderFault {
  const { plan, session } = work;
  if (plan.fault === 'two-active') return { rule: () => undefined, hit: () => true, end: () => undefined };
  let hit = false;
  const end = new AbortController();
  /** Waits until the new leader has written. */
  const written = async (): Promise<void> => {
    while (!end.signal.aborted && !other.proxy.writes.some(({ request }) => request.resource !== 'leases'))
      await delay(100);
    await delay(1_000);
  };
  const faults: Readonly<Record<string, () => RequestFault>> = {
    'leader-killed': () =>
      hookBefore(async () => {
        await session.program().kill();
        return 'drop';
      }),
    'leader-frozen': () =>
      hookBefore(async () => {
        session.program().freeze();
        await written();
        session.program().thaw();
        return 'drop';
      }),
    'leader-isolated': () => ({ when: 'before', act: 'hang' }),
    'late-write': () =>
      hookBefore(async () => {
        await written();
        return 'forward';
      }),
  };
  const isolated = plan.fault === 'leader-isolated' || plan.fault === 'late-write';
  const target = nthRequest({
    plan,
    namespace: trial.shoot.namespace,
    fault: () => {
      hit = true;
      return faults[plan.fault]?.();
    },
  });
  return {
    rule: (request) =>
      target(request) ?? (hit && !end.signal.aborted && isolated ? { when: 'before', act: 'hang' } : undefined),
    hit: () => hit,
    end: () => {
      end.abort();
      session.program().thaw();
      session.proxy.disconnect();
    },
  };
}

function hookBefore(hook: () => Promise<'forward' | 'drop'>): RequestFault {
  return { when: 'before', act: 'hook', hook };
}

const shutdownShoots = 5;

/** Sends SIGTERM while writes of several Networks are in flight. */
export const runShutdownPlan: Executor = async (work) => {
  const { stage, session, plan, reference } = work;
  const group = session.label.value;
  await until(() => leaderOf(stage, group) === session.name, 'the process leads');
  const slow = slowWrites[plan.fault];
  if (slow === undefined) throw new Error(`${plan.name} names no slow writes`);
  const trials: Trial[] = [];
  for (let index = 0; index < shutdownShoots; index += 1) trials.push(await beginTrial({ stage, session, reference }));
  let hits = 0;
  const disarm = session.proxy.useRule((request) => {
    if (!isWrite(request) || (request.resource === 'leases' && !slow.leases)) return undefined;
    if (request.resource !== 'leases') hits += 1;
    return hookBefore(async () => {
      await delay(slow.ms);
      return 'forward';
    });
  });
  await Promise.all(trials.map((trial) => trial.act()));
  await until(() => hits >= shutdownShoots, 'writes are on their way');
  const code = await session.program().terminate(30_000);
  disarm();
  const violations: Violation[] = [];
  if (code !== 0)
    violations.push({
      invariant: 'endsInTime',
      text: `exit code ${code ?? 'none, it had to be killed'} after SIGTERM`,
    });
  await delay(500);
  if (holderOf(stage, group) !== '')
    violations.push({ invariant: 'leaseReleased', text: `the Lease is still held by ${holderOf(stage, group)}` });
  await session.restart();
  const reached = await Promise.all(trials.map((trial) => trial.settle(plan.limitMs)));
  const late = reached.find((one) => one.ms === undefined);
  if (late !== undefined) violations.unshift(notSettled(late.missing));
  violations.push(...trials.flatMap((trial) => trial.violations()));
  const slowest = Math.max(...reached.map((one) => one.ms ?? Number.POSITIVE_INFINITY));
  const namespaces = trials.map(({ shoot }) => shoot.namespace);
  return { hit: true, ms: late === undefined ? slowest : undefined, violations, namespaces };
};

/** Returns the name of the session that holds the Lease of a group. */
function leaderOf(stage: Stage, group: string): string | undefined {
  return stage.recorder.history(group).findLast(({ resource, object }) => resource === 'leases' && object !== undefined)
    ?.writer;
}

function holderOf(stage: Stage, group: string): string | undefined {
  const lease = [...stage.recorder.state(group)].find(([key]) => key.startsWith('leases '));
  return textAt(lease?.[1], 'spec', 'holderIdentity') ?? '';
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (const end = performance.now() + 60_000; performance.now() < end; await delay(50)) if (condition()) return;
  throw new Error(`still not: ${what}`);
}
