/** Plans whose fault affects the process, the whole API server, or stored objects before a flow starts. */
import { type Category, type Plan, planName } from './plan.ts';
import { storedFaults } from './stored.ts';

/** Hours by which the wall clock of the process is ahead. */
export const clockShifts: Readonly<Record<string, number>> = {
  'clock-2h-ahead': 2,
  'clock-2h-behind': -2,
  'clock-90s-behind': -1 / 40,
  'clock-1y-ahead': 24 * 365,
};

/** Faults that hit every request for a limited time. */
export const outages: readonly string[] = ['api-503', 'api-reset', 'api-retry-after-0', 'api-hang'];

/** Duration of each write during SIGTERM, and whether writes of the Lease are slow as well. */
export const slowWrites: Readonly<Record<string, { readonly ms: number; readonly leases: boolean }>> = {
  'sigterm-writes-of-300ms': { ms: 300, leases: false },
  'sigterm-writes-of-4s': { ms: 4_000, leases: false },
  'sigterm-writes-of-60s': { ms: 60_000, leases: false },
  'sigterm-all-writes-of-1s': { ms: 1_000, leases: true },
  'sigterm-all-writes-of-4s': { ms: 4_000, leases: true },
};

/** Faults that hit the leader at one of its writes while a standby waits for the Lease. */
export const leaderFaults = ['leader-killed', 'leader-frozen', 'leader-isolated', 'late-write'] as const;

export function single(limitMs: number): readonly Plan[] {
  const make =
    (category: Category, session: Plan['session']) =>
    (fault: string, flow: string): Plan => ({
      name: planName(flow, fault),
      category,
      flow,
      fault,
      target: undefined,
      session,
      limitMs,
    });
  const over = (faults: readonly string[], flows: readonly string[], plan: (fault: string, flow: string) => Plan) =>
    faults.flatMap((fault) => flows.map((flow) => plan(fault, flow)));
  return [
    ...over(outages, ['create', 'update', 'delete'], make('outage', 'own')),
    ...over(Object.keys(slowWrites), ['create', 'update', 'delete'], make('shutdown', 'own')),
    ...over(
      Object.keys(clockShifts),
      ['create', 'update', 'annotate', 'delete', 'held-delete', 'migrate', 'restore'],
      make('clock', 'own'),
    ),
    ...over(Object.keys(storedFaults), ['annotate'], make('stored', 'shared')),
    ...over(['two-active'], ['create', 'update', 'delete'], make('leader', 'pair')),
  ];
}
