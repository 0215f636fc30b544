/**
 * Leader election on a Lease, client-go's rules: 15 s lease, 10 s to renew it, 2 s between attempts. The lease of
 * somebody else is judged by when we saw it change, never by the clock that wrote it. Two replicas can still believe
 * for a moment that they lead, so every write asks `assertLeader` first. A leader that cannot renew stops leading and
 * competes again; the process goes on.
 */

import { type Clock, type Logger, linkSignal, type Random, sleep } from '../../clock/clock.ts';
import type { KubeObject } from '../../gardener/objects.ts';
import type { KubeClient } from '../client/client.ts';
import { isAlreadyExists, isConflict, isNotFound, isRetryable } from '../client/errors.ts';
import { heldLease, leaseResource, readLease, releasedLease } from './lease.ts';

export interface ElectorOptions {
  /** Without rate limit and write guard: a lease is renewed whatever else goes on. */
  readonly client: Pick<KubeClient, 'find' | 'create' | 'replace'>;
  readonly namespace: string;
  readonly name: string;
  /** Distinguishes the candidates: pod name and something that a restart changes. */
  readonly identity: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** How long the others wait for us; 15 s. */
  readonly leaseMs?: number;
  /** Without a renewal for this long we stop leading, before the others begin; 10 s. */
  readonly renewMs?: number;
  /** Between attempts; 2 s. */
  readonly retryMs?: number;
  /** For the gauge leader_election_master_status. */
  readonly onChange?: (leading: boolean) => void;
}

/** Thrown by `assertLeader`: the write must not be sent. */
export class NotLeader extends Error {
  override readonly name = 'NotLeader';
}

export interface ElectorRun {
  readonly signal: AbortSignal;
  /**
   * Called when the lease was got; its signal aborts when the lease is lost or `signal` aborts. Until its promise settles
   * nobody here competes again, and after an abort of `signal` the lease is still renewed, so that it can drain in
   * peace. When it settles although nothing was lost, the lease is given back.
   */
  readonly lead: (lost: AbortSignal) => Promise<void>;
}

export interface Elector {
  /** Competes and leads until the signal aborts, and gives the lease back. Never rejects. To be called once. */
  run(input: ElectorRun): Promise<void>;
  isLeader(): boolean;
  /** Throws NotLeader unless the lease was renewed within `renewMs`, by the monotonic clock. */
  assertLeader(): void;
  /** Monotonic milliseconds since the last successful renewal was sent; undefined when we do not lead. */
  leaseAge(): number | undefined;
  /** A write to the lease has ever succeeded: false for long, while nobody else holds it, means missing permissions. */
  hasWritten(): boolean;
  /**
   * Somebody else holds the lease, as far as was seen: this process is a standby as it should be. An API server that went away since
   * then changes nothing about that, one that refuses us does.
   */
  isStandby(): boolean;
}

export function createElector(options: ElectorOptions): Elector {
  const { client, namespace, name, identity, clock, random, logger } = options;
  const { leaseMs = 15_000, renewMs = 10_000, retryMs = 2_000 } = options;
  if (!(leaseMs > renewMs && renewMs > retryMs && retryMs > 0)) {
    throw new Error(`lease ${leaseMs} ms must be longer than renewal ${renewMs} ms, and that than retry ${retryMs} ms`);
  }
  const names = { lease: `${namespace}/${name}`, identity };
  /** When the write that got or renewed the lease was sent; undefined while we do not lead. */
  let renewedAt: number | undefined;
  /** The lease as we wrote it last, for renewals without reading it. */
  let written: KubeObject | undefined;
  /** Somebody else's lease, and when we saw it change. */
  let observed: { readonly fingerprint: string; readonly at: number; readonly untilMs: number } | undefined;
  let hasWritten = false;
  /** The last attempt got no answer, or a temporary one. */
  let away = false;
  /** A write may have been stored since the lease was given back last, answered or not. */
  let sent = false;
  let told = false;

  return {
    run,
    isLeader: () => age() < renewMs,
    assertLeader: () => {
      const ms = age();
      if (ms < renewMs) return;
      const why = ms === Number.POSITIVE_INFINITY ? 'is not held' : `was renewed ${Math.round(ms)} ms ago`;
      throw new NotLeader(`${identity} must not write: Lease ${namespace}/${name} ${why}`);
    },
    leaseAge: () => (renewedAt === undefined ? undefined : age()),
    hasWritten: () => hasWritten,
    isStandby: () => observed !== undefined && observed.untilMs > 0 && (away || isFresh(observed)),
  };

  function age(): number {
    return renewedAt === undefined ? Number.POSITIVE_INFINITY : clock.monotonic() - renewedAt;
  }

  async function run({ signal, lead }: ElectorRun): Promise<void> {
    while (!signal.aborted) {
      const got = await attempt({ signal, timeoutMs: renewMs / 2 });
      if (got && !signal.aborted) await serve({ signal, lead });
      // client-go's jitter factor 1.2: one to 2.2 times the period, so that candidates do not move in step.
      await sleep(clock, retryMs * (1 + 1.2 * random()), signal);
    }
    await release();
  }

  /** One term: leads, renews meanwhile, and comes back when `lead` has ended. */
  async function serve({ signal, lead }: ElectorRun): Promise<void> {
    logger.info(names, 'became leader');
    tell(true);
    const lost = linkSignal(signal);
    const ended = new AbortController();
    const leading = conduct(lead, lost.signal).then(() => ended.abort());
    await renewUntil(ended.signal);
    if (age() >= renewMs) {
      logger.warn(names, 'lost the lease, waiting for what still runs');
      lost.abort(new NotLeader(`Lease ${namespace}/${name} was lost`));
      tell(false);
    }
    await leading;
    lost.release();
    await release();
    tell(false);
    logger.info(names, 'stopped leading');
  }

  async function conduct(lead: ElectorRun['lead'], lost: AbortSignal): Promise<void> {
    try {
      await lead(lost);
    } catch (error) {
      logger.error({ ...names, err: error }, 'leading failed');
    }
  }

  /** Returns when the signal aborts or the lease is lost. */
  async function renewUntil(ended: AbortSignal): Promise<void> {
    while (!ended.aborted && age() < renewMs) {
      // A fraction of a millisecond that is left would be slept through again and again, without an end on a clock that does not move.
      await sleep(clock, Math.max(1, Math.min(retryMs, renewMs - age())), ended);
      // Also after the process was frozen: a lease that is too old is lost, whoever holds it now.
      if (ended.aborted || age() >= renewMs) return;
      await attempt({ signal: ended, timeoutMs: Math.max(1, Math.min(renewMs / 2, renewMs - age())) });
    }
  }

  interface Attempt {
    readonly signal?: AbortSignal;
    readonly timeoutMs: number;
  }

  /** Tries to get or renew the lease; false when it is somebody else's, or when nobody can tell. */
  async function attempt(input: Attempt): Promise<boolean> {
    try {
      const held = await hold(input);
      away = false;
      return held;
    } catch (error) {
      away = isRetryable(error);
      // Losing a race to write is part of the game.
      if (isConflict(error) || isAlreadyExists(error))
        logger.debug({ ...names, err: error }, 'another candidate was faster');
      else if (input.signal?.aborted !== true) logger.warn({ ...names, err: error }, 'the lease could not be written');
      return false;
    }
  }

  async function hold(input: Attempt): Promise<boolean> {
    if (written !== undefined && renewedAt !== undefined && (await renewBlindly(written, input))) return true;
    const call = { resource: leaseResource, retries: 0, ...input };
    const lease = await client.find({ ...call, namespace, name });
    if (lease !== undefined && isHeldByOther(lease)) {
      renewedAt = undefined;
      return false;
    }
    await store(lease, input);
    return true;
  }

  /** Saves the read of each renewal; false when the stored lease is not the one that we wrote. */
  async function renewBlindly(lease: KubeObject, input: Attempt): Promise<boolean> {
    try {
      await store(lease, input);
      return true;
    } catch (error) {
      if (!isConflict(error) && !isNotFound(error)) throw error;
      return false;
    }
  }

  async function store(lease: KubeObject | undefined, input: Attempt): Promise<void> {
    const call = { resource: leaseResource, retries: 0, ...input };
    const object = heldLease({ lease, namespace, name, identity, leaseMs, now: clock.now() });
    // From before the request: it may be stored at once and answered late.
    const sentAt = clock.monotonic();
    sent = true;
    written =
      lease === undefined ? await client.create({ ...call, object }) : await client.replace({ ...call, object });
    renewedAt = sentAt;
    hasWritten = true;
  }

  function isHeldByOther(lease: KubeObject): boolean {
    const { holder, durationMs, fingerprint } = readLease(lease);
    const untilMs = holder === '' || holder === identity ? 0 : (durationMs ?? leaseMs);
    if (observed?.fingerprint !== fingerprint) observed = { fingerprint, at: clock.monotonic(), untilMs };
    return isFresh(observed);
  }

  function isFresh(seen: { readonly at: number; readonly untilMs: number }): boolean {
    return clock.monotonic() - seen.at < seen.untilMs;
  }

  /** Best effort: without it the next leader has to wait for the lease to run out. */
  async function release(): Promise<void> {
    renewedAt = undefined;
    if (!sent) return;
    sent = false;
    const call = { resource: leaseResource, retries: 0, timeoutMs: retryMs };
    try {
      const lease = await client.find({ ...call, namespace, name });
      if (lease === undefined || readLease(lease).holder !== identity) return;
      await client.replace({ ...call, object: releasedLease(lease, clock.now()) });
    } catch (error) {
      logger.info({ ...names, err: error }, 'the lease was not given back and runs out by itself');
    }
  }

  function tell(leading: boolean): void {
    if (leading === told) return;
    told = leading;
    try {
      options.onChange?.(leading);
    } catch (error) {
      logger.error({ ...names, err: error }, 'onChange failed');
    }
  }
}
