import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { referencedSecrets } from '../../pkg/managedresource/present.ts';
import type { NetworkPlugin } from '../../pkg/network/plugin.ts';

/**
 * Returns the names of the Secrets that are deleted together with a ManagedResource: the fixed name of earlier versions, and the references
 * whose names this extension or the Go extension chose. `secretRefs` alone prove nothing: whoever writes ManagedResources could otherwise have
 * any Secret of the namespace deleted. The garbage collector removes other Secrets if they carry its label (docs/design/faults.md#references).
 */
export function ownSecrets(
  managedResource: KubeObject,
  { shootWebhook }: Pick<NetworkPlugin, 'shootWebhook'>,
): readonly string[] {
  const { name } = managedResource.metadata;
  // The Secret of a shoot webhook never had the prefix (docs/design/gardener.md#managedresource).
  const fixed = name === shootWebhook?.managedResource ? name : `managedresource-${name}`;
  const isOwn = (reference: string): boolean =>
    reference.startsWith(`${fixed}-`) && contentHash.test(reference.slice(fixed.length + 1));
  return [fixed, ...referencedSecrets(managedResource).filter(isOwn)];
}

/** The first eight digits of the SHA-256 of the content, in both extensions. */
const contentHash = /^[0-9a-f]{8}$/;
