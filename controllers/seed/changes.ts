import { labels, secretReferencePrefix } from '../../pkg/gardener/constants.ts';
import { containsJson, sameJson } from '../../pkg/gardener/merge-patch.ts';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import type { RenderedManagedResource } from '../../pkg/managedresource/build.ts';
import type { NetworkPlan } from '../../pkg/network/plugin.ts';
import { idOf, type Seed } from './observe.ts';

/** One write to the seed. `replace` carries the resourceVersion that was read, so that nobody else's change is lost. */
export type Change =
  | { readonly verb: 'create' | 'replace'; readonly object: KubeObject }
  | { readonly verb: 'delete'; readonly object: KubeObject };

export interface Changes {
  /** Secrets that must be there, with their content, before anything refers to them. */
  readonly secrets: readonly WantedSecret[];
  /** Everything else, in no particular order. */
  readonly rest: readonly Change[];
}

export interface WantedSecret {
  readonly bundle: RenderedManagedResource;
  /** As stored under the wanted name; looked at only when the ManagedResource refers to it. */
  readonly secret: KubeObject | undefined;
}

export interface ChangesInput {
  readonly plan: Pick<NetworkPlan, 'seedObjects' | 'seedLeftOvers'>;
  /** For each ManagedResource of the plan. */
  readonly wanted: readonly WantedSecret[];
  readonly seed: Seed;
}

/** What must be written so that the seed is as planned; nothing at all when it is so already. A pure function. */
export function changesOf({ plan, wanted, seed }: ChangesInput): Changes {
  const managed = wanted.flatMap(({ bundle: { managedResource } }) =>
    managedResourceChange(managedResource, seed.managedResources.get(managedResource.metadata.name)),
  );
  const monitoring = plan.seedObjects.flatMap((wanted) =>
    monitoringChange(wanted, seed.monitoring.get(idOf({ kind: wanted.kind, name: wanted.metadata.name }))),
  );
  const leftOvers = plan.seedLeftOvers.flatMap((name): readonly Change[] => {
    const object = seed.monitoring.get(idOf(name));
    return object === undefined ? [] : [{ verb: 'delete', object }];
  });
  return { secrets: wanted.filter((one) => !isIntact(one)), rest: [...managed, ...monitoring, ...leftOvers] };
}

function isIntact({ bundle, secret }: WantedSecret): boolean {
  return secret?.metadata.labels?.[labels.garbageCollectable] === 'true' && bundle.matches(secret);
}

/**
 * The spec is set as a whole, which also ends a `keepObjects` that an interrupted migration left behind; labels and annotations of others stay,
 * references to Secrets that are not used any more go (docs/design/gardener.md#managedresource).
 */
function managedResourceChange(wanted: KubeObject, present: KubeObject | undefined): readonly Change[] {
  if (present === undefined) return [{ verb: 'create', object: wanted }];
  const others = Object.entries(present.metadata.annotations ?? {}).filter(
    ([name]) => !name.startsWith(secretReferencePrefix),
  );
  const metadata = {
    ...present.metadata,
    // The API server stores no empty map; one in ours would be a difference at every look.
    ...(wanted.metadata.labels && { labels: { ...present.metadata.labels, ...wanted.metadata.labels } }),
    annotations: { ...Object.fromEntries(others), ...wanted.metadata.annotations },
  };
  const object = { ...present, metadata, spec: wanted['spec'] };
  return sameJson(object, present) ? [] : [{ verb: 'replace', object }];
}

/** Defaults that the API server added are no difference; a difference replaces all but the metadata. */
function monitoringChange(wanted: KubeObject, present: KubeObject | undefined): readonly Change[] {
  if (present === undefined) return [{ verb: 'create', object: wanted }];
  if (containsJson(present, wanted) && hasSameKeys(present['data'], wanted['data'])) return [];
  const metadata = { ...present.metadata, labels: { ...present.metadata.labels, ...wanted.metadata.labels } };
  return [{ verb: 'replace', object: { ...wanted, metadata } }];
}

/** The data of a ConfigMap has no defaults: a key too many is a left-over. */
function hasSameKeys(present: unknown, wanted: unknown): boolean {
  return !isRecord(wanted) || (isRecord(present) && Object.keys(present).length === Object.keys(wanted).length);
}
