import { violations } from '../invariants/index.ts';
import type { TrialHistory, Violation } from '../invariants/trial.ts';
import type { Reference } from '../plans/reference.ts';
import type { Revision, StoredObject } from '../record/revision.ts';
import { isCollectable, secretNames } from '../record/snapshot.ts';
import type { Session } from '../stage/session.ts';
import { createShoot, type Shoot } from '../stage/shoot.ts';
import type { Stage } from '../stage/stage.ts';
import { prepare, type Reached, waitForGoal } from './goal.ts';

/** One run of a flow with its own shoot. */
export interface Trial {
  readonly shoot: Shoot;
  /** Performs the step under test. */
  act(): Promise<void>;
  /** Waits for the final state of the undisturbed run. */
  settle(limitMs: number): Promise<Reached>;
  /** Waits until the Network reaches the goal of the flow; other objects are not compared. */
  reach(limitMs: number): Promise<Reached>;
  /** Returns the revisions since the start of the flow. */
  revisions(): readonly Revision[];
  /** Checks the invariants. */
  violations(options?: { readonly changedByHand?: boolean; readonly exempt?: readonly string[] }): readonly Violation[];
  managedResources(): readonly StoredObject[];
  /** Returns the names of unreferenced Secrets that the garbage collector may delete. */
  garbage(): readonly string[];
}

export interface TrialInput {
  readonly stage: Stage;
  readonly session: Pick<Session, 'label'>;
  readonly reference: Reference;
}

/** Longer than the first back-off of the controller, which may repeat a run whose last response was lost. */
const settledMs = 2_500;

/** Time limit of an undisturbed flow on a busy machine. */
const preparationMs = 90_000;

/** Prepares a shoot up to the start of the flow. */
export async function beginTrial({ stage, session, reference }: TrialInput): Promise<Trial> {
  const { flow } = reference;
  const shoot = createShoot({ stage, session, type: flow.type });
  await prepare({ stage, shoot, flow, limitMs: preparationMs });
  const { recorder } = stage;
  const start = recorder.history(shoot.namespace).at(-1)?.revision ?? 0;
  const before = new Map(recorder.state(shoot.namespace));
  const state = (): readonly (readonly [string, StoredObject])[] => [...recorder.state(shoot.namespace)];
  const revisions = (): readonly Revision[] =>
    recorder.history(shoot.namespace).filter((one) => one.revision > start && one.resource !== 'clusters');
  const managedResources = (): readonly StoredObject[] =>
    state()
      .filter(([key]) => key.startsWith('managedresources '))
      .map(([, object]) => object);
  const { goal } = flow;
  return {
    shoot,
    act: () => flow.act(shoot),
    settle: (limitMs) => waitForGoal({ stage, shoot, goal, expected: reference.end, limitMs, quietMs: settledMs }),
    reach: (limitMs) => waitForGoal({ stage, shoot, goal, expected: undefined, limitMs }),
    revisions,
    violations({ changedByHand = false, exempt = [] } = {}) {
      const history: TrialHistory = {
        before,
        revisions: revisions(),
        namespace: shoot.namespace,
        name: shoot.name,
        goal: flow.goal,
        expected: reference.end,
        expectedWrites: reference.writes,
        canaries: stage.canaries,
        own: shoot.own,
        changedByHand,
      };
      return violations(history).filter(({ invariant }) => !exempt.includes(invariant));
    },
    managedResources,
    garbage() {
      const referenced = new Set(managedResources().flatMap(secretNames));
      return state().flatMap(([key, object]) => {
        const name = key.split('/')[1] ?? '';
        return key.startsWith('secrets ') && isCollectable(object) && !referenced.has(name) ? name : [];
      });
    },
  };
}
