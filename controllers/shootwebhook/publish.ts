import { backoffDelay } from '../../pkg/clock/backoff.ts';
import { type Clock, type Logger, type Random, sleep } from '../../pkg/clock/clock.ts';
import { labels } from '../../pkg/gardener/constants.ts';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import { type KubeClient, withSignal } from '../../pkg/kubernetes/client/client.ts';
import { isAborted, isNamespaceTerminating, isNotFound } from '../../pkg/kubernetes/client/errors.ts';
import type { ManagedResourceRenderer } from '../../pkg/managedresource/build.ts';
import { referencedSecrets } from '../../pkg/managedresource/present.ts';
import type { ManagedResourcePlan, WebhookTarget } from '../../pkg/network/plugin.ts';
import { resources } from '../resources.ts';
import { applyChanges } from '../seed/apply.ts';
import { computeChanges } from '../seed/changes.ts';
import { remainsInSeed } from '../seed/decide.ts';
import { readFacts } from '../seed/facts.ts';

export interface PublishContext {
  readonly client: KubeClient;
  readonly buildResource: ManagedResourceRenderer;
  /** Plans the ManagedResource of the shoot webhook. */
  readonly plan: (target: WebhookTarget) => ManagedResourcePlan;
  /** Type of the Networks whose shoots get the webhook. */
  readonly type: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Shoots to update in parallel, default 8. */
  readonly concurrency?: number;
  /** Attempts per shoot, default 4. */
  readonly attempts?: number;
}

export interface PublishInput {
  /** URL of the webhook for API servers of shoots. */
  readonly url: string;
  /** PEM. */
  readonly caBundle: string;
  readonly signal: AbortSignal;
}

export interface Published {
  /** Shoots that have the CA bundle now. */
  readonly shoots: number;
  /** Shoots among them for which a write was necessary. */
  readonly written: number;
}

/** The CA bundle could not be published to some shoots. The message contains their namespaces, `errors` their errors. */
export class PublishError extends AggregateError {
  override readonly name = 'PublishError';
}

const maxNames = 10;

/**
 * Publishes a CA bundle: updates the ManagedResource of the webhook for every shoot that has one
 * (docs/design/gardener.md#shoot-webhooks), the Secret before its reference. Gardener's garbage collector deletes superseded Secrets
 * (docs/design/gardener.md#garbage-collector). Skipped are namespaces and ManagedResources in deletion, shoots that migrate to another
 * seed, whose `keepObjects` must not be reset, and shoots without a Network that remains in this seed: a Secret written during a deletion would
 * outlive it. Every shoot is attempted, with retries; throws PublishError at the end if some failed, and
 * immediately when the signal aborts.
 */
export async function publishShootWebhook(context: PublishContext, input: PublishInput): Promise<Published> {
  const plan = context.plan({ url: input.url, caBundle: Buffer.from(input.caBundle).toString('base64') });
  const waiting = await listNamespaces(context, input.signal);
  const failures: { readonly namespace: string; readonly error: unknown }[] = [];
  let [shoots, written] = [0, 0];

  async function work(): Promise<void> {
    for (let namespace = waiting.pop(); namespace !== undefined; namespace = waiting.pop()) {
      try {
        const outcome = await updateWithRetries({ ...context, plan, namespace, signal: input.signal });
        if (outcome !== 'skipped') shoots += 1;
        if (outcome === 'written') written += 1;
      } catch (error) {
        if (input.signal.aborted) throw error;
        context.log.warn({ namespace, err: error }, 'Failed to publish webhook CA bundle to shoot');
        failures.push({ namespace, error });
      }
    }
  }

  const workers = await Promise.allSettled(Array.from({ length: context.concurrency ?? 8 }, work));
  const stopped = workers.find((one) => one.status === 'rejected');
  if (stopped !== undefined) throw stopped.reason;
  if (failures.length > 0) throw createError(failures, shoots + failures.length);
  return { shoots, written };
}

interface ShootInput extends Omit<PublishContext, 'plan'> {
  readonly plan: ManagedResourcePlan;
  readonly namespace: string;
  readonly signal: AbortSignal;
}

type ShootOutcome = 'skipped' | 'unchanged' | 'written';

/** Returns the names of the namespaces of all shoots with the CNI, except those in deletion. */
async function listNamespaces({ client, type }: PublishContext, signal: AbortSignal): Promise<string[]> {
  const { items } = await client.list({
    resource: resources.namespaces,
    labelSelector: `${labels.role}=shoot,${labels.networkProvider}=${type}`,
    metadataOnly: true,
    signal,
  });
  return items.filter((one) => one.metadata.deletionTimestamp === undefined).map((one) => one.metadata.name);
}

async function updateWithRetries(input: ShootInput): Promise<ShootOutcome> {
  const { clock, random, attempts = 4, signal } = input;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await updateShoot(input);
    } catch (error) {
      // The shoot may have been deleted since the namespaces were listed.
      if (isNotFound(error) || isNamespaceTerminating(error)) return 'skipped';
      if (signal.aborted || isAborted(error) || attempt >= attempts) throw error;
      await sleep(clock, backoffDelay(attempt - 1, { baseMs: 500, maxMs: 5_000, jitter: 0.3, random }), signal);
    }
  }
}

async function updateShoot(input: ShootInput): Promise<ShootOutcome> {
  const { client, clock, buildResource, plan, type, namespace, signal } = input;
  const resource = resources.managedResources;
  const present = await client.find({ resource, namespace, name: plan.name, signal });
  if (present === undefined || present.metadata.deletionTimestamp !== undefined || isMigrating(present))
    return 'skipped';
  const wanted = buildResource({ plan, namespace });
  const name = wanted.secretName;
  const stored = referencedSecrets(present).includes(name)
    ? await client.find({ resource: resources.secrets, namespace, name, signal })
    : undefined;
  const seed = { cluster: undefined, managedResources: new Map([[plan.name, present]]), monitoring: new Map() };
  const changes = computeChanges({
    plan: { seedObjects: [], obsoleteSeedObjects: [] },
    wanted: [{ rendered: wanted, stored }],
    seed,
  });
  if (changes.secrets.length + changes.objects.length === 0) return 'unchanged';
  // Read only before a write: a leader publishes to all shoots when it starts, and usually none needs a write.
  const { items } = await client.list({ resource: resources.networks, namespace, signal });
  if (!items.map(readFacts).some((one) => one.type === type && remainsInSeed(one))) return 'skipped';
  await applyChanges({ client: withSignal(client, signal), clock, changes });
  return 'written';
}

function isMigrating({ spec }: KubeObject): boolean {
  return isRecord(spec) && spec['keepObjects'] === true;
}

function createError(
  failures: readonly { readonly namespace: string; readonly error: unknown }[],
  all: number,
): PublishError {
  const names = failures.map((one) => one.namespace).toSorted();
  const more = names.length > maxNames ? ` and ${names.length - maxNames} more` : '';
  return new PublishError(
    failures.map((one) => one.error),
    `failed to publish the webhook's CA bundle to ${names.length} of ${all} shoots: ${names.slice(0, maxNames).join(', ')}${more}`,
  );
}
