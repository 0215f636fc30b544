import { countWrites } from '../invariants/writes.ts';
import type { Flow } from '../plans/flows.ts';
import { type Reference, targetsOf } from '../plans/reference.ts';
import { concerns } from '../proxy/request.ts';
import { differences, type Snapshot } from '../record/snapshot.ts';
import type { Session } from '../stage/session.ts';
import type { Stage } from '../stage/stage.ts';
import { shootSnapshot } from './goal.ts';
import { beginTrial } from './trial.ts';

const limitMs = 120_000;

/** Runs a flow twice without disturbance. Throws if it does not reach its goal or if the final states differ. */
export async function recordFlow(stage: Stage, session: Session, flow: Flow): Promise<Reference> {
  const [first, second] = await Promise.all([runOnce(stage, session, flow), runOnce(stage, session, flow)]);
  const differ = differences(second.end, first.end);
  if (differ.length > 0) throw new Error(`two undisturbed runs of ${flow.name} differ: ${differ.join('; ')}`);
  // The number of polls depends on the load; the shorter run is more likely to be reproduced.
  return first.targets.length <= second.targets.length ? first : second;
}

async function runOnce(stage: Stage, session: Session, flow: Flow): Promise<Reference> {
  const nothing: Snapshot = {};
  const trial = await beginTrial({
    stage,
    session,
    reference: { flow, targets: [], events: [], end: nothing, writes: {}, ms: 0 },
  });
  const { namespace, name } = trial.shoot;
  const events: string[] = [];
  const stop = session.proxy.useEventRule((line) => {
    if (line.resource === 'networks' && line.namespace === namespace) events.push(line.type);
    return undefined;
  });
  const start = session.proxy.passages.length;
  await trial.act();
  const { ms, missing } = await trial.reach(limitMs);
  stop();
  if (ms === undefined) throw new Error(`undisturbed, ${flow.name} does not reach its goal: ${missing.join('; ')}`);
  const passages = session.proxy.passages.slice(start).filter(({ request }) => concerns(request, namespace));
  return {
    flow,
    targets: targetsOf(passages).filter(({ kind }) => !kind.endsWith(' events')),
    events,
    end: shootSnapshot(stage, trial.shoot),
    writes: countWrites({ revisions: trial.revisions(), name }),
    ms,
  };
}
