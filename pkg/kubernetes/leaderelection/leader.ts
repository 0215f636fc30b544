/**
 * Leader election on a Lease by the rules of client-go: 15 s lease duration, 10 s renew deadline, 2 s retry period. The
 * Lease of another candidate expires by the time at which it was observed to change, never by the clock of its writer.
 * Two replicas can still consider themselves leader for a moment, so every write calls `assertLeader` first. Unlike
 * client-go, a leader that cannot renew stops leading and competes again without ending the process.
 */

import { type Clock, type Logger, linkSignal, type Random, sleep, whenAborted } from '../../clock/clock.ts';
import type { KubeObject } from '../../gardener/objects.ts';
import { builtin } from '../client/builtin.ts';
import type { KubeClient } from '../client/client.ts';
import { isAlreadyExists, isConflict, isNotFound, isRetryable } from '../client/errors.ts';
import {
  type ElectionEvent,
  initialElection,
  isHeldByOther,
  isStandby,
  leaseAgeMs,
  nextAction,
  reduce,
} from './election.ts';
import { heldLease, readLease, releasedLease } from './lease.ts';

export interface ElectorOptions {
  /** Must have neither a rate limit nor a write guard, so that nothing delays a renewal. */
  readonly client: Pick<KubeClient, 'find' | 'create' | 'replace'>;
  readonly namespace: string;
  readonly name: string;
  /** Identifies the candidate; must differ between restarts, for example pod name and UUID. */
  readonly identity: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Lease duration: other candidates wait this long for a leader that does not renew. Default: 15 s. */
  readonly leaseMs?: number;
  /** Renew deadline: a leader without a successful renewal for this long stops leading. Default: 10 s. */
  readonly renewMs?: number;
  /** Retry period between attempts. Default: 2 s. */
  readonly retryMs?: number;
  /** Called when this candidate starts or stops leading, for the gauge leader_election_master_status. */
  readonly onChange?: (leading: boolean) => void;
}

/** Thrown by `assertLeader`: the write must not be sent. */
export class NotLeader extends Error {
  override readonly name = 'NotLeader';
}

export interface ElectorRun {
  readonly signal: AbortSignal;
  /**
   * Called when the Lease is acquired. Its signal aborts when the Lease is lost or `signal` aborts. Until the promise
   * settles, this candidate does not compete again, and after an abort of `signal` it keeps renewing the Lease, so that
   * the callback can drain. When the promise settles, the Lease is released.
   */
  readonly onStartedLeading: (signal: AbortSignal) => Promise<void>;
}

export interface Elector {
  /** Competes and leads until the signal aborts, then releases the Lease. Never rejects. Must be called only once. */
  run(input: ElectorRun): Promise<void>;
  isLeader(): boolean;
  /** Throws NotLeader unless the Lease was renewed within `renewMs`, by the monotonic clock. */
  assertLeader(): void;
  /** Milliseconds since the last successful renewal was sent; undefined while the Lease is not held. */
  leaseAge(): number | undefined;
  /**
   * Returns whether any write of the Lease has succeeded. If not, although no other candidate holds it, permissions are
   * missing.
   */
  hasWritten(): boolean;
  /**
   * Returns whether another candidate was observed to hold the Lease. This remains true while the API server is
   * unreachable, but not while it rejects requests.
   */
  isStandby(): boolean;
}

export function createElector(options: ElectorOptions): Elector {
  const { client, namespace, name, identity, clock, random, logger } = options;
  const { leaseMs = 15_000, renewMs = 10_000, retryMs = 2_000 } = options;
  const timing = { leaseMs, renewMs, retryMs };
  if (!(leaseMs > renewMs && renewMs > retryMs && retryMs > 0)) {
    throw new Error(
      `lease duration ${leaseMs} ms must exceed renew deadline ${renewMs} ms, which must exceed retry period ${retryMs} ms`,
    );
  }
  const names = { lease: `${namespace}/${name}`, identity };
  let state = initialElection;

  return {
    run,
    isLeader: () => age() < renewMs,
    assertLeader: () => {
      const ms = age();
      if (ms < renewMs) return;
      const why = ms === Number.POSITIVE_INFINITY ? 'is not held' : `was renewed ${Math.round(ms)} ms ago`;
      throw new NotLeader(`${identity} must not write: Lease ${namespace}/${name} ${why}`);
    },
    leaseAge: () => (state.renewedAt === undefined ? undefined : age()),
    hasWritten: () => state.hasWritten,
    isStandby: () => isStandby(state, clock.monotonic()),
  };

  function age(): number {
    return leaseAgeMs(state, clock.monotonic());
  }

  function apply(event: ElectionEvent): void {
    state = reduce(state, event, { identity, leaseMs });
  }

  /** Performs one action after another; all decisions are in election.ts. */
  async function run({ signal, onStartedLeading }: ElectorRun): Promise<void> {
    let callback = noCallback;
    for (;;) {
      const callbackEnded = callback.ended.aborted;
      const situation = { timing, now: clock.monotonic(), stopping: signal.aborted, callbackEnded, random };
      const action = nextAction(state, situation);
      // A leader continues until its callback has ended, even if the signal has aborted.
      const until = state.role === 'candidate' ? signal : callback.ended;
      switch (action.do) {
        case 'acquire':
        case 'renew':
          await attempt({ signal: until, timeoutMs: action.timeoutMs });
          break;
        case 'wait':
          await sleep(clock, action.ms, until);
          apply({ type: 'waited' });
          break;
        case 'startLeading':
          apply({ type: 'startedLeading' });
          logger.info(names, 'Became leader');
          notify(true);
          callback = startCallback(onStartedLeading, signal);
          break;
        case 'stopLeading':
          apply({ type: 'lost' });
          logger.warn(names, 'Lost lease, draining running reconciles');
          callback.abort(new NotLeader(`Lease ${namespace}/${name} was lost`));
          notify(false);
          break;
        case 'awaitCallback':
          await whenAborted(callback.ended);
          break;
        case 'release':
          await release();
          break;
        case 'end':
          return;
      }
    }
  }

  function startCallback(onStartedLeading: ElectorRun['onStartedLeading'], signal: AbortSignal): Callback {
    const linked = linkSignal(signal);
    const controller = new AbortController();
    void runCallback(onStartedLeading, linked.signal).finally(() => {
      linked.release();
      controller.abort();
    });
    return { ended: controller.signal, abort: linked.abort };
  }

  async function runCallback(onStartedLeading: ElectorRun['onStartedLeading'], signal: AbortSignal): Promise<void> {
    try {
      await onStartedLeading(signal);
    } catch (error) {
      logger.error({ ...names, err: error }, 'Leader callback failed');
    }
  }

  interface Attempt {
    readonly signal: AbortSignal;
    readonly timeoutMs: number;
  }

  /** Tries to acquire or renew the Lease. */
  async function attempt(input: Attempt): Promise<void> {
    try {
      await acquireOrRenew(input);
      apply({ type: 'attemptEnded', unreachable: false });
    } catch (error) {
      apply({ type: 'attemptEnded', unreachable: isRetryable(error) });
      // Conflicts are expected while several candidates compete.
      if (isConflict(error) || isAlreadyExists(error))
        logger.debug({ ...names, err: error }, 'Another candidate wrote the lease first');
      else if (!input.signal.aborted) logger.warn({ ...names, err: error }, 'Failed to acquire or renew lease');
    }
  }

  async function acquireOrRenew(input: Attempt): Promise<void> {
    const { written, renewedAt } = state;
    if (written !== undefined && renewedAt !== undefined && (await renewWithoutRead(written, input))) return;
    const call = { resource: builtin.leases, retries: 0, ...input };
    const lease = await client.find({ ...call, namespace, name });
    if (lease === undefined) return await write(undefined, input);
    const now = clock.monotonic();
    apply({ type: 'read', lease: readLease(lease), now });
    if (!isHeldByOther(state, now)) await write(lease, input);
  }

  /** Saves one read per renewal. Returns false if the stored Lease differs from the one written last. */
  async function renewWithoutRead(lease: KubeObject, input: Attempt): Promise<boolean> {
    try {
      await write(lease, input);
      return true;
    } catch (error) {
      if (!isConflict(error) && !isNotFound(error)) throw error;
      return false;
    }
  }

  async function write(lease: KubeObject | undefined, input: Attempt): Promise<void> {
    const call = { resource: builtin.leases, retries: 0, ...input };
    const object = heldLease({ lease, namespace, name, identity, leaseMs, now: clock.now() });
    // Measured before the request: the API server may store the write immediately and respond late.
    const sentAt = clock.monotonic();
    apply({ type: 'writing' });
    const written =
      lease === undefined ? await client.create({ ...call, object }) : await client.replace({ ...call, object });
    apply({ type: 'written', lease: written, sentAt });
  }

  async function release(): Promise<void> {
    const { role } = state;
    apply({ type: 'releasing' });
    await clearHolder();
    if (role === 'leader') notify(false);
    if (role !== 'candidate') logger.info(names, 'Stopped leading');
  }

  /**
   * Repeats the release for half of the renew deadline: a renewal that was on its way may arrive first, and a slow API
   * server may need longer than one attempt. Otherwise the next leader has to wait until the Lease expires.
   */
  async function clearHolder(): Promise<void> {
    const endsAt = clock.monotonic() + renewMs / 2;
    for (;;) {
      try {
        return await releaseOnce(endsAt - clock.monotonic());
      } catch (error) {
        const pauseMs = isConflict(error) ? 0 : retryMs / 10;
        const isFinal = !isConflict(error) && !isRetryable(error);
        if (isFinal || clock.monotonic() + pauseMs >= endsAt) {
          logger.info({ ...names, err: error }, 'Failed to release lease, it will expire');
          return;
        }
        await sleep(clock, pauseMs);
      }
    }
  }

  async function releaseOnce(timeoutMs: number): Promise<void> {
    const call = { resource: builtin.leases, retries: 0, timeoutMs };
    const lease = await client.find({ ...call, namespace, name });
    if (lease === undefined || readLease(lease).holder !== identity) return;
    await client.replace({ ...call, object: releasedLease(lease, clock.now()) });
  }

  function notify(leading: boolean): void {
    try {
      options.onChange?.(leading);
    } catch (error) {
      logger.error({ ...names, err: error }, 'onChange callback failed');
    }
  }
}

/** A running callback of a leader. */
interface Callback {
  /** Aborts when the callback has ended. */
  readonly ended: AbortSignal;
  /** Aborts the signal of the callback. */
  readonly abort: (reason: Error) => void;
}

const noCallback: Callback = { ended: AbortSignal.abort(), abort: () => {} };
