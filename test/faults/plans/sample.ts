import { createHash } from 'node:crypto';
import type { Plan } from './plan.ts';

/** Number of plans per fault kind in a sample. */
const perFault = {
  request: 2,
  crash: 5,
  event: 2,
  stream: 1,
  outage: 1,
  leader: 0,
  shutdown: 1,
  clock: 1,
  stored: 1,
} as const;
/** Plans with a longer limit are not part of a sample. */
const longestMs = 120_000;
/** Faults that end only with the deadline of the client. */
const slow: ReadonlySet<string> = new Set(['hang', 'response-lost', 'api-hang']);

/** Selects a deterministic sample that takes about two minutes on two processors: a few plans per fault kind, spread by a digest of their names. */
export function samplePlans(plans: readonly Plan[]): readonly Plan[] {
  const byFault = Map.groupBy(plans, ({ fault }) => fault);
  return [...byFault.values()].flatMap((group) => {
    const quick = group.filter(({ fault, limitMs }) => limitMs <= longestMs && !slow.has(fault));
    return quick
      .sort((one, other) => (digest(one) < digest(other) ? -1 : 1))
      .slice(0, perFault[quick[0]?.category ?? 'request']);
  });
}

function digest({ name }: Plan): string {
  return createHash('sha256').update(name).digest('hex');
}
