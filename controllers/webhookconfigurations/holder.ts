import type { Clock } from '../../pkg/clock/clock.ts';
import { builtin } from '../../pkg/kubernetes/client/builtin.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { readLease } from '../../pkg/kubernetes/leaderelection/lease.ts';

export interface LeaseHolderInput {
  readonly client: Pick<KubeClient, 'find'>;
  readonly namespace: string;
  readonly name: string;
  readonly clock: Clock;
}

/**
 * Returns a function that checks whether a Lease has a holder. The result is false once the Lease is released or was
 * not renewed for its duration between two calls, which does not depend on the clock of the holder; it is undefined if
 * the Lease does not exist. Throws errors of the client.
 */
export function createLeaseHolderCheck({
  client,
  namespace,
  name,
  clock,
}: LeaseHolderInput): () => Promise<boolean | undefined> {
  let observed: { readonly fingerprint: string; readonly at: number } | undefined;
  return async () => {
    const lease = await client.find({ resource: builtin.leases, namespace, name });
    if (lease === undefined) return undefined;
    const { holder, durationMs = defaultDurationMs, fingerprint } = readLease(lease);
    if (holder === '') return false;
    if (observed?.fingerprint !== fingerprint) observed = { fingerprint, at: clock.monotonic() };
    return clock.monotonic() - observed.at < durationMs;
  };
}

const defaultDurationMs = 15_000;
