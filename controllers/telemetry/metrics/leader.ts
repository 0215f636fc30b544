import type { Elector } from '../../../pkg/kubernetes/leaderelection/leader.ts';
import type { MetricsContext } from './instruments.ts';

export interface LeaderMetrics {
  readonly onChange: (leading: boolean) => void;
  /** Sets the source of the age of the Lease. */
  measure(elector: Pick<Elector, 'leaseAge'>): void;
}

export function leaderMetrics({ instruments, measure }: MetricsContext, name: string): LeaderMetrics {
  const status = instruments.gauge('leader_election_master_status');
  const age = instruments.gauge('gardener_extension_network_lease_age_seconds');
  status.set({ name }, 0);
  age.set({ name }, 0);
  return {
    onChange: (leading) => status.set({ name }, leading ? 1 : 0),
    measure: (elector) => measure(() => age.set({ name }, (elector.leaseAge() ?? 0) / 1000)),
  };
}
