import { clusterShootFacts } from '../../pkg/gardener/cluster.ts';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import { deleteIgnoringNotFound } from '../../pkg/kubernetes/client/errors.ts';
import type { NetworkPlugin } from '../../pkg/network/plugin.ts';
import { resources } from '../resources.ts';
import { deleteObject, waitForAll } from '../seed/apply.ts';
import { observeSeed, type Seed } from '../seed/observe.ts';
import type { NetworkContext, NetworkRun, Outcome } from './context.ts';
import { otherOwner } from './other-network.ts';
import { isOverdue, type OverdueInput, overdueText } from './overdue.ts';
import { ownSecrets } from './own-secrets.ts';
import { failedPatch, processingPatch, type StatusInput, succeededPatch } from './status.ts';

/** The interval between runs that wait for the gardener-resource-manager, which itself checks every 5 s. */
const pollDelay = 2_000;

/**
 * Deletes or migrates a Network: monitoring, Secrets and ManagedResources are removed, and the Network is released when the ManagedResources
 * are gone. providerConfig is never read. A worker never blocks: the first step that has to wait ends the run, and the next run skips the steps
 * that are done.
 */
export async function removeNetwork(run: NetworkRun): Promise<Outcome> {
  const { context, plugin, writer, operation } = run;
  const { namespace = '' } = writer.network.metadata;
  const names = [...plugin.seedObjectNames, ...plugin.legacySeedObjectNames];
  const seed = await observeSeed({ client: context.client, namespace, plugin, names, memo: 'removal' });
  const shoot = clusterShootFacts(seed.cluster);
  if (shoot?.failed === true && !shoot.forceDeletion) return { done: true, result: 'skipped' };
  const owner = await otherOwner(run);
  if (owner !== undefined) context.log.info({ owner }, 'Objects remain, because another Network owns them');
  const own = owner === undefined ? seed : { ...seed, managedResources: new Map(), monitoring: new Map() };
  const removal: Removal = {
    run,
    namespace,
    seed: own,
    managedResources: [...own.managedResources.values()],
    isForced: operation === 'Delete' && shoot?.deleting === true && shoot.forceDeletion,
  };
  for (const step of steps) {
    if (!step.needed(removal)) continue;
    context.log.debug({ step: step.name }, 'Removing');
    const outcome = await step.run(removal);
    if (outcome !== undefined) return outcome;
  }
  context.waits.end(waitKey(run));
  return { done: true, result: 'succeeded' };
}

interface Removal {
  readonly run: NetworkRun;
  readonly namespace: string;
  readonly seed: Seed;
  readonly managedResources: readonly KubeObject[];
  /** A forced deletion does not wait for the shoot. */
  readonly isForced: boolean;
}

interface Step {
  readonly name: string;
  readonly needed: (removal: Removal) => boolean;
  /** Returns an outcome to end the run. */
  readonly run: (removal: Removal) => Promise<Outcome | undefined>;
}

/** In the order of their writes. */
const steps: readonly Step[] = [
  {
    name: 'announce the operation',
    // The status must not flicker: an overdue deletion is reported as an error already, and one without objects is reported as done next.
    needed: ({ run, seed, managedResources }) =>
      managedResources.length > 0 ? !isOverdue(overdueInput(run)) : seed.monitoring.size > 0,
    run: async ({ run }) => {
      await run.writer.status(processingPatch(statusInput(run)));
      return undefined;
    },
  },
  {
    name: 'remove the webhook of a self-hosted shoot',
    needed: ({ run }) => run.plugin.shootWebhook !== undefined,
    run: async ({ run, namespace }) => {
      await run.context.ensureSelfHostedWebhook(namespace);
      return undefined;
    },
  },
  {
    name: 'keep the objects in the shoot',
    // Before anything is deleted, for every ManagedResource, or a migration would remove the network of the running shoot.
    needed: ({ run, managedResources }) => run.operation === 'Migrate' && !managedResources.every(keepsObjects),
    run: async ({ run: { context }, managedResources }) => {
      const others = managedResources.filter((one) => !keepsObjects(one));
      await waitForAll(others.map((one) => keepObjects(context.client, one)));
      return undefined;
    },
  },
  {
    name: 'delete monitoring',
    needed: ({ seed }) => seed.monitoring.size > 0,
    run: async ({ run: { context }, seed }) => {
      await waitForAll([...seed.monitoring.values()].map((object) => deleteObject(context.client, object)));
      return undefined;
    },
  },
  {
    name: 'delete ManagedResources',
    needed: ({ managedResources }) => managedResources.length > 0,
    run: async ({ run: { context, plugin }, managedResources }) => {
      for (const managedResource of managedResources) {
        await deleteManagedResource(context.client, { managedResource, plugin });
      }
      return undefined;
    },
  },
  {
    name: 'wait until the ManagedResources are gone',
    needed: ({ isForced, managedResources }) => !isForced && managedResources.length > 0,
    run: async ({ run, managedResources }) => {
      const remaining = await findAgain(run.context, managedResources);
      return remaining.length === 0 ? undefined : wait(run, remaining);
    },
  },
  {
    name: 'report success',
    needed: () => true,
    run: async ({ run }) => {
      await run.writer.status(succeededPatch(statusInput(run)));
      return undefined;
    },
  },
  {
    name: 'release the Network',
    needed: () => true,
    run: async ({ run: { operation, writer } }) => {
      await (operation === 'Migrate' ? writer.finish('migrate') : writer.release());
      return undefined;
    },
  },
];

function statusInput({ context, writer, operation }: NetworkRun): StatusInput {
  return { network: writer.network, operation, now: context.clock.now() };
}

/** Deletes the Secrets first: the resource manager deletes by its own status and does not need them. */
async function deleteManagedResource(
  client: NetworkContext['client'],
  { managedResource, plugin }: { readonly managedResource: KubeObject; readonly plugin: NetworkPlugin },
): Promise<void> {
  const { namespace, deletionTimestamp } = managedResource.metadata;
  if (deletionTimestamp !== undefined) return;
  const secrets = ownSecrets(managedResource, plugin);
  // All are read before the first deletion: one by name alone that arrives late, under another leader, would remove a Secret created since.
  const found = await Promise.all(
    secrets.map((name) => client.find({ resource: resources.secrets, namespace, name, metadataOnly: true })),
  );
  const stored = found.filter((one) => one !== undefined);
  await waitForAll(stored.map((secret) => deleteObject(client, { ...secret, kind: 'Secret' })));
  await deleteObject(client, managedResource);
}

function keepsObjects(managedResource: KubeObject): boolean {
  return isRecord(managedResource['spec']) && managedResource['spec']['keepObjects'] === true;
}

async function keepObjects(client: NetworkContext['client'], { metadata }: KubeObject): Promise<void> {
  const { namespace, name } = metadata;
  const patch = { spec: { keepObjects: true } };
  await deleteIgnoringNotFound(
    client.mergePatch({ resource: resources.managedResources, namespace, name, patch, metadataOnly: true }),
  );
}

/** Returns those that still exist. */
async function findAgain({ client }: NetworkContext, managed: readonly KubeObject[]): Promise<readonly KubeObject[]> {
  const resource = resources.managedResources;
  const found = managed.map(({ metadata: { namespace, name } }) => client.find({ resource, namespace, name }));
  return (await Promise.all(found)).filter((one) => one !== undefined);
}

/** Ends the run, and reports an error when the deletion is overdue. */
async function wait(run: NetworkRun, remaining: readonly KubeObject[]): Promise<Outcome> {
  run.context.waits.elapsed(waitKey(run));
  if (isOverdue(overdueInput(run)))
    await run.writer.status(failedPatch(statusInput(run), { message: overdueText(remaining) }));
  return { done: false, requeueAfter: pollDelay, result: 'waiting' };
}

function overdueInput(run: NetworkRun): OverdueInput {
  const { writer, operation, context } = run;
  return { network: writer.network, operation, waitedMs: context.waits.peek(waitKey(run)) };
}

/** A Network that was created again under the same name has another uid. */
function waitKey({ writer }: NetworkRun): string {
  return writer.network.metadata.uid ?? '';
}
