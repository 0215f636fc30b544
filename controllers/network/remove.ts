import { shootOfCluster } from '../../pkg/gardener/cluster.ts';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import { wasThere } from '../../pkg/kubernetes/client/errors.ts';
import { allDone, deleteObject } from '../seed/apply.ts';
import { seconds } from '../seed/facts.ts';
import { observeSeed, type Seed, secretNamesOf } from '../seed/observe.ts';
import { resources } from '../seed/resources.ts';
import type { NetworkContext, Outcome } from './context.ts';
import type { ReconcileInput } from './reconcile.ts';
import { failed, processing, type StatusInput, succeeded } from './status.ts';

/** How often a deletion that the gardener-resource-manager works on is looked at; its own re-check is at 5 s. */
const pollDelay = 2_000;
/** After this long a deletion that goes on is also reported as an error, with what it waits for (docs/design/life-cycle.md#deletion). */
const patience = 120_000;

/**
 * Delete and migrate: monitoring, the Secrets, then the ManagedResources; done when these are gone. providerConfig is never looked at, and
 * a worker never waits: the run ends and comes again. A forced deletion does not wait for the shoot at all.
 */
export async function removeNetwork(input: ReconcileInput): Promise<Outcome> {
  const { context, plugin, writer, operation } = input;
  const { namespace = '' } = writer.network.metadata;
  const seed = await observeSeed({
    client: context.client,
    namespace,
    plugin,
    names: [...plugin.seedObjectNames, ...plugin.legacySeedObjectNames],
  });
  const shoot = shootOfCluster(seed.cluster);
  if (shoot?.failed === true && !shoot.forceDeletion) return { done: true, result: 'skipped' };
  const status = (): StatusInput => ({ network: writer.network, operation, now: context.clock.now() });
  // An overdue deletion has been reported as an error, and one that is over will be as done; announcing these would make the status flicker.
  const managed = [...seed.managedResources.values()];
  const left = managed.length > 0 || seed.monitoring.size > 0;
  if (left && !managed.some((one) => isOverdue(one, context.clock.now()))) await writer.status(processing(status()));
  if (plugin.shootWebhook !== undefined) await context.settleWebhook(namespace);
  await removeObjects({ context, plugin, seed, migrate: operation === 'Migrate' });
  const force = operation === 'Delete' && shoot?.deleting === true && shoot.forceDeletion;
  const held = force ? [] : await stillThere(context, managed);
  if (held.length > 0) return keepWaiting(input, held);
  await writer.status(succeeded(status()));
  if (operation === 'Migrate') await writer.finish('migrate');
  else await writer.release();
  return { done: true, result: 'succeeded' };
}

interface RemoveObjects extends Pick<ReconcileInput, 'context' | 'plugin'> {
  readonly seed: Seed;
  readonly migrate: boolean;
}

/** `keepObjects` must be stored everywhere before anything is deleted, or a migration would tear the network out of the running shoot. */
async function removeObjects({ context, plugin, seed, migrate }: RemoveObjects): Promise<void> {
  const { client } = context;
  const managed = [...seed.managedResources.values()];
  const losing = migrate ? managed.filter((one) => !keepsObjects(one)) : [];
  await allDone(losing.map((one) => keepObjects(client, one)));
  await allDone([...seed.monitoring.values()].map((object) => deleteObject(client, object)));
  for (const one of managed) {
    const { name } = one.metadata;
    // What the Secret was called before its content became part of the name; shoot webhooks never had the prefix (docs/design/gardener.md#managedresource).
    const legacySecret = name === plugin.shootWebhook?.managedResource ? name : `managedresource-${name}`;
    await removeManagedResource(client, { managedResource: one, legacySecret });
  }
}

/** The resource manager deletes by its own record and not by the Secrets, so these may go first. */
async function removeManagedResource(
  client: NetworkContext['client'],
  { managedResource, legacySecret }: { readonly managedResource: KubeObject; readonly legacySecret: string },
): Promise<void> {
  const { namespace, deletionTimestamp } = managedResource.metadata;
  if (deletionTimestamp !== undefined) return;
  const secrets = [legacySecret, ...secretNamesOf(managedResource)];
  await allDone(secrets.map((name) => wasThere(client.delete({ resource: resources.secrets, namespace, name }))));
  await deleteObject(client, managedResource);
}

function keepsObjects(managedResource: KubeObject): boolean {
  return isRecord(managedResource['spec']) && managedResource['spec']['keepObjects'] === true;
}

async function keepObjects(client: NetworkContext['client'], { metadata }: KubeObject): Promise<void> {
  const { namespace, name } = metadata;
  await wasThere(
    client.mergePatch({
      resource: resources.managedResources,
      namespace,
      name,
      patch: { spec: { keepObjects: true } },
    }),
  );
}

async function stillThere({ client }: NetworkContext, managed: readonly KubeObject[]): Promise<readonly KubeObject[]> {
  const resource = resources.managedResources;
  const found = managed.map(({ metadata: { namespace, name } }) => client.find({ resource, namespace, name }));
  return (await Promise.all(found)).filter((one) => one !== undefined);
}

async function keepWaiting(
  { context, writer, operation }: ReconcileInput,
  left: readonly KubeObject[],
): Promise<Outcome> {
  const now = context.clock.now();
  const overdue = left.filter((one) => isOverdue(one, now));
  if (overdue.length > 0) {
    const texts = overdue.map((one) => `ManagedResource ${one.metadata.name} still exists${conditionText(one)}`);
    const message = texts.join('; ');
    await writer.status(failed({ network: writer.network, operation, now }, { message }));
  }
  return { done: false, requeueAfter: pollDelay, result: 'waiting' };
}

/** Since when is stored in the object itself, so a restart does not begin to count anew. */
function isOverdue(managedResource: KubeObject, now: number): boolean {
  const since = seconds(managedResource.metadata.deletionTimestamp);
  return since !== undefined && now - since >= patience;
}

/** What the resource manager says about a deletion that does not end. */
function conditionText(managedResource: KubeObject): string {
  const status = isRecord(managedResource['status']) ? managedResource['status'] : {};
  const conditions = Array.isArray(status['conditions']) ? status['conditions'].filter(isRecord) : [];
  const applied = conditions.find((one) => one['type'] === 'ResourcesApplied' && one['status'] !== 'True');
  const pending = applied?.['reason'] === 'DeletionFailed' || applied?.['reason'] === 'DeletionPending';
  return pending && typeof applied['message'] === 'string' ? `: ${applied['message']}` : '';
}
