import type { Clock } from '../../pkg/clock/clock.ts';
import { labels } from '../../pkg/gardener/constants.ts';
import { describeObject, type KubeObject } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { deleteIgnoringNotFound, isAlreadyExists } from '../../pkg/kubernetes/client/errors.ts';
import { resourceOfKind, resources } from '../resources.ts';
import type { Change, Changes, WantedSecret } from './changes.ts';
import { type ContentMemo, hasLargeContent } from './content-memo.ts';
import { Outdated } from './outdated.ts';
import { checkReferences, startFreshness } from './references.ts';

export interface ApplyInput {
  readonly client: KubeClient;
  readonly clock: Pick<Clock, 'monotonic' | 'now'>;
  readonly changes: Changes;
  /** Receives the content of created objects. */
  readonly memo?: ContentMemo;
}

/**
 * Writes the Secrets, then all other objects in parallel, then checks the references to Secrets that it did not create just now. Throws the first
 * failure, after all writes have ended.
 */
export async function applyChanges({ client, clock, changes, memo }: ApplyInput): Promise<void> {
  const isFresh = startFreshness(clock);
  const created = await waitForAll(changes.secrets.map((wanted) => ensureSecret({ client, memo }, wanted)));
  await waitForAll(changes.objects.map((change) => applyChange({ client, memo }, change)));
  const fresh = new Set(isFresh() ? created.filter((name) => name !== undefined) : []);
  await checkReferences({ client, changes: changes.objects, fresh });
}

/** Waits until all writes have ended, so that none is in flight after the run; then throws the failure that is first in the list. */
export async function waitForAll<T>(writes: readonly Promise<T>[]): Promise<readonly T[]> {
  const results = await Promise.allSettled(writes);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return Promise.all(writes);
}

/**
 * Deletes an object if it exists. Its uid protects a new object of the same name: deleting that fails with a Conflict, also if this request was
 * delayed until another leader has created it. The resourceVersion of a Secret, which nobody else writes, protects its content in the same
 * way; that of a ManagedResource changes with each status of the resource manager.
 */
export async function deleteObject(client: KubeClient, object: KubeObject): Promise<void> {
  const { namespace, name, uid, resourceVersion } = object.metadata;
  const preconditions = {
    ...(uid !== undefined && { uid }),
    ...(object.kind === 'Secret' && resourceVersion !== undefined && { resourceVersion }),
  };
  await deleteIgnoringNotFound(
    client.delete({
      resource: resourceOfKind(object.kind),
      namespace,
      name,
      ...(Object.keys(preconditions).length > 0 && { preconditions }),
    }),
  );
}

/**
 * Replaces a Secret of the wanted name with other content, by deletion and creation, because it is immutable. A Secret with the same content
 * is kept, also if brotli compressed it differently or a killed process created it. Returns the name of a Secret that it created.
 */
async function ensureSecret({ client, memo }: Writing, one: WantedSecret): Promise<string | undefined> {
  const { rendered, stored } = one;
  const wanted = rendered.secret();
  const { namespace, name } = wanted.metadata;
  const remember = (created: KubeObject): void => memo?.add({ ...created, kind: 'Secret' }, rendered.contentHash);
  const created = stored === undefined ? await tryCreate(client, wanted) : undefined;
  if (created !== undefined) {
    remember(created);
    return name;
  }
  // One that was read without its content is read again, since its deletion needs more than a remembered hash.
  const whole = one.content === undefined ? stored : undefined;
  const present = whole ?? (await client.find({ resource: resources.secrets, namespace, name }));
  if (present !== undefined && rendered.matches(present)) {
    await ensureLabel(client, present);
    return undefined;
  }
  if (present !== undefined) await deleteObject(client, { ...present, kind: 'Secret' });
  remember(await client.create({ resource: resources.secrets, object: wanted, metadataOnly: true }));
  return name;
}

interface Writing {
  readonly client: KubeClient;
  readonly memo: ContentMemo | undefined;
}

/** Throws Outdated when the object exists: it was created since it was read, or it was not read. */
async function create(client: KubeClient, object: KubeObject): Promise<KubeObject> {
  try {
    return await client.create({ resource: resourceOfKind(object.kind), object, metadataOnly: true });
  } catch (error) {
    if (isAlreadyExists(error)) throw new Outdated(`${describeObject(object)} exists already`, { cause: error });
    throw error;
  }
}

/** Without the version that was read, a delayed replacement would overwrite what another leader has written since. */
async function replace(client: KubeClient, object: KubeObject): Promise<KubeObject> {
  const { resourceVersion } = object.metadata;
  if (resourceVersion === undefined || resourceVersion === '')
    throw new Error(`${describeObject(object)} must not be replaced without the resourceVersion that was read`);
  return client.replace({ resource: resourceOfKind(object.kind), object, metadataOnly: true });
}

/** Returns undefined when a Secret of the name exists. */
async function tryCreate(client: KubeClient, object: KubeObject): Promise<KubeObject | undefined> {
  try {
    return await client.create({ resource: resources.secrets, object, metadataOnly: true });
  } catch (error) {
    if (isAlreadyExists(error)) return undefined;
    throw error;
  }
}

/** Without the label the garbage collector would never remove the Secret once it is unused. */
async function ensureLabel(client: KubeClient, secret: KubeObject): Promise<void> {
  if (secret.metadata.labels?.[labels.garbageCollectable] === 'true') return;
  const { namespace, name, resourceVersion } = secret.metadata;
  const patch = { metadata: { resourceVersion, labels: { [labels.garbageCollectable]: 'true' } } };
  await client.mergePatch({ resource: resources.secrets, namespace, name, patch, metadataOnly: true });
}

async function applyChange({ client, memo }: Writing, { verb, object }: Change): Promise<void> {
  if (verb === 'replace') await replace(client, object);
  else if (verb === 'delete') await deleteObject(client, object);
  else {
    const created = await create(client, object);
    if (hasLargeContent(object)) memo?.add({ ...created, kind: object.kind }, object);
  }
}
