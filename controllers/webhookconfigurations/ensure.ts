import { containsJson, sameJson } from '../../pkg/gardener/merge-patch.ts';
import { describeObject, type KubeObject, type OwnerReference } from '../../pkg/gardener/objects.ts';
import { builtin } from '../../pkg/kubernetes/client/builtin.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { deleteIgnoringNotFound } from '../../pkg/kubernetes/client/errors.ts';
import type { Resource } from '../../pkg/kubernetes/client/resource.ts';

export type ConfigurationClient = Pick<KubeClient, 'find' | 'create' | 'mergePatch' | 'delete'>;

/** Kind and name of a webhook configuration. */
export interface ConfigurationName {
  readonly kind: 'MutatingWebhookConfiguration' | 'ValidatingWebhookConfiguration';
  readonly metadata: { readonly name: string };
}

/**
 * The owner namespace of the configurations does not exist. Without an owner they would outlive the extension and
 * reject every Shoot.
 */
export class OwnerNotFound extends Error {
  override readonly name = 'OwnerNotFound';
}

/** The namespace whose deletion garbage-collects the webhook configurations. */
export interface Owner {
  readonly name: string;
  readonly uid: string;
}

/**
 * Returns an owner reference as in Gardener's own webhook configurations, which does not block the deletion of the
 * namespace.
 */
export function ownerReference({ name, uid }: Owner): OwnerReference {
  return { apiVersion: 'v1', kind: 'Namespace', name, uid, controller: true, blockOwnerDeletion: false };
}

/** Reads the uid of a namespace with one request. Throws OwnerNotFound and errors of the client. */
export async function readOwner(client: Pick<KubeClient, 'find'>, name: string): Promise<Owner> {
  const namespace = await client.find({ resource: builtin.namespaces, name, metadataOnly: true });
  if (namespace?.metadata.uid === undefined)
    throw new OwnerNotFound(
      `Namespace ${name} does not exist: create it, or specify another one with --webhook-config-owner-namespace`,
    );
  return { name, uid: namespace.metadata.uid };
}

/**
 * Creates missing configurations and reverts changes to existing ones, with one read for each and a write only if
 * something differs. Foreign labels and annotations are retained; a former owner is replaced, because its deletion
 * would delete the configuration. Returns what was written, as `created ValidatingWebhookConfiguration name`. Throws
 * errors of the client.
 */
export async function ensureConfigurations(
  client: ConfigurationClient,
  wanted: readonly KubeObject[],
): Promise<readonly string[]> {
  const written: string[] = [];
  for (const configuration of wanted) {
    const resource = resourceFor(configuration);
    const { name } = configuration.metadata;
    const stored = await client.find({ resource, name });
    if (stored === undefined) {
      await client.create({ resource, object: configuration });
      written.push(`created ${describeObject(configuration)}`);
    } else if (!matches(stored, configuration)) {
      const { labels, ownerReferences } = configuration.metadata;
      const patch = { metadata: { labels, ownerReferences }, webhooks: configuration['webhooks'] };
      await client.mergePatch({ resource, name, patch });
      written.push(`updated ${describeObject(configuration)}`);
    }
  }
  return written;
}

/**
 * Deletes existing configurations, with one read for each. Returns what was deleted, as `deleted
 * MutatingWebhookConfiguration name`. Throws errors of the client.
 */
export async function removeConfigurations(
  client: ConfigurationClient,
  unwanted: readonly ConfigurationName[],
): Promise<readonly string[]> {
  const deleted: string[] = [];
  for (const configuration of unwanted) {
    const resource = resourceFor(configuration);
    const { name } = configuration.metadata;
    const stored = await client.find({ resource, name, metadataOnly: true });
    if (stored === undefined) continue;
    const { uid } = stored.metadata;
    const deletion = client.delete({ resource, name, ...(uid === undefined ? {} : { preconditions: { uid } }) });
    if (await deleteIgnoringNotFound(deletion)) deleted.push(`deleted ${configuration.kind} ${name}`);
  }
  return deleted;
}

/** Compares lists as a whole, because an additional rule or selector would change which Shoots the webhook receives. */
function matches(stored: KubeObject, wanted: KubeObject): boolean {
  const { labels, ownerReferences } = wanted.metadata;
  return (
    sameJson(stored['webhooks'], wanted['webhooks']) &&
    containsJson(stored.metadata.labels ?? {}, labels) &&
    (ownerReferences === undefined || sameJson(stored.metadata.ownerReferences, ownerReferences))
  );
}

function resourceFor({ kind }: Pick<KubeObject, 'kind'>): Resource {
  return kind === 'ValidatingWebhookConfiguration'
    ? builtin.validatingWebhookConfigurations
    : builtin.mutatingWebhookConfigurations;
}
