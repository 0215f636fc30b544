import PQueue from 'p-queue';
import { type Violation, writeKey } from '../invariants/trial.ts';
import { enumeratePlans } from '../plans/enumerate.ts';
import { flows, waitingFlows } from '../plans/flows.ts';
import type { Plan } from '../plans/plan.ts';
import type { Reference } from '../plans/reference.ts';
import { type Session, startSession } from '../stage/session.ts';
import type { Stage } from '../stage/stage.ts';
import { type Executed, executePlan, type PlanResult } from './execute.ts';
import { recordFlow } from './record.ts';

/** Number of concurrent plans: with shared processes, and with own processes. */
export interface Width {
  readonly shared: number;
  readonly own: number;
}

export interface CampaignInput {
  readonly stage: Stage;
  readonly limitMs: number;
  readonly width: Width;
  /** Selects the plans to run. */
  readonly select: (plans: readonly Plan[]) => readonly Plan[];
  readonly onStart: (input: { readonly plans: number; readonly all: number }) => void;
  readonly onResult: (result: PlanResult) => void;
}

export interface CampaignResult {
  readonly results: readonly PlanResult[];
  readonly references: readonly Reference[];
  /** Violations that cannot be attributed to a plan: lines in the log of a shared process. */
  readonly violations: readonly Violation[];
}

/** Records all flows, enumerates the plans, runs the selected ones and checks for late writes at the end. */
export async function runCampaign(input: CampaignInput): Promise<CampaignResult> {
  const { stage, limitMs } = input;
  const sessions = createSessions(stage);
  try {
    const recording = await sessions.get('shared');
    const references = await Promise.all([...flows, ...waitingFlows].map((flow) => recordFlow(stage, recording, flow)));
    const byFlow = new Map(references.map((one) => [one.flow.name, one]));
    const enumerable = references.filter(({ flow }) => !waitingFlows.includes(flow));
    const all = enumeratePlans({ references: enumerable, limitMs });
    const plans = input.select(all);
    input.onStart({ plans: plans.length, all: all.length });
    const done = await runPlans({ input, plans, references: byFlow, sessions });
    const results = done.map((executed) => withLateWrites(stage, executed));
    return { results, references, violations: sessions.violations() };
  } finally {
    await sessions.close();
  }
}

interface RunPlans {
  readonly input: CampaignInput;
  readonly plans: readonly Plan[];
  readonly references: ReadonlyMap<string, Reference>;
  readonly sessions: Sessions;
}

/**
 * Runs plans concurrently. A plan that fails in a shared process runs again in its own process, and the second result counts: effects of other plans on the
 * process must not fail it.
 */
async function runPlans({ input, plans, references, sessions }: RunPlans): Promise<readonly Executed[]> {
  const { stage, width } = input;
  const done: Executed[] = [];
  const patient = new PQueue({ concurrency: 100 });
  const shared = new PQueue({ concurrency: width.shared });
  const own = new PQueue({ concurrency: width.own });
  const finish = (executed: Executed): void => {
    for (const namespace of executed.namespaces) stage.recorder.forget(namespace);
    done.push(executed);
    input.onResult(executed.result);
  };
  const runAlone = async (plan: Plan, beside?: readonly Violation[]): Promise<void> => {
    const { result, namespaces } = await executePlan({ stage, plan, references, shared: undefined });
    finish({ namespaces, result: beside === undefined ? result : { ...result, beside } });
  };
  const runPatient = async (plan: Plan): Promise<void> =>
    finish(await executePlan({ stage, plan, references, shared: await sessions.get('patient') }));
  const runShared = async (plan: Plan): Promise<void> => {
    const executed = await executePlan({ stage, plan, references, shared: await sessions.get('shared') });
    if (executed.result.outcome !== 'failed') {
      finish(executed);
      return;
    }
    for (const namespace of executed.namespaces) stage.recorder.forget(namespace);
    running.push(own.add(() => runAlone(plan, executed.result.violations)));
  };
  const running = plans.map((plan): Promise<void> => {
    if (plan.session === 'patient') return patient.add(() => runPatient(plan));
    if (plan.session === 'shared') return shared.add(() => runShared(plan));
    return own.add(() => runAlone(plan));
  });
  // Reruns are appended during the wait.
  for (const one of running) await one;
  return done;
}

/** Writes of the Network after the end of a plan: a run whose last response was lost is repeated once. */
const lateNetworkWrites = 2;

/** Turns writes after the end of a plan into a failure. */
function withLateWrites(stage: Stage, { result, namespaces }: Executed): PlanResult {
  const late = namespaces
    .flatMap((namespace) => stage.recorder.history(namespace))
    .filter(({ writer, resource }) => writer !== undefined && resource !== 'events');
  const allowed = late.every(({ resource }) => resource === 'networks') && late.length <= lateNetworkWrites;
  if (allowed || result.outcome !== 'survived') return result;
  const objects = [...new Set(late.map((one) => writeKey(one, '')))].join(', ');
  const violation = {
    invariant: 'restsAtTheGoal',
    text: `${late.length} writes after it had come to rest: ${objects}`,
  };
  return { ...result, outcome: 'failed', violations: [violation], late: true };
}

interface Sessions {
  get(kind: 'shared' | 'patient'): Promise<Session>;
  violations(): readonly Violation[];
  close(): Promise<void>;
}

/** Manages the shared processes: starts them on demand and after they have ended. */
function createSessions(stage: Stage): Sessions {
  const present = new Map<string, Promise<Session>>();
  const all: Session[] = [];
  const start = async (): Promise<Session> => {
    const session = await startSession({ stage, types: 'calico,cilium', workers: 40 });
    all.push(session);
    return session;
  };
  return {
    async get(kind) {
      const found = await present.get(kind);
      if (found?.program().isAlive() === true) return found;
      const started = start();
      present.set(kind, started);
      return started;
    },
    violations: () =>
      all.flatMap((session) =>
        session.findings.map(({ kind, text }) => ({ invariant: `log:${kind}`, text: `${session.name}: ${text}` })),
      ),
    close: async () => {
      await Promise.all(all.map((session) => session.close()));
    },
  };
}
