/** Executors of plans without proxy rules: corrupt objects and wrong clocks. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Violation } from '../invariants/trial.ts';
import { storedFaults } from '../plans/stored.ts';
import { textAt } from '../record/revision.ts';
import { beginTrial } from './trial.ts';
import { type Executor, notSettled } from './work.ts';

export const runStoredPlan: Executor = async ({ stage, plan, session, reference }) => {
  const kind = storedFaults[plan.fault];
  if (kind === undefined) throw new Error(`${plan.name} names nothing that is stored`);
  const trial = await beginTrial({ stage, session, reference });
  await kind.corrupt(trial.shoot);
  await trial.shoot.trigger();
  if (kind.mend !== undefined) {
    await delay(3_000);
    await kind.mend(trial.shoot);
    await trial.shoot.trigger();
  }
  const reached = await trial.settle(plan.limitMs);
  const violations: Violation[] = [...trial.violations({ exempt: kind.exempt ?? [] })];
  if (reached.ms === undefined) violations.unshift(notSettled(reached.missing));
  if (!session.program().isAlive()) violations.push({ invariant: 'alive', text: 'the process has ended' });
  return { hit: true, ms: reached.ms, violations, namespaces: [trial.shoot.namespace] };
};

/** The process of the session was started with the wrong clock. */
export const runClockPlan: Executor = async ({ stage, plan, session, reference }) => {
  const trial = await beginTrial({ stage, session, reference });
  await trial.act();
  const reached = await trial.settle(plan.limitMs);
  const violations: Violation[] = [...trial.violations()];
  if (reached.ms === undefined) violations.unshift(notSettled(reached.missing));
  const wrong = trial.revisions().find(({ object }) => textAt(object, 'status', 'lastOperation', 'state') === 'Error');
  const description = textAt(wrong?.object, 'status', 'lastOperation', 'description');
  if (wrong !== undefined)
    violations.push({ invariant: 'noFalseError', text: `Error at revision ${wrong.revision}: ${description}` });
  return { hit: true, ms: reached.ms, violations, namespaces: [trial.shoot.namespace] };
};
