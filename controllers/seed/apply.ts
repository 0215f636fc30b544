import { labels } from '../../pkg/gardener/constants.ts';
import { describeObject, type KubeObject } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { deleteIgnoringNotFound, isAlreadyExists } from '../../pkg/kubernetes/client/errors.ts';
import type { Change, Changes, WantedSecret } from './changes.ts';
import { Outdated } from './outdated.ts';
import { resourceOfKind, resources } from './resources.ts';

export interface ApplyInput {
  readonly client: KubeClient;
  readonly changes: Changes;
}

/** Writes the Secrets, then everything else side by side. Throws the first failure, after all writes have ended. */
export async function applyChanges({ client, changes }: ApplyInput): Promise<void> {
  await allDone(changes.secrets.map((wanted) => ensureSecret(client, wanted)));
  await allDone(changes.rest.map((change) => applyChange(client, change)));
}

/** Waits until all writes have ended, so that none is on its way when the run is over; then throws the first failure. */
export async function allDone(writes: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(writes);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** Deletes an object if it is there; the uid keeps a new one of the same name safe. */
export async function deleteObject(client: KubeClient, object: KubeObject): Promise<void> {
  const { namespace, name, uid } = object.metadata;
  await deleteIgnoringNotFound(
    client.delete({
      resource: resourceOfKind(object.kind),
      namespace,
      name,
      ...(uid === undefined ? {} : { preconditions: { uid } }),
    }),
  );
}

/**
 * A Secret of the wanted name with other content is replaced: it is immutable, so it goes and comes again. One that differs only
 * in how brotli packed it, or that a killed process left behind, is as good as ours.
 */
async function ensureSecret(client: KubeClient, { bundle, secret: read }: WantedSecret): Promise<void> {
  const wanted = bundle.secret();
  const { namespace, name } = wanted.metadata;
  if (read === undefined && (await created(client, wanted))) return;
  const present = read ?? (await client.find({ resource: resources.secrets, namespace, name }));
  if (present !== undefined && bundle.isIn(present)) return label(client, present);
  if (present !== undefined) await deleteObject(client, { ...present, kind: 'Secret' });
  await client.create({ resource: resources.secrets, object: wanted });
}

/** Throws Outdated when it is there already: somebody else made it since, or nobody had looked. */
async function createNew(client: KubeClient, object: KubeObject): Promise<void> {
  try {
    await client.create({ resource: resourceOfKind(object.kind), object });
  } catch (error) {
    if (isAlreadyExists(error)) throw new Outdated(`${describeObject(object)} is there already`, { cause: error });
    throw error;
  }
}

async function created(client: KubeClient, object: KubeObject): Promise<boolean> {
  try {
    await client.create({ resource: resources.secrets, object });
    return true;
  } catch (error) {
    if (isAlreadyExists(error)) return false;
    throw error;
  }
}

/** Without the label the garbage collector would never remove the Secret when it is not used any more. */
async function label(client: KubeClient, secret: KubeObject): Promise<void> {
  if (secret.metadata.labels?.[labels.garbageCollectable] === 'true') return;
  const { namespace, name, resourceVersion } = secret.metadata;
  const patch = { metadata: { resourceVersion, labels: { [labels.garbageCollectable]: 'true' } } };
  await client.mergePatch({ resource: resources.secrets, namespace, name, patch });
}

async function applyChange(client: KubeClient, { verb, object }: Change): Promise<void> {
  const resource = resourceOfKind(object.kind);
  if (verb === 'create') await createNew(client, object);
  else if (verb === 'replace') await client.replace({ resource, object });
  else await deleteObject(client, object);
}
