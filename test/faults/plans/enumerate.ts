import { eventFaults } from './events.ts';
import { type Category, type Plan, planName } from './plan.ts';
import type { Reference, Target } from './reference.ts';
import { requestFaults } from './requests.ts';
import { leaderFaults, single } from './single.ts';
import { streamFaults } from './streams.ts';

export interface EnumerateInput {
  readonly references: readonly Reference[];
  readonly limitMs: number;
}

/**
 * Enumerates all plans: every fault kind at every request and event of the recorded flows, and the faults of processes and watches. For cilium, only
 * requests without a counterpart in calico: a third ScrapeConfig, a second ManagedResource, Secrets of the shoot.
 */
export function enumeratePlans({ references, limitMs }: EnumerateInput): readonly Plan[] {
  const common = new Set(
    references
      .filter(({ flow }) => flow.type === 'calico')
      .flatMap(({ flow, targets }) => targets.map((target) => targetText(flow.name, target))),
  );
  return [
    ...references.flatMap((reference) => requestPlans(reference, { limitMs, common })),
    ...references.filter(({ flow }) => flow.type === 'calico').flatMap((reference) => eventPlans(reference, limitMs)),
    ...references
      .filter(({ flow }) => ['create', 'update', 'delete'].includes(flow.name))
      .flatMap((reference) => leaderPlans(reference, limitMs)),
    ...single(limitMs),
    ...streamPlans(limitMs),
  ];
}

interface RequestPlans {
  readonly limitMs: number;
  readonly common: ReadonlySet<string>;
}

function requestPlans({ flow, targets }: Reference, { limitMs, common }: RequestPlans): readonly Plan[] {
  const [base = ''] = flow.name.split('.');
  const wanted = targets.filter((target) => flow.type === 'calico' || !common.has(targetText(base, target)));
  return Object.entries(requestFaults).flatMap(([fault, kind]) => {
    // Only flows that end with these objects can repair them.
    if (kind.byHand === true && flow.goal !== 'ready') return [];
    // A second trigger would turn a deletion or migration into another operation.
    if (fault === 'triggered-again' && flow.goal !== 'ready') return [];
    if (kind.changes === true && !['create', 'update', 'annotate'].includes(base)) return [];
    const category: Category = kind.session === 'own' ? 'crash' : 'request';
    return wanted
      .filter((target) => isHit(kind, target))
      .map(({ kind: request, ordinal }): Plan => {
        const target = { kind: request, ordinal };
        const name = planName(flow.name, fault, target);
        const limit = limitMs + (kind.graceMs ?? 0);
        return { name, category, flow: flow.name, fault, target, session: kind.session, limitMs: limit };
      });
  });
}

function targetText(flow: string, { kind, ordinal }: Target): string {
  return `${flow} ${kind} ${ordinal}`;
}

function leaderPlans({ flow, targets }: Reference, limitMs: number): readonly Plan[] {
  return leaderFaults.flatMap((fault) =>
    targets
      .filter(({ write }) => write)
      .map(({ kind, ordinal }): Plan => {
        const target = { kind, ordinal };
        const name = planName(flow.name, fault, target);
        return { name, category: 'leader', flow: flow.name, fault, target, session: 'pair', limitMs };
      }),
  );
}

function isHit({ on, kind, forMs }: (typeof requestFaults)[string], target: Target): boolean {
  if (kind !== undefined) return kind === target.kind;
  // A fault with a duration also hits later requests of the kind.
  if (forMs !== undefined && target.ordinal > 1) return false;
  return on === 'any' || (on === 'write') === target.write;
}

function eventPlans({ flow, events }: Reference, limitMs: number): readonly Plan[] {
  return Object.entries(eventFaults).flatMap(([fault, kind]) =>
    events.map((type, index): Plan => {
      const target = { kind: `EVENT ${type}`, ordinal: index + 1 };
      const limit = kind.limitMs ?? limitMs;
      const name = planName(flow.name, fault, target);
      return { name, category: 'event', flow: flow.name, fault, target, session: kind.session, limitMs: limit };
    }),
  );
}

function streamPlans(limitMs: number): readonly Plan[] {
  return Object.entries(streamFaults).flatMap(([fault, kind]) =>
    (kind.flows ?? ['create', 'update', 'delete']).map(
      (flow): Plan => ({
        name: planName(flow, fault),
        category: 'stream',
        flow,
        fault,
        target: undefined,
        session: 'own',
        limitMs,
      }),
    ),
  );
}
