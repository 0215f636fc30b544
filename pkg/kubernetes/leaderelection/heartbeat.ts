/**
 * The heartbeat Lease, by which gardenlet detects that the extension is alive
 * (docs/design/gardener.md#leader-election-and-heartbeat).
 */

import type { Clock, Logger } from '../../clock/clock.ts';
import { createLoop } from '../../clock/loop.ts';
import { builtin } from '../client/builtin.ts';
import type { KubeClient } from '../client/client.ts';
import { isNotFound } from '../client/errors.ts';
import { formatMicroTime } from './microtime.ts';

export interface HeartbeatOptions {
  readonly client: Pick<KubeClient, 'create' | 'mergePatch'>;
  readonly namespace: string;
  /** Name of the extension, `networking-calico`. */
  readonly holder: string;
  /** Renewal interval, and duration of the Lease. */
  readonly seconds: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default: `gardener-extension-heartbeat`. */
  readonly name?: string;
}

/**
 * Renews the heartbeat Lease until the signal aborts, the first time immediately. Never rejects: a failed renewal is
 * logged, and the next one follows at its regular time. Must be run by the leader only.
 */
export async function runHeartbeat(options: HeartbeatOptions, signal: AbortSignal): Promise<void> {
  const { clock, logger, namespace, seconds, name = 'gardener-extension-heartbeat' } = options;
  const loop = createLoop({
    clock,
    step: async (signal) => {
      const startedAt = clock.monotonic();
      try {
        await renew({ ...options, name }, signal);
      } catch (error) {
        if (!signal.aborted)
          logger.warn({ lease: `${namespace}/${name}`, err: error }, 'Failed to renew heartbeat lease');
      }
      return Math.max(0, startedAt + seconds * 1000 - clock.monotonic());
    },
  });
  await loop.run(signal);
}

async function renew(options: HeartbeatOptions & { readonly name: string }, signal: AbortSignal): Promise<void> {
  const { client, namespace, name, holder, seconds, clock } = options;
  const spec = { holderIdentity: holder, leaseDurationSeconds: seconds, renewTime: formatMicroTime(clock.now()) };
  const call = { resource: builtin.leases, signal };
  try {
    await client.mergePatch({ ...call, namespace, name, patch: { spec } });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const object = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { namespace, name }, spec };
    await client.create({ ...call, object });
  }
}
