import type { Clock } from '../../pkg/clock/clock.ts';
import { builtin } from '../../pkg/kubernetes/client/builtin.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { readLease } from '../../pkg/kubernetes/leaderelection/lease.ts';

export interface HolderInput {
  readonly client: Pick<KubeClient, 'find'>;
  readonly namespace: string;
  readonly name: string;
  readonly clock: Clock;
}

/**
 * Whether somebody leads by a Lease, asked again and again: no longer once it is given back, or was not renewed for its duration between two
 * questions, so that no clock of another machine is believed. Undefined while there is no such Lease. Throws what the client throws.
 */
export function createHolderWatch({ client, namespace, name, clock }: HolderInput): () => Promise<boolean | undefined> {
  let seen: { readonly fingerprint: string; readonly at: number } | undefined;
  return async () => {
    const lease = await client.find({ resource: builtin.leases, namespace, name });
    if (lease === undefined) return undefined;
    const { holder, durationMs = defaultDurationMs, fingerprint } = readLease(lease);
    if (holder === '') return false;
    if (seen?.fingerprint !== fingerprint) seen = { fingerprint, at: clock.monotonic() };
    return clock.monotonic() - seen.at < durationMs;
  };
}

const defaultDurationMs = 15_000;
