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

export interface PublishContext {
  readonly client: KubeClient;
  readonly buildResource: ManagedResourceRenderer;
  /** The ManagedResource of the shoot webhook. */
  readonly plan: (target: WebhookTarget) => ManagedResourcePlan;
  /** Type of the Networks whose shoots have the webhook. */
  readonly type: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Shoots at the same time; 8. */
  readonly concurrency?: number;
  /** How often a shoot is tried; 4. */
  readonly attempts?: number;
}

export interface PublishInput {
  /** By which API servers of shoots reach the webhook. */
  readonly url: string;
  /** PEM. */
  readonly caBundle: string;
  readonly signal: AbortSignal;
}

/** How many shoots have the bundle now, and for how many of them something was written. */
export interface Published {
  readonly shoots: number;
  readonly written: number;
}

/** Some shoots could not be told; their namespaces are in the message and their errors in `errors`. */
export class PublishFailed extends AggregateError {
  override readonly name = 'PublishFailed';
}

const mostNamed = 10;

/**
 * Puts a bundle into the webhook's ManagedResource of every shoot that has one (docs/design/gardener.md#shoot-webhooks): the Secret first, then what refers
 * to it. Superseded Secrets are the garbage collector's (docs/design/gardener.md#garbage-collector). Left alone: namespaces and ManagedResources that
 * are being deleted, and shoots on their way to another seed, whose `keepObjects` must last. All shoots are tried, each several times;
 * throws PublishFailed at the end when some could not be told, and at once when the signal aborts.
 */
export async function publishShootWebhook(context: PublishContext, input: PublishInput): Promise<Published> {
  const plan = context.plan({ url: input.url, caBundle: Buffer.from(input.caBundle).toString('base64') });
  const waiting = await namespacesOf(context, input.signal);
  const failures: { readonly namespace: string; readonly error: unknown }[] = [];
  let [shoots, written] = [0, 0];

  async function work(): Promise<void> {
    for (let namespace = waiting.pop(); namespace !== undefined; namespace = waiting.pop()) {
      try {
        const outcome = await persistently({ ...context, plan, namespace, signal: input.signal });
        if (outcome !== 'skipped') shoots += 1;
        if (outcome === 'written') written += 1;
      } catch (error) {
        if (input.signal.aborted) throw error;
        context.log.warn({ namespace, err: error }, 'The CA bundle of the shoot webhook could not be updated');
        failures.push({ namespace, error });
      }
    }
  }

  const workers = await Promise.allSettled(Array.from({ length: context.concurrency ?? 8 }, work));
  const stopped = workers.find((one) => one.status === 'rejected');
  if (stopped !== undefined) throw stopped.reason;
  if (failures.length > 0) throw failed(failures, shoots + failures.length);
  return { shoots, written };
}

interface ShootInput extends Omit<PublishContext, 'plan'> {
  readonly plan: ManagedResourcePlan;
  readonly namespace: string;
  readonly signal: AbortSignal;
}

type ShootOutcome = 'skipped' | 'unchanged' | 'written';

/** Names of the namespaces that are not being deleted. */
async function namespacesOf({ client, type }: PublishContext, signal: AbortSignal): Promise<string[]> {
  const { items } = await client.list({
    resource: resources.namespaces,
    labelSelector: `${labels.role}=shoot,${labels.networkProvider}=${type}`,
    metadataOnly: true,
    signal,
  });
  return items.filter((one) => one.metadata.deletionTimestamp === undefined).map((one) => one.metadata.name);
}

async function persistently(input: ShootInput): Promise<ShootOutcome> {
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

async function updateShoot({ client, buildResource, plan, namespace, signal }: ShootInput): Promise<ShootOutcome> {
  const resource = resources.managedResources;
  const present = await client.find({ resource, namespace, name: plan.name, signal });
  if (present === undefined || present.metadata.deletionTimestamp !== undefined || isLeaving(present)) return 'skipped';
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
  await applyChanges({ client: withSignal(client, signal), changes });
  return 'written';
}

function isLeaving({ spec }: KubeObject): boolean {
  return isRecord(spec) && spec['keepObjects'] === true;
}

function failed(
  failures: readonly { readonly namespace: string; readonly error: unknown }[],
  all: number,
): PublishFailed {
  const names = failures.map((one) => one.namespace).toSorted();
  const more = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : '';
  return new PublishFailed(
    failures.map((one) => one.error),
    `${names.length} of ${all} shoots could not be told of the webhook's CA bundle: ${names.slice(0, mostNamed).join(', ')}${more}`,
  );
}
