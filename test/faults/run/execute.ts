import { shiftedClock } from '../../support/shifted-clock.ts';
import type { Violation } from '../invariants/trial.ts';
import type { Category, Plan } from '../plans/plan.ts';
import type { Reference } from '../plans/reference.ts';
import { clockShifts } from '../plans/single.ts';
import { type Session, startSession } from '../stage/session.ts';
import type { Stage } from '../stage/stage.ts';
import { runLeaderPlan, runShutdownPlan } from './leaders.ts';
import { runEventPlan, runRequestPlan } from './requests.ts';
import { runClockPlan, runStoredPlan } from './stored.ts';
import { runOutagePlan, runStreamPlan } from './streams.ts';
import type { Executor, Finding } from './work.ts';

const executors: Readonly<Record<Category, Executor>> = {
  request: runRequestPlan,
  crash: runRequestPlan,
  event: runEventPlan,
  stream: runStreamPlan,
  outage: runOutagePlan,
  leader: runLeaderPlan,
  shutdown: runShutdownPlan,
  clock: runClockPlan,
  stored: runStoredPlan,
};

/** Result of one plan, as in the file of results. */
export interface PlanResult {
  readonly plan: Plan;
  /** `unreached`: the target request or event did not occur. */
  readonly outcome: 'survived' | 'failed' | 'unreached';
  readonly ms: number | undefined;
  readonly violations: readonly Violation[];
  /** Set if the plan failed after its end. */
  readonly late?: true;
  /** Violations of the first run in a shared process, before the run in an own process. */
  readonly beside?: readonly Violation[];
  /** Last lines of the log of an own process. */
  readonly log?: string;
}

export interface ExecuteInput {
  readonly stage: Stage;
  readonly plan: Plan;
  readonly references: ReadonlyMap<string, Reference>;
  /** The shared process; if undefined, the plan gets its own. */
  readonly shared: Session | undefined;
}

export interface Executed {
  readonly result: PlanResult;
  readonly namespaces: readonly string[];
}

/** Runs one plan. Errors of the campaign itself fail the plan. */
export async function executePlan({ stage, plan, references, shared }: ExecuteInput): Promise<Executed> {
  const reference = references.get(plan.flow);
  const bystander = references.get('create');
  const update = references.get(plan.flow.endsWith('.cilium') ? 'update.cilium' : 'update');
  if (reference === undefined || bystander === undefined || update === undefined)
    throw new Error(`flow ${plan.flow} has not been recorded`);
  const session = shared ?? (await startOwn(stage, plan));
  try {
    const finding = await executors[plan.category]({ stage, plan, reference, bystander, update, session });
    const log = shared === undefined ? session.findings : [];
    const violations = [...finding.violations, ...log.map(({ kind, text }) => ({ invariant: `log:${kind}`, text }))];
    const result = resultOf(plan, { ...finding, violations });
    const failed = result.outcome === 'failed' && shared === undefined;
    const output = failed ? { log: session.program().output() } : {};
    return { result: { ...result, ...output }, namespaces: finding.namespaces };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const violations = [{ invariant: 'campaign', text }];
    return {
      result: { plan, outcome: 'failed', ms: undefined, violations, log: session.program().output() },
      namespaces: [],
    };
  } finally {
    if (shared === undefined) await session.close();
  }
}

function startOwn(stage: Stage, plan: Plan): Promise<Session> {
  const shift = clockShifts[plan.fault];
  const elected = plan.category === 'shutdown' || (plan.category === 'leader' && plan.fault !== 'two-active');
  return startSession({
    stage,
    types: plan.flow.endsWith('.cilium') ? 'calico,cilium' : 'calico',
    ...(elected ? { election: { group: `group-${stage.next()}` } } : {}),
    ...(shift === undefined ? {} : { nodeFlags: [shiftedClock(shift)] }),
    jumping: plan.fault === 'collected-while-frozen',
  });
}

function resultOf(plan: Plan, { hit, ms, violations }: Finding): PlanResult {
  const outcome = violations.length > 0 ? 'failed' : hit ? 'survived' : 'unreached';
  return { plan, outcome, ms: ms === undefined ? undefined : Math.round(ms), violations };
}
