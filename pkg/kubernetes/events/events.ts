/**
 * Events about objects, for `kubectl describe`: best effort and rare. An Event is named after what it says about which generation of the
 * object, and only ever created: saying the same again, also after a restart, is answered AlreadyExists and changes nothing, until the API
 * server has dropped the first one, which it does after an hour. What a reconcile reports never waits for it, never fails by it, and is dropped where there is too much.
 */
import { createHash } from 'node:crypto';
import type { Clock, Logger } from '../../clock/clock.ts';
import type { KubeObject } from '../../gardener/objects.ts';
import { builtin } from '../client/builtin.ts';
import type { KubeClient } from '../client/client.ts';
import { isAlreadyExists, isForbidden, isNamespaceTerminating } from '../client/errors.ts';
import { createTokenBuckets } from './tokenbuckets.ts';

export interface ReportedEvent {
  /** What it is about; the Event is written into its namespace. */
  readonly object: KubeObject;
  readonly type: 'Normal' | 'Warning';
  /** CamelCase, at most 128 characters. */
  readonly reason: string;
  /** For people, without secrets; cut to 1024 bytes. */
  readonly message: string;
}

/** `repeated`: said of this generation within about an hour; `dropped`: over the limits. */
export type EventOutcome = 'written' | 'repeated' | 'dropped' | 'failed';

export interface EventRecorderOptions {
  /** Its `assertMayWrite` keeps a standby from reporting. */
  readonly client: Pick<KubeClient, 'create'>;
  /** Who reports, as `kubectl describe` shows it under From. */
  readonly component: string;
  /** The replica. */
  readonly instance: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onOutcome?: (outcome: EventOutcome) => void;
}

export interface EventRecorder {
  /** Returns at once and never throws. */
  record(event: ReportedEvent): void;
  /** Resolves when nothing is being sent any more. */
  idle(): Promise<void>;
}

export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { client, clock, logger } = options;
  /** When each was said, by the monotonic clock; the oldest first. */
  const said = new Map<string, number>();
  const perObject = createTokenBuckets({ ...limits.object, clock, most: limits.remembered });
  const overall = createTokenBuckets({ ...limits.overall, clock, most: 1 });
  const sending = new Set<Promise<void>>();
  let rightMissed = false;

  return {
    record: (event) => {
      const key = keyOf(event);
      const outcome = admit(event, key);
      if (outcome !== undefined) return tell(outcome);
      remember(key);
      const sent = deliver(event, key).finally(() => sending.delete(sent));
      sending.add(sent);
    },
    idle: async () => {
      while (sending.size > 0) await Promise.all(sending);
    },
  };

  /** Undefined: it may be sent. The limit of an object comes first, so that one of them cannot use up what is there for all. */
  function admit({ object }: ReportedEvent, key: string): EventOutcome | undefined {
    const at = said.get(key);
    if (at !== undefined && clock.monotonic() - at < limits.rememberedMs) return 'repeated';
    if (sending.size >= limits.sending) return 'dropped';
    return perObject.take(identityOf(object)) && overall.take('') ? undefined : 'dropped';
  }

  function remember(key: string): void {
    said.delete(key);
    if (said.size >= limits.remembered) said.delete(said.keys().next().value ?? '');
    said.set(key, clock.monotonic());
  }

  async function deliver(event: ReportedEvent, key: string): Promise<void> {
    tell(await send(event, key));
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
      // The next run may say it again.
      said.delete(key);
      tellFailure(event, error);
      return 'failed';
    }
  }

  /**
   * A right that is missing stays missing until an operator grants it, and nobody would notice, since Events are what would tell: that is
   * worth one warning per process. Everything else passes by itself, a namespace that is going away included, which answers 403, too.
   */
  function tellFailure({ object, reason }: ReportedEvent, error: unknown): void {
    const { namespace, name } = object.metadata;
    const about = { object: { namespace, name }, reason, err: error };
    if (rightMissed || !isForbidden(error) || isNamespaceTerminating(error))
      return logger.debug(about, 'an Event could not be written');
    rightMissed = true;
    logger.warn(about, 'creating Events is forbidden, none are written');
  }

  function tell(outcome: EventOutcome): void {
    try {
      options.onOutcome?.(outcome);
    } catch (error) {
      logger.error({ err: error }, 'onOutcome failed');
    }
  }
}

/**
 * client-go allows an object 25 Events and then one per 5 minutes; a configuration has fewer things to say. Overall, a seed where each
 * Network is refused at once must not fill etcd with Events.
 */
const limits = {
  object: { burst: 20, perSecond: 1 / 300 },
  overall: { burst: 100, perSecond: 5 },
  sending: 50,
  remembered: 5_000,
  /** The hour of kube-apiserver's --event-ttl, which it may exceed by a minute, and some more. */
  rememberedMs: 65 * 60_000,
} as const;

/** The uid distinguishes an object from its predecessor of the same name. */
function identityOf({ kind, metadata }: KubeObject): string {
  return metadata.uid ?? `${kind}/${metadata.namespace ?? ''}/${metadata.name}`;
}

function keyOf({ object, type, reason, message }: ReportedEvent): string {
  const said = JSON.stringify([identityOf(object), object.metadata.generation ?? 0, type, reason, message]);
  return createHash('sha256').update(said).digest('hex').slice(0, 16);
}

interface ToObjectInput {
  readonly event: ReportedEvent;
  readonly key: string;
  readonly options: EventRecorderOptions;
}

/** core/v1 Event. Cluster-scoped objects have their Events in `default`. */
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
    message: cut(event.message),
    source: { component: options.component, host: options.instance },
    reportingComponent: options.component,
    reportingInstance: options.instance.slice(0, 128),
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  };
}

/** At most 1024 bytes of UTF-8, which is how the API counts, and no half character. */
function cut(message: string): string {
  const bytes = Buffer.from(message);
  if (bytes.length <= longest) return message;
  let end = longest - ellipsis.length;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return `${bytes.toString('utf8', 0, end)}${ellipsis}`;
}

const longest = 1024;
const ellipsis = '...';
