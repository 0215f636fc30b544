import { parseGoBoolean } from '../gardener/go-boolean.ts';
import { describeObject, type KubeObject, recordOf } from '../gardener/objects.ts';
import { formatDataPathValue } from '../network/data-path.ts';
import { type Difference, differences } from './differences.ts';
import { normalizeObject } from './normalize.ts';

/** The effect on one object in the shoot when the resource manager applies another set of objects (docs/design/gardener.md#gardener-resource-manager). */
export interface ObjectChange {
  /** `Kind namespace/name`. */
  readonly object: string;
  /** `released`: no longer in the set, but retained in the shoot because of an annotation. */
  readonly change: 'added' | 'removed' | 'released' | 'changed';
  /** Empty unless `change` is `changed`. */
  readonly differences: readonly Difference[];
  /** Set if the change replaces the pods of the object. */
  readonly roll?: Roll;
  /** Set if the API server rejects the change as an update of the object. */
  readonly immutable?: Immutable;
}

export interface Roll {
  /** Differences of the pod template. */
  readonly reasons: readonly Difference[];
  /** For example `RollingUpdate, maxUnavailable 1`; undefined for OnDelete. */
  readonly strategy: string | undefined;
}

export interface Immutable {
  readonly reasons: readonly Difference[];
  /** True if the resource manager deletes and recreates the object; otherwise the update fails, and no later object is applied. */
  readonly recreated: boolean;
}

export interface Objects {
  readonly before: readonly KubeObject[];
  readonly after: readonly KubeObject[];
}

/**
 * Returns the effects of applying `after` in place of `before`, ordered by name; equivalent objects are omitted. Of duplicates in a list
 * the last one counts, as in the resource manager.
 */
export function objectChanges({ before, after }: Objects): readonly ObjectChange[] {
  const [left, right] = [byIdentity(before), byIdentity(after)];
  const keys = [...new Set([...left.keys(), ...right.keys()])].sort();
  return keys.flatMap((key) => {
    const [old, wanted] = [left.get(key), right.get(key)];
    if (old === undefined) return wanted === undefined ? [] : [wholeObject(wanted, 'added')];
    if (wanted === undefined) return [wholeObject(old, isRetained(old) ? 'released' : 'removed')];
    return compare(old, wanted);
  });
}

/** Indexes objects by kind, group and name, since all versions of a group contain the same objects. */
function byIdentity(objects: readonly KubeObject[]): ReadonlyMap<string, KubeObject> {
  return new Map(
    objects.map((one) => {
      const group = /^([^/]*)\//.exec(one.apiVersion)?.[1] ?? '';
      return [JSON.stringify([one.kind, one.metadata.namespace ?? '', one.metadata.name, group]), one];
    }),
  );
}

function wholeObject(object: KubeObject, change: 'added' | 'removed' | 'released'): ObjectChange {
  return { object: describeObject(object), change, differences: [] };
}

function isRetained({ metadata }: KubeObject): boolean {
  const annotations = metadata.annotations ?? {};
  return parseGoBoolean(annotations[`${prefix}keep-object`]) === true || annotations[`${prefix}mode`] === 'Ignore';
}

const prefix = 'resources.gardener.cloud/';

function compare(before: KubeObject, after: KubeObject): readonly ObjectChange[] {
  const found = differences({ before: normalizeObject(before), after: normalizeObject(after) }).filter(
    (one) => !isPreserved(one, after),
  );
  if (found.length === 0) return [];
  const immutable = findImmutable({ before, after, found });
  const roll = immutable === undefined ? findRoll(after, found) : undefined;
  return [
    {
      object: describeObject(after),
      change: 'changed',
      differences: found,
      ...(roll === undefined ? {} : { roll }),
      ...(immutable === undefined ? {} : { immutable }),
    },
  ];
}

/** Fields that the resource manager copies from the object in the shoot if the new one does not set them. */
const preserved: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    Deployment: ['spec.replicas'],
    StatefulSet: ['spec.replicas', 'spec.volumeClaimTemplates'],
    Job: ['spec.selector'],
    Service: ['spec.clusterIP', 'spec.clusterIPs'],
    ServiceAccount: ['secrets', 'imagePullSecrets'],
  }),
);

function isPreserved(difference: Difference, object: KubeObject): boolean {
  if (keepsResources(object) && containerResources.test(difference.path)) return true;
  return difference.kind === 'removed' && (preserved.get(object.kind) ?? []).includes(difference.path);
}

/** Resources of containers with the same name remain, since autoscalers set them; init containers have those of the new object. */
const containerResources = /^spec\.template\.spec\.containers\[[^\]]*\]\.resources\b/;

/** The resource manager compares the annotation with the text `true`, unlike the others. */
function keepsResources({ metadata }: KubeObject): boolean {
  return metadata.annotations?.[`${prefix}preserve-resources`] === 'true';
}

interface Change {
  readonly before: KubeObject;
  readonly after: KubeObject;
  readonly found: readonly Difference[];
}

/** Fields that are immutable in the API, including nested fields. */
const immutableFields: ReadonlyMap<string, RegExp> = new Map(
  Object.entries({
    DaemonSet: /^spec\.selector\b/,
    Deployment: /^spec\.selector\b/,
    StatefulSet:
      /^spec\.(?!replicas\b|ordinals\b|template\b|updateStrategy\b|revisionHistoryLimit\b|minReadySeconds\b|persistentVolumeClaimRetentionPolicy\b)/,
    Job: /^spec\.(template|selector|completions|completionMode)\b/,
    Service: /^spec\.clusterIPs?\b/,
    RoleBinding: /^roleRef\b/,
    ClusterRoleBinding: /^roleRef\b/,
    PriorityClass: /^value$/,
    CustomResourceDefinition: /^spec\.(group$|scope$|names\.(kind|plural)$)/,
  }),
);

function findImmutable({ before, after, found }: Change): Immutable | undefined {
  if (isImmutableData(before)) {
    const reasons = found.filter(({ path }) => /^(data|binaryData|stringData|immutable|type)\b/.test(path));
    return reasons.length === 0 ? undefined : { reasons, recreated: true };
  }
  const fields = after.kind === 'Secret' ? /^type$/ : immutableFields.get(after.kind);
  const reasons = fields === undefined ? [] : found.filter(({ path }) => fields.test(path));
  if (reasons.length === 0) return undefined;
  return {
    reasons,
    recreated: parseGoBoolean(after.metadata.annotations?.[`${prefix}delete-on-invalid-update`]) === true,
  };
}

function isImmutableData(object: KubeObject): boolean {
  return ['ConfigMap', 'Secret'].includes(object.kind) && object['immutable'] === true;
}

const workloads = ['DaemonSet', 'Deployment', 'StatefulSet'];

function findRoll(after: KubeObject, found: readonly Difference[]): Roll | undefined {
  if (!workloads.includes(after.kind)) return undefined;
  const reasons = found.filter(({ path }) => /^spec\.template\b/.test(path));
  return reasons.length === 0 ? undefined : { reasons, strategy: updateStrategy(after) };
}

/** Returns the update strategy as the API spells it, with the API's defaults. */
function updateStrategy(workload: KubeObject): string | undefined {
  const spec = recordOf(workload['spec']);
  const given = workload.kind === 'Deployment' ? spec['strategy'] : spec['updateStrategy'];
  const strategy = recordOf(given);
  const type = typeof strategy['type'] === 'string' ? strategy['type'] : 'RollingUpdate';
  if (type === 'OnDelete') return undefined;
  if (type !== 'RollingUpdate') return type;
  const rolling = recordOf(strategy['rollingUpdate']);
  const fallback = workload.kind === 'Deployment' ? '25%' : '1';
  return `RollingUpdate, maxUnavailable ${formatDataPathValue(rolling['maxUnavailable']) ?? fallback}`;
}
