import type { Violation } from '../invariants/trial.ts';
import type { Plan } from '../plans/plan.ts';
import type { Reference } from '../plans/reference.ts';
import type { Session } from '../stage/session.ts';
import type { Stage } from '../stage/stage.ts';

/** What an executor gets for one plan. */
export interface Work {
  readonly stage: Stage;
  readonly plan: Plan;
  /** The undisturbed run of the plan's flow. */
  readonly reference: Reference;
  /** The undisturbed creation of a Network of calico. */
  readonly bystander: Reference;
  /** The undisturbed change of a Network of the plan's type. */
  readonly update: Reference;
  /** The session of plans that share one; executors of other plans start their own and close it. */
  readonly session: Session;
}

/** What came of a plan. */
export interface Finding {
  /** Whether the fault happened: a request that a disturbed run never made cannot fail. */
  readonly hit: boolean;
  /** Milliseconds from the end of the disturbance to the expected state. */
  readonly ms: number | undefined;
  readonly violations: readonly Violation[];
  /** Whose Networks and processes the plan used, to look for late writes. */
  readonly namespaces: readonly string[];
}

export type Executor = (work: Work) => Promise<Finding>;

/** The expected state was not reached. */
export function notSettled(missing: readonly string[]): Violation {
  return { invariant: 'converged', text: missing.slice(0, 4).join('; ') };
}
