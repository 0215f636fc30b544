import type { GoalName } from '../invariants/goals.ts';
import { missing } from '../invariants/goals.ts';
import type { Flow } from '../plans/flows.ts';
import { keyText } from '../record/revision.ts';
import { differences, type Snapshot, snapshot } from '../record/snapshot.ts';
import type { Shoot } from '../stage/shoot.ts';
import type { Stage } from '../stage/stage.ts';

/** A goal counts as reached after this time without a write. */
const quietMs = 1_200;

export interface Waiting {
  readonly stage: Stage;
  readonly shoot: Shoot;
  readonly goal: GoalName;
  /** Expected state; if undefined, only the Network is checked. */
  readonly expected: Snapshot | undefined;
  readonly limitMs: number;
  /** Overrides quietMs. */
  readonly quietMs?: number;
}

export interface Reached {
  /** Milliseconds until the last write; undefined if the goal was not reached within the limit. */
  readonly ms: number | undefined;
  /** Differences from the goal at the end. */
  readonly missing: readonly string[];
}

/** Waits until a shoot has reached its goal and writes have stopped. */
export async function waitForGoal(waiting: Waiting): Promise<Reached> {
  const { stage, shoot, goal, expected, limitMs } = waiting;
  const quiet = waiting.quietMs ?? quietMs;
  const { recorder } = stage;
  const start = performance.now();
  let lastWrite = start;
  let size = recorder.size(shoot.namespace);
  for (;;) {
    const now = performance.now();
    const length = recorder.size(shoot.namespace);
    if (length !== size) lastWrite = now;
    size = length;
    const problems = missingAt({ stage, shoot, goal, expected });
    if (problems.length === 0 && now - lastWrite >= quiet) return { ms: lastWrite - start, missing: [] };
    if (now - start > limitMs && (problems.length > 0 || now - start > limitMs + 20_000))
      return { ms: undefined, missing: problems.length > 0 ? problems : ['something is written all the time'] };
    await recorder.change(shoot.namespace, Math.max(20, problems.length === 0 ? quiet - (now - lastWrite) : 500));
  }
}

function missingAt({ stage, shoot, goal, expected }: Omit<Waiting, 'limitMs' | 'quietMs'>): readonly string[] {
  const state = stage.recorder.state(shoot.namespace);
  const network = state.get(keyText({ resource: 'networks', namespace: shoot.namespace, name: shoot.name }));
  const problem = missing(goal, network);
  if (problem !== undefined) return [problem];
  return expected === undefined ? [] : differences(shootSnapshot(stage, shoot), expected);
}

export function shootSnapshot(stage: Stage, shoot: Shoot): Snapshot {
  const { namespace, own } = shoot;
  // A name is short enough to be part of other words, the namespace is not.
  return snapshot({ state: stage.recorder.state(namespace), namespace, ignored: own, name: shoot.name });
}

/** Performs the undisturbed preparation of a flow. Throws if a step does not reach its goal. */
export async function prepare(input: {
  readonly stage: Stage;
  readonly shoot: Shoot;
  readonly flow: Flow;
  readonly limitMs: number;
}): Promise<void> {
  const { stage, shoot, flow, limitMs } = input;
  await shoot.prepare();
  for (const { step, goal } of flow.given) {
    await step(shoot);
    if (goal === undefined) continue;
    const reached = await waitForGoal({ stage, shoot, goal, expected: undefined, limitMs });
    if (reached.ms === undefined) throw new Error(`not prepared: ${reached.missing.join('; ')}`);
  }
}
