import { createHash } from 'node:crypto';
import type { Plan } from './plan.ts';

/** How many plans of each fault kind a sample has, and the longest that they may take. */
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
/** A plan that waits for longer than this is no part of a sample. */
const longestMs = 60_000;
/** What a client notices by its own deadline only. */
const slow: ReadonlySet<string> = new Set(['hang', 'answer-lost', 'api-hang']);

/** A fixed selection that ends in two minutes on two processors: some plans of each fault kind, spread over flows and requests by a digest of their names. */
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
