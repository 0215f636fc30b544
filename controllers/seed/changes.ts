import { labels, secretReferencePrefix } from '../../pkg/gardener/constants.ts';
import { containsJson, sameJson } from '../../pkg/gardener/merge-patch.ts';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import type { RenderedManagedResource } from '../../pkg/managedresource/build.ts';
import type { NetworkPlan } from '../../pkg/network/plugin.ts';
import { hasLargeContent, type RememberedContent } from './content-memo.ts';
import { objectId, type Seed } from './observe.ts';

/** One write to the seed. `replace` carries the resourceVersion that was read, so that no change of others is lost. */
export type Change =
  | { readonly verb: 'create' | 'replace'; readonly object: KubeObject }
  | { readonly verb: 'delete'; readonly object: KubeObject };

export interface Changes {
  /** Secrets to ensure before any object refers to them. */
  readonly secrets: readonly WantedSecret[];
  /** All other writes, in any order. */
  readonly objects: readonly Change[];
}

export interface WantedSecret {
  readonly rendered: RenderedManagedResource;
  /** The Secret of the wanted name; read only when the ManagedResource refers to it. */
  readonly stored: KubeObject | undefined;
  /** The remembered content of `stored`, which may have been read without it: the hash of the rendered content. */
  readonly content?: RememberedContent | undefined;
}

export interface ChangesInput {
  readonly plan: Pick<NetworkPlan, 'seedObjects' | 'obsoleteSeedObjects'>;
  /** One for each ManagedResource of the plan. */
  readonly wanted: readonly WantedSecret[];
  readonly seed: Seed;
}

/** Returns the writes that turn the seed into the planned one; none when it is as planned. A pure function. */
export function computeChanges({ plan, wanted, seed }: ChangesInput): Changes {
  const managed = wanted.flatMap(({ rendered: { managedResource } }) =>
    managedResourceChange(managedResource, seed.managedResources.get(managedResource.metadata.name)),
  );
  const monitoring = plan.seedObjects.flatMap((wanted) => monitoringChange(wanted, seed));
  const obsolete = plan.obsoleteSeedObjects.flatMap((name): readonly Change[] => {
    const object = seed.monitoring.get(objectId(name));
    return object === undefined ? [] : [{ verb: 'delete', object }];
  });
  return { secrets: wanted.filter((one) => !isIntact(one)), objects: [...managed, ...monitoring, ...obsolete] };
}

export interface UnchangedContent {
  readonly object: KubeObject;
  readonly content: unknown;
}

/** Returns the objects that were read with their content and are as planned, for a memo; of monitoring objects only the large ones. */
export function unchangedContents(
  { plan, wanted, seed }: ChangesInput,
  { secrets, objects }: Changes,
): readonly UnchangedContent[] {
  const intact = wanted.filter((one) => one.content === undefined && !secrets.includes(one));
  const changed = new Set(objects.map(({ object: { kind, metadata } }) => objectId({ kind, name: metadata.name })));
  const monitoring = plan.seedObjects.filter(hasLargeContent).flatMap((content) => {
    const id = objectId({ kind: content.kind, name: content.metadata.name });
    const object = seed.monitoring.get(id);
    return object === undefined || changed.has(id) || seed.remembered?.has(id) === true ? [] : [{ object, content }];
  });
  return [
    ...intact.flatMap(({ rendered, stored }) =>
      stored === undefined ? [] : [{ object: { ...stored, kind: 'Secret' }, content: rendered.contentHash }],
    ),
    ...monitoring,
  ];
}

function isIntact({ rendered, stored, content }: WantedSecret): boolean {
  if (stored?.metadata.labels?.[labels.garbageCollectable] !== 'true') return false;
  return content === undefined ? rendered.matches(stored) : content.equals(rendered.contentHash);
}

/**
 * Sets the whole spec, which also resets a `keepObjects` of an interrupted migration. Labels and annotations of others remain; references to
 * unused Secrets are removed (docs/design/gardener.md#managedresource).
 */
function managedResourceChange(wanted: KubeObject, present: KubeObject | undefined): readonly Change[] {
  if (present === undefined) return [{ verb: 'create', object: wanted }];
  const others = Object.entries(present.metadata.annotations ?? {}).filter(
    ([name]) => !name.startsWith(secretReferencePrefix),
  );
  const metadata = {
    ...present.metadata,
    // The API server stores no empty map, so an empty one would differ in every run.
    ...(wanted.metadata.labels && { labels: { ...present.metadata.labels, ...wanted.metadata.labels } }),
    annotations: { ...Object.fromEntries(others), ...wanted.metadata.annotations },
  };
  const object = { ...present, metadata, spec: wanted['spec'] };
  return sameJson(object, present) ? [] : [{ verb: 'replace', object }];
}

/** Ignores defaults that the API server added. A difference replaces everything but the metadata. */
function monitoringChange(wanted: KubeObject, { monitoring, remembered }: Seed): readonly Change[] {
  const id = objectId({ kind: wanted.kind, name: wanted.metadata.name });
  const present = monitoring.get(id);
  if (present === undefined) return [{ verb: 'create', object: wanted }];
  const content = remembered?.get(id);
  if (content === undefined ? containsMonitoring(present, wanted) : content.equals(wanted)) return [];
  const metadata = { ...present.metadata, labels: { ...present.metadata.labels, ...wanted.metadata.labels } };
  return [{ verb: 'replace', object: { ...wanted, metadata } }];
}

function containsMonitoring(present: KubeObject, wanted: KubeObject): boolean {
  return containsJson(present, wanted) && hasSameKeys(present['data'], wanted['data']);
}

/** The data of a ConfigMap has no defaults, so an additional key is a difference. */
function hasSameKeys(present: unknown, wanted: unknown): boolean {
  return !isRecord(wanted) || (isRecord(present) && Object.keys(present).length === Object.keys(wanted).length);
}
