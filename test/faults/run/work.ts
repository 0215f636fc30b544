import type { Violation } from '../invariants/trial.ts';
import type { Plan } from '../plans/plan.ts';
import type { Reference } from '../plans/reference.ts';
import type { Session } from '../stage/session.ts';
import type { Stage } from '../stage/stage.ts';

/** Input of an executor for one plan. */
export interface Work {
  readonly stage: Stage;
  readonly plan: Plan;
  /** Recorded run of the plan's flow. */
  readonly reference: Reference;
  /** Recorded creation of a Network of calico. */
  readonly bystander: Reference;
  /** Recorded update of a Network of the plan's type. */
  readonly update: Reference;
  /** The process of the plan; leader plans start a second one. */
  readonly session: Session;
}

/** Observations of a plan. */
export interface Finding {
  /** Whether the fault occurred; the disturbed run may not have made the target request. */
  readonly hit: boolean;
  /** Milliseconds from the end of the disturbance to the expected state. */
  readonly ms: number | undefined;
  readonly violations: readonly Violation[];
  /** Namespaces of the plan, to find late writes. */
  readonly namespaces: readonly string[];
}

export type Executor = (work: Work) => Promise<Finding>;

/** The violation for an expected state that was not reached. */
export function notSettled(missing: readonly string[]): Violation {
  return { invariant: 'converged', text: missing.slice(0, 4).join('; ') };
}
