/**
 * Leader election on a Lease, client-go's rules: 15 s lease, 10 s to renew it, 2 s between attempts. The lease of
 * somebody else is judged by when we saw it change, never by the clock that wrote it. Two replicas can still believe
 * for a moment that they lead, so every write asks `assertLeader` first. A leader that cannot renew stops leading and
 * competes again; the process goes on.
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
  readonly onStartedLeading: (signal: AbortSignal) => Promise<void>;
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
  const timing = { leaseMs, renewMs, retryMs };
  if (!(leaseMs > renewMs && renewMs > retryMs && retryMs > 0)) {
    throw new Error(`lease ${leaseMs} ms must be longer than renewal ${renewMs} ms, and that than retry ${retryMs} ms`);
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

  function record(event: ElectionEvent): void {
    state = reduce(state, event, { identity, leaseMs });
  }

  /** The one loop with effects: does what the state asks for, one action after the other. */
  async function run({ signal, onStartedLeading }: ElectorRun): Promise<void> {
    let callback = ended;
    for (;;) {
      const callbackEnded = callback.ended.aborted;
      const situation = { timing, now: clock.monotonic(), stopping: signal.aborted, callbackEnded, random };
      const action = nextAction(state, situation);
      // A leader goes on until its callback has ended, whatever the signal says.
      const until = state.role === 'candidate' ? signal : callback.ended;
      switch (action.do) {
        case 'acquire':
        case 'renew':
          await attempt({ signal: until, timeoutMs: action.timeoutMs });
          break;
        case 'wait':
          await sleep(clock, action.ms, until);
          record({ type: 'waited' });
          break;
        case 'startLeading':
          record({ type: 'startedLeading' });
          logger.info(names, 'became leader');
          notify(true);
          callback = startCallback(onStartedLeading, signal);
          break;
        case 'stopLeading':
          record({ type: 'lost' });
          logger.warn(names, 'lost the lease, waiting for what still runs');
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
      logger.error({ ...names, err: error }, 'leading failed');
    }
  }

  interface Attempt {
    readonly signal?: AbortSignal;
    readonly timeoutMs: number;
  }

  /** Tries to get or renew the lease. */
  async function attempt(input: Attempt): Promise<void> {
    try {
      await hold(input);
      record({ type: 'attemptEnded', unreachable: false });
    } catch (error) {
      record({ type: 'attemptEnded', unreachable: isRetryable(error) });
      // Losing a race to write is part of the game.
      if (isConflict(error) || isAlreadyExists(error))
        logger.debug({ ...names, err: error }, 'another candidate was faster');
      else if (input.signal?.aborted !== true) logger.warn({ ...names, err: error }, 'the lease could not be written');
    }
  }

  async function hold(input: Attempt): Promise<void> {
    const { written, renewedAt } = state;
    if (written !== undefined && renewedAt !== undefined && (await renewBlindly(written, input))) return;
    const call = { resource: builtin.leases, retries: 0, ...input };
    const lease = await client.find({ ...call, namespace, name });
    if (lease === undefined) return await store(undefined, input);
    const now = clock.monotonic();
    record({ type: 'read', lease: readLease(lease), now });
    if (!isHeldByOther(state, now)) await store(lease, input);
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
    const call = { resource: builtin.leases, retries: 0, ...input };
    const object = heldLease({ lease, namespace, name, identity, leaseMs, now: clock.now() });
    // From before the request: it may be stored at once and answered late.
    const sentAt = clock.monotonic();
    record({ type: 'writing' });
    const written =
      lease === undefined ? await client.create({ ...call, object }) : await client.replace({ ...call, object });
    record({ type: 'written', lease: written, sentAt });
  }

  async function release(): Promise<void> {
    const { role } = state;
    record({ type: 'releasing' });
    await giveBack();
    if (role === 'leader') notify(false);
    if (role !== 'candidate') logger.info(names, 'stopped leading');
  }

  /** Best effort: without it the next leader has to wait for the lease to run out. */
  async function giveBack(): Promise<void> {
    const call = { resource: builtin.leases, retries: 0, timeoutMs: retryMs };
    try {
      const lease = await client.find({ ...call, namespace, name });
      if (lease === undefined || readLease(lease).holder !== identity) return;
      await client.replace({ ...call, object: releasedLease(lease, clock.now()) });
    } catch (error) {
      logger.info({ ...names, err: error }, 'the lease was not given back and runs out by itself');
    }
  }

  function notify(leading: boolean): void {
    try {
      options.onChange?.(leading);
    } catch (error) {
      logger.error({ ...names, err: error }, 'onChange failed');
    }
  }
}

/** The callback of a leader while it runs. */
interface Callback {
  /** Aborts when it has ended. */
  readonly ended: AbortSignal;
  /** Aborts its signal. */
  readonly abort: (reason: Error) => void;
}

const ended: Callback = { ended: AbortSignal.abort(), abort: () => {} };
