import { errorMessage } from '../gardener/errors.ts';
import { isRecord, type KubeObject, recordOf } from '../gardener/objects.ts';
import type { Lookup } from '../network/plugin.ts';
import { readManifests } from './read.ts';

export interface PresentInput {
  /** Undefined if the ManagedResource does not exist. */
  readonly managedResource: KubeObject | undefined;
  /** The existing Secrets of `secretRefs`, by name. */
  readonly secrets: ReadonlyMap<string, KubeObject | undefined>;
  /** The words of the reason for a Secret that `secrets` lacks. Default: `is missing`. */
  readonly missing?: 'is missing' | 'is not in the input';
}

/**
 * Returns the objects that a ManagedResource applies to its shoot, read from its Secrets; no objects without a ManagedResource. A missing or
 * unreadable Secret makes the result unknown, so that a plan that depends on the objects changes nothing (verdict calico B11).
 */
export function readPresentObjects({
  managedResource,
  secrets,
  missing = 'is missing',
}: PresentInput): Lookup<readonly KubeObject[]> {
  if (managedResource === undefined) return { available: true, value: [] };
  const { name } = managedResource.metadata;
  const names = referencedSecrets(managedResource);
  const present = names.map((one) => secrets.get(one)).filter((one) => one !== undefined);
  if (present.length < names.length) {
    const absent = names.filter((one) => secrets.get(one) === undefined).join(', ');
    return { available: false, reason: `Secret ${absent} of ManagedResource ${name} ${missing}` };
  }
  try {
    return { available: true, value: readManifests(present) };
  } catch (error) {
    return { available: false, reason: `Secret of ManagedResource ${name}: ${errorMessage(error)}` };
  }
}

/** Returns the names of the Secrets that a ManagedResource refers to. */
export function referencedSecrets(managedResource: KubeObject | undefined): readonly string[] {
  const spec = recordOf(managedResource?.['spec']);
  const refs = Array.isArray(spec['secretRefs']) ? spec['secretRefs'] : [];
  return refs.flatMap((ref: unknown) =>
    isRecord(ref) && typeof ref['name'] === 'string' && ref['name'] !== '' ? [ref['name']] : [],
  );
}
