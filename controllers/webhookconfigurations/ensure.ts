import { containsJson, sameJson } from '../../pkg/gardener/merge-patch.ts';
import { describeObject, type KubeObject, type OwnerReference } from '../../pkg/gardener/objects.ts';
import { builtin } from '../../pkg/kubernetes/client/builtin.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { deleteIgnoringNotFound } from '../../pkg/kubernetes/client/errors.ts';
import type { Resource } from '../../pkg/kubernetes/client/resource.ts';

export type ConfigurationClient = Pick<KubeClient, 'find' | 'create' | 'mergePatch' | 'delete'>;

/** A webhook configuration by what it is called. */
export interface ConfigurationName {
  readonly kind: 'MutatingWebhookConfiguration' | 'ValidatingWebhookConfiguration';
  readonly metadata: { readonly name: string };
}

/** The namespace that the configurations shall end with is not there; without an owner they would stay behind and refuse every Shoot. */
export class OwnerMissing extends Error {
  override readonly name = 'OwnerMissing';
}

/** A namespace that webhook configurations end with. */
export interface Owner {
  readonly name: string;
  readonly uid: string;
}

/** As Gardener's own webhook configurations have it: the namespace can be deleted without them going first. */
export function ownerReference({ name, uid }: Owner): OwnerReference {
  return { apiVersion: 'v1', kind: 'Namespace', name, uid, controller: true, blockOwnerDeletion: false };
}

/** The uid of a namespace, by one read. Throws OwnerMissing, and what the client throws. */
export async function ownerOf(client: Pick<KubeClient, 'find'>, name: string): Promise<Owner> {
  const namespace = await client.find({ resource: builtin.namespaces, name, metadataOnly: true });
  if (namespace?.metadata.uid === undefined)
    throw new OwnerMissing(
      `Namespace ${name} is not there: create it, or name another one by --webhook-config-owner-namespace`,
    );
  return { name, uid: namespace.metadata.uid };
}

/**
 * Creates the configurations that are not there and takes back what others changed in the rest, by one read for each and a write only where
 * something differs. Labels and annotations of others stay; an owner of before does not, or its end would end what we serve. Gives what was
 * written, as `created ValidatingWebhookConfiguration name`. Throws what the client throws.
 */
export async function ensureConfigurations(
  client: ConfigurationClient,
  wanted: readonly KubeObject[],
): Promise<readonly string[]> {
  const written: string[] = [];
  for (const configuration of wanted) {
    const resource = resourceOf(configuration);
    const { name } = configuration.metadata;
    const stored = await client.find({ resource, name });
    if (stored === undefined) {
      await client.create({ resource, object: configuration });
      written.push(`created ${describeObject(configuration)}`);
    } else if (!isAsWanted(stored, configuration)) {
      const { labels, ownerReferences } = configuration.metadata;
      const patch = { metadata: { labels, ownerReferences }, webhooks: configuration['webhooks'] };
      await client.mergePatch({ resource, name, patch });
      written.push(`updated ${describeObject(configuration)}`);
    }
  }
  return written;
}

/**
 * Deletes those of the configurations that are there, by one read for each. Gives what was deleted, as `deleted
 * MutatingWebhookConfiguration name`. Throws what the client throws.
 */
export async function removeConfigurations(
  client: ConfigurationClient,
  unwanted: readonly ConfigurationName[],
): Promise<readonly string[]> {
  const deleted: string[] = [];
  for (const configuration of unwanted) {
    const resource = resourceOf(configuration);
    const { name } = configuration.metadata;
    const stored = await client.find({ resource, name, metadataOnly: true });
    if (stored === undefined) continue;
    const { uid } = stored.metadata;
    const deletion = client.delete({ resource, name, ...(uid === undefined ? {} : { preconditions: { uid } }) });
    if (await deleteIgnoringNotFound(deletion)) deleted.push(`deleted ${configuration.kind} ${name}`);
  }
  return deleted;
}

/** Lists are compared whole: a rule or selector more would send other Shoots here, or none. */
function isAsWanted(stored: KubeObject, wanted: KubeObject): boolean {
  const { labels, ownerReferences } = wanted.metadata;
  return (
    sameJson(stored['webhooks'], wanted['webhooks']) &&
    containsJson(stored.metadata.labels ?? {}, labels) &&
    (ownerReferences === undefined || sameJson(stored.metadata.ownerReferences, ownerReferences))
  );
}

function resourceOf({ kind }: Pick<KubeObject, 'kind'>): Resource {
  return kind === 'ValidatingWebhookConfiguration'
    ? builtin.validatingWebhookConfigurations
    : builtin.mutatingWebhookConfigurations;
}
