import type { Violation } from '../invariants/trial.ts';
import { writeKey } from '../invariants/trial.ts';
import { enumeratePlans } from '../plans/enumerate.ts';
import { flows, waitingFlows } from '../plans/flows.ts';
import type { Plan } from '../plans/plan.ts';
import type { Reference } from '../plans/reference.ts';
import { pathOf } from '../stage/api.ts';
import { type Session, startSession } from '../stage/session.ts';
import type { Stage } from '../stage/stage.ts';
import { type Executed, executePlan, type PlanResult } from './execute.ts';
import { recordFlow } from './record.ts';

/** How many plans run at once: those that share a process, and those with processes of their own. */
export interface Width {
  readonly shared: number;
  readonly own: number;
}

export interface CampaignInput {
  readonly stage: Stage;
  readonly limitMs: number;
  readonly width: Width;
  /** Which of all plans are run. */
  readonly select: (plans: readonly Plan[]) => readonly Plan[];
  readonly onStart: (input: { readonly plans: number; readonly all: number }) => void;
  readonly onResult: (result: PlanResult) => void;
}

export interface CampaignResult {
  readonly results: readonly PlanResult[];
  readonly references: readonly Reference[];
  /** Breaches that belong to no single plan: lines in the log of a shared process. */
  readonly violations: readonly Violation[];
}

/** Records all flows, makes the plans, runs those that are selected, and looks for late writes at the end. */
export async function runCampaign(input: CampaignInput): Promise<CampaignResult> {
  const { stage, limitMs, width } = input;
  const sessions = createSessions(stage);
  try {
    const recording = await sessions.get('shared');
    const references = await Promise.all([...flows, ...waitingFlows].map((flow) => recordFlow(stage, recording, flow)));
    const byFlow = new Map(references.map((one) => [one.flow.name, one]));
    const enumerable = references.filter(({ flow }) => !waitingFlows.includes(flow));
    const all = enumeratePlans({ references: enumerable, limitMs });
    const plans = input.select(all);
    input.onStart({ plans: plans.length, all: all.length });
    const done: Executed[] = [];
    const runOne = async (plan: Plan): Promise<void> => {
      const executed = await runWithRetry({ stage, plan, references: byFlow, sessions });
      for (const namespace of executed.namespaces) await tidy(stage, namespace);
      done.push(executed);
      input.onResult(executed.result);
    };
    const of = (...kinds: readonly Plan['session'][]): readonly Plan[] =>
      plans.filter(({ session }) => kinds.includes(session));
    await Promise.all([
      inParallel(of('patient'), 100, runOne),
      inParallel(of('shared'), width.shared, runOne),
      inParallel(of('own', 'pair'), width.own, runOne),
    ]);
    const results = done.map((executed) => withLateWrites(stage, executed));
    return { results, references, violations: sessions.violations() };
  } finally {
    await sessions.close();
  }
}

/** Thousands of shoots must not fill etcd and memory: the history goes, and the dashboards, by far the largest object. */
async function tidy({ api, recorder }: Stage, namespace: string): Promise<void> {
  const names = [...recorder.state(namespace).keys()].filter((key) => key.endsWith('-dashboards'));
  recorder.forget(namespace);
  for (const key of names) await api.remove(pathOf('configmaps', namespace, key.split('/')[1]));
}

interface RetryInput {
  readonly stage: Stage;
  readonly plan: Plan;
  readonly references: ReadonlyMap<string, Reference>;
  readonly sessions: Sessions;
}

/** A plan that fails beside others runs once more alone, which decides: what the others did to the process must not count against it. */
async function runWithRetry({ stage, plan, references, sessions }: RetryInput): Promise<Executed> {
  const { session } = plan;
  if (session === 'own' || session === 'pair') return executePlan({ stage, plan, references, shared: undefined });
  const first = await executePlan({ stage, plan, references, shared: await sessions.get(session) });
  if (first.result.outcome !== 'failed' || session === 'patient') return first;
  const second = await executePlan({ stage, plan, references, shared: undefined });
  return { ...second, result: { ...second.result, aloneOnly: first.result.violations } };
}

/** Writes of a controller after its plan had come to rest. */
function withLateWrites(stage: Stage, { result, namespaces }: Executed): PlanResult {
  const late = namespaces
    .flatMap((namespace) => stage.recorder.history(namespace))
    .filter(({ writer, resource }) => writer !== undefined && resource !== 'events');
  if (late.length === 0 || result.outcome !== 'survived') return result;
  const objects = [...new Set(late.map((one) => writeKey(one, '')))].join(', ');
  const violation = {
    invariant: 'restsAtTheGoal',
    text: `${late.length} writes after it had come to rest: ${objects}`,
  };
  return { ...result, outcome: 'failed', violations: [violation] };
}

interface Sessions {
  get(kind: 'shared' | 'patient'): Promise<Session>;
  violations(): readonly Violation[];
  close(): Promise<void>;
}

/** The processes that plans share, started when they are needed and again when they have ended. */
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

async function inParallel<Item>(
  items: readonly Item[],
  width: number,
  task: (item: Item) => Promise<void>,
): Promise<void> {
  const entries = items.values();
  const worker = async (): Promise<void> => {
    for (const item of entries) await task(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
