import { setTimeout as delay } from 'node:timers/promises';
import { type Violation, writeKey } from '../invariants/trial.ts';
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
    const finish = async (executed: Executed): Promise<void> => {
      for (const namespace of executed.namespaces) await tidy(stage, namespace);
      done.push(executed);
      input.onResult(executed.result);
    };
    const isShared = ({ session }: Plan): boolean => session === 'shared' || session === 'patient';
    /** Plans that get processes of their own, those among them that failed beside others. */
    const alone: Alone[] = plans.filter((plan) => !isShared(plan)).map((plan) => ({ plan }));
    const runShared = async (plan: Plan): Promise<void> => {
      const shared = await sessions.get(plan.session === 'patient' ? 'patient' : 'shared');
      const executed = await executePlan({ stage, plan, references: byFlow, shared });
      if (executed.result.outcome !== 'failed' || plan.session === 'patient') return finish(executed);
      for (const namespace of executed.namespaces) stage.recorder.forget(namespace);
      alone.push({ plan, beside: executed.result.violations });
    };
    const sharing = Promise.all([
      inParallel(
        plans.filter(({ session }) => session === 'patient'),
        100,
        runShared,
      ),
      inParallel(
        plans.filter(({ session }) => session === 'shared'),
        width.shared,
        runShared,
      ),
    ]);
    let shared = false;
    const runAlone = async (): Promise<void> => {
      while (!shared || alone.length > 0) {
        const next = alone.shift();
        if (next === undefined) {
          await delay(100);
          continue;
        }
        const { result, namespaces } = await executePlan({
          stage,
          plan: next.plan,
          references: byFlow,
          shared: undefined,
        });
        await finish({ namespaces, result: next.beside === undefined ? result : { ...result, beside: next.beside } });
      }
    };
    const workers = Promise.all(Array.from({ length: width.own }, runAlone));
    try {
      await sharing;
    } finally {
      shared = true;
    }
    await workers;
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

/**
 * A plan with processes of its own. One that failed beside others runs again like this, which decides: what the others did to the process must not count
 * against it.
 */
interface Alone {
  readonly plan: Plan;
  readonly beside?: readonly Violation[];
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
  return { ...result, outcome: 'failed', violations: [violation], late: true };
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
