/**
 * Records Events about objects, for `kubectl describe`, on a best-effort basis. The name of an Event is a hash of its
 * content and the generation of its object, and Events are only created: a repetition, also after a restart, gets
 * AlreadyExists until the API server has expired the Event after about an hour. Reconciles never wait for Events and
 * never fail because of them; Events above the limits are dropped.
 */
import { createHash } from 'node:crypto';
import type { Clock, Logger } from '../../clock/clock.ts';
import type { KubeObject } from '../../gardener/objects.ts';
import { builtin } from '../client/builtin.ts';
import type { KubeClient } from '../client/client.ts';
import { isAlreadyExists, isForbidden, isNamespaceTerminating } from '../client/errors.ts';
import { createTokenBuckets } from './tokenbuckets.ts';

export interface ReportedEvent {
  /** The involved object; its namespace is that of the Event. */
  readonly object: KubeObject;
  readonly type: 'Normal' | 'Warning';
  /** CamelCase, at most 128 characters. */
  readonly reason: string;
  /** Human-readable, without secrets; truncated to 1024 bytes. */
  readonly message: string;
}

/** `repeated`: already recorded for this generation within about an hour. `dropped`: above the limits. */
export type EventOutcome = 'written' | 'repeated' | 'dropped' | 'failed';

export interface EventRecorderOptions {
  /** Its `assertMayWrite` prevents a standby from recording Events. */
  readonly client: Pick<KubeClient, 'create'>;
  /** Reporting component, shown by `kubectl describe` under From. */
  readonly component: string;
  /** Name of the replica. */
  readonly instance: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onOutcome?: (outcome: EventOutcome) => void;
}

export interface EventRecorder {
  /** Returns at once and never throws. */
  record(event: ReportedEvent): void;
  /** Resolves when no Event is being sent. */
  idle(): Promise<void>;
}

export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { client, clock, logger } = options;
  /** Monotonic time at which each Event was recorded, the oldest first. */
  const recordedAt = new Map<string, number>();
  const perObject = createTokenBuckets({ ...limits.object, clock, maxBuckets: limits.remembered });
  const overall = createTokenBuckets({ ...limits.overall, clock, maxBuckets: 1 });
  const sending = new Set<Promise<void>>();
  let forbiddenReported = false;

  return {
    record: (event) => {
      const key = eventKey(event);
      const outcome = admit(event, key);
      if (outcome !== undefined) return report(outcome);
      remember(key);
      const sent = deliver(event, key).finally(() => sending.delete(sent));
      sending.add(sent);
    },
    idle: async () => {
      while (sending.size > 0) await Promise.all(sending);
    },
  };

  /**
   * Returns undefined if the Event may be sent. The limit per object is checked first, so that one object cannot
   * exhaust the overall limit.
   */
  function admit({ object }: ReportedEvent, key: string): EventOutcome | undefined {
    const at = recordedAt.get(key);
    if (at !== undefined && clock.monotonic() - at < limits.rememberedMs) return 'repeated';
    if (sending.size >= limits.sending) return 'dropped';
    return perObject.take(objectIdentity(object)) && overall.take('') ? undefined : 'dropped';
  }

  function remember(key: string): void {
    recordedAt.delete(key);
    if (recordedAt.size >= limits.remembered) recordedAt.delete(recordedAt.keys().next().value ?? '');
    recordedAt.set(key, clock.monotonic());
  }

  async function deliver(event: ReportedEvent, key: string): Promise<void> {
    report(await send(event, key));
  }

  async function send(event: ReportedEvent, key: string): Promise<EventOutcome> {
    try {
      await client.create({
        resource: builtin.events,
        object: toObject({ event, key, options }),
        retries: 0,
        timeoutMs: 5_000,
      });
      return 'written';
    } catch (error) {
      if (isAlreadyExists(error)) return 'repeated';
      // The next reconcile may record it again.
      recordedAt.delete(key);
      logFailure(event, error);
      return 'failed';
    }
  }

  /**
   * Missing permissions are logged once per process as a warning, because an operator has to grant them. Other failures
   * are temporary, including the 403 for a namespace that is being deleted.
   */
  function logFailure({ object, reason }: ReportedEvent, error: unknown): void {
    const { namespace, name } = object.metadata;
    const about = { object: { namespace, name }, reason, err: error };
    if (forbiddenReported || !isForbidden(error) || isNamespaceTerminating(error))
      return logger.debug(about, 'Failed to create Event');
    forbiddenReported = true;
    logger.warn(about, 'Creating Events is forbidden, no Events are recorded');
  }

  function report(outcome: EventOutcome): void {
    try {
      options.onOutcome?.(outcome);
    } catch (error) {
      logger.error({ err: error }, 'onOutcome callback failed');
    }
  }
}

/**
 * client-go allows 25 Events per object and then one per 5 minutes; this extension needs fewer. The overall limit
 * protects etcd if every Network of a seed is rejected at the same time.
 */
const limits = {
  object: { burst: 20, perSecond: 1 / 300 },
  overall: { burst: 100, perSecond: 5 },
  sending: 50,
  remembered: 5_000,
  /** Longer than kube-apiserver's --event-ttl of one hour. */
  rememberedMs: 65 * 60_000,
} as const;

/** The uid distinguishes an object from a former one of the same name. */
function objectIdentity({ kind, metadata }: KubeObject): string {
  return metadata.uid ?? `${kind}/${metadata.namespace ?? ''}/${metadata.name}`;
}

function eventKey({ object, type, reason, message }: ReportedEvent): string {
  const content = JSON.stringify([objectIdentity(object), object.metadata.generation ?? 0, type, reason, message]);
  return createHash('sha256').update(content).digest('hex').slice(0, 16);
}

interface ToObjectInput {
  readonly event: ReportedEvent;
  readonly key: string;
  readonly options: EventRecorderOptions;
}

/** Returns a core/v1 Event. Events of cluster-scoped objects are in namespace `default`. */
function toObject({ event, key, options }: ToObjectInput): KubeObject {
  const { apiVersion, kind, metadata } = event.object;
  const { namespace, name, uid, resourceVersion } = metadata;
  const time = `${new Date(options.clock.now()).toISOString().slice(0, 19)}Z`;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { namespace: namespace ?? 'default', name: `${name.slice(0, 200)}.${key}` },
    involvedObject: { apiVersion, kind, namespace, name, uid, resourceVersion },
    type: event.type,
    reason: event.reason.slice(0, 128),
    message: truncate(event.message),
    source: { component: options.component, host: options.instance },
    reportingComponent: options.component,
    reportingInstance: options.instance.slice(0, 128),
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  };
}

/** Truncates to 1024 bytes of UTF-8, the limit of the API, without splitting a character. */
function truncate(message: string): string {
  const bytes = Buffer.from(message);
  if (bytes.length <= maxBytes) return message;
  let end = maxBytes - ellipsis.length;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return `${bytes.toString('utf8', 0, end)}${ellipsis}`;
}

const maxBytes = 1024;
const ellipsis = '...';
