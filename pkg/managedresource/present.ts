import { isRecord, type KubeObject } from '../gardener/objects.ts';
import type { Observed } from '../network/plugin.ts';
import { readManifests } from './read.ts';

export interface PresentInput {
  /** Undefined when there is none. */
  readonly managedResource: KubeObject | undefined;
  /** The Secrets that it refers to, by name, as far as they exist. */
  readonly secrets: ReadonlyMap<string, KubeObject | undefined>;
  /** Says in the reason what is wrong with a Secret that `secrets` lacks. */
  readonly missing?: 'is missing' | 'is not in the input';
}

/**
 * Returns the objects that a shoot has been given so far, from the Secrets of its ManagedResource; none without a ManagedResource. A Secret
 * that is missing or unreadable makes them unknown: a plan that depends on them must then leave everything as it is (verdict calico B11).
 */
export function readPresentObjects({
  managedResource,
  secrets,
  missing = 'is missing',
}: PresentInput): Observed<readonly KubeObject[]> {
  if (managedResource === undefined) return { known: true, value: [] };
  const { name } = managedResource.metadata;
  const names = referencedSecrets(managedResource);
  const present = names.map((one) => secrets.get(one)).filter((one) => one !== undefined);
  if (present.length < names.length) {
    const absent = names.filter((one) => secrets.get(one) === undefined).join(', ');
    return { known: false, reason: `Secret ${absent} of ManagedResource ${name} ${missing}` };
  }
  try {
    return { known: true, value: readManifests(present) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { known: false, reason: `Secret of ManagedResource ${name}: ${reason}` };
  }
}

/** Returns the names of the Secrets that a ManagedResource refers to. */
export function referencedSecrets(managedResource: KubeObject | undefined): readonly string[] {
  const spec = isRecord(managedResource?.['spec']) ? managedResource['spec'] : {};
  const refs = Array.isArray(spec['secretRefs']) ? spec['secretRefs'] : [];
  return refs.flatMap((ref: unknown) =>
    isRecord(ref) && typeof ref['name'] === 'string' && ref['name'] !== '' ? [ref['name']] : [],
  );
}
