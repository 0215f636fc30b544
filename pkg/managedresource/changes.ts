import { isGoTrue } from '../gardener/go-boolean.ts';
import { describeObject, isRecord, type KubeObject } from '../gardener/objects.ts';
import { plainText } from '../network/data-path.ts';
import { type Difference, differences } from './differences.ts';
import { asStored } from './stored.ts';

/** What becomes of one object in the shoot when the resource manager applies another set of objects (docs/design/gardener.md#gardener-resource-manager). */
export interface ObjectChange {
  /** `Kind namespace/name`. */
  readonly object: string;
  /** `released`: no longer in the set, but left in the shoot, since it asks for that. */
  readonly change: 'added' | 'removed' | 'released' | 'changed';
  /** Of a changed object. */
  readonly differences: readonly Difference[];
  /** Its pods are replaced. */
  readonly roll?: Roll;
  /** The API server takes no such change of an object that is there. */
  readonly immutable?: Immutable;
}

export interface Roll {
  /** Of the pod template. */
  readonly reasons: readonly Difference[];
  /** Such as `RollingUpdate, maxUnavailable 1`; undefined when the pods stay until somebody deletes them. */
  readonly strategy: string | undefined;
}

export interface Immutable {
  readonly reasons: readonly Difference[];
  /** Whether the resource manager deletes and creates the object anew; otherwise it is refused, and nothing behind it is applied. */
  readonly recreated: boolean;
}

export interface Objects {
  readonly before: readonly KubeObject[];
  readonly after: readonly KubeObject[];
}

/**
 * What applying `after` in place of `before` changes, in the order of the names; objects that mean the same are left out. Of an object
 * that a list holds twice the last one counts, as for the resource manager.
 */
export function objectChanges({ before, after }: Objects): readonly ObjectChange[] {
  const [left, right] = [byIdentity(before), byIdentity(after)];
  const keys = [...new Set([...left.keys(), ...right.keys()])].sort();
  return keys.flatMap((key) => {
    const [old, wanted] = [left.get(key), right.get(key)];
    if (old === undefined) return wanted === undefined ? [] : [unchangedBut(wanted, 'added')];
    if (wanted === undefined) return [unchangedBut(old, isKept(old) ? 'released' : 'removed')];
    return changed(old, wanted);
  });
}

/** Versions of a group hold the same objects. */
function byIdentity(objects: readonly KubeObject[]): ReadonlyMap<string, KubeObject> {
  return new Map(
    objects.map((one) => {
      const group = /^([^/]*)\//.exec(one.apiVersion)?.[1] ?? '';
      return [JSON.stringify([one.kind, one.metadata.namespace ?? '', one.metadata.name, group]), one];
    }),
  );
}

function unchangedBut(object: KubeObject, change: 'added' | 'removed' | 'released'): ObjectChange {
  return { object: describeObject(object), change, differences: [] };
}

function isKept({ metadata }: KubeObject): boolean {
  const annotations = metadata.annotations ?? {};
  return isGoTrue(annotations[`${prefix}keep-object`]) || annotations[`${prefix}mode`] === 'Ignore';
}

const prefix = 'resources.gardener.cloud/';

function changed(before: KubeObject, after: KubeObject): readonly ObjectChange[] {
  const found = differences({ before: asStored(before), after: asStored(after) }).filter(
    (one) => !survives(one, after),
  );
  if (found.length === 0) return [];
  const immutable = immutableOf({ before, after, found });
  const roll = immutable === undefined ? rollOf(after, found) : undefined;
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

/** What the resource manager takes from the object in the shoot where the new one says nothing. */
const preserved: Readonly<Record<string, readonly string[]>> = {
  Deployment: ['spec.replicas'],
  StatefulSet: ['spec.replicas', 'spec.volumeClaimTemplates'],
  Job: ['spec.selector'],
  Service: ['spec.clusterIP', 'spec.clusterIPs'],
  ServiceAccount: ['secrets', 'imagePullSecrets'],
};

function survives({ path, kind }: Difference, { kind: of }: KubeObject): boolean {
  return kind === 'removed' && (preserved[of] ?? []).includes(path);
}

interface Change {
  readonly before: KubeObject;
  readonly after: KubeObject;
  readonly found: readonly Difference[];
}

/** Fields that an API server lets nobody change, with all that is in them. */
const immutableFields: Readonly<Record<string, RegExp>> = {
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
};

function immutableOf({ before, after, found }: Change): Immutable | undefined {
  if (isSealed(before)) {
    const reasons = found.filter(({ path }) => /^(data|binaryData|stringData|immutable|type)\b/.test(path));
    return reasons.length === 0 ? undefined : { reasons, recreated: true };
  }
  const fields = after.kind === 'Secret' ? /^type$/ : immutableFields[after.kind];
  const reasons = fields === undefined ? [] : found.filter(({ path }) => fields.test(path));
  if (reasons.length === 0) return undefined;
  return { reasons, recreated: isGoTrue(after.metadata.annotations?.[`${prefix}delete-on-invalid-update`]) };
}

function isSealed(object: KubeObject): boolean {
  return ['ConfigMap', 'Secret'].includes(object.kind) && object['immutable'] === true;
}

const workloads = ['DaemonSet', 'Deployment', 'StatefulSet'];

function rollOf(after: KubeObject, found: readonly Difference[]): Roll | undefined {
  if (!workloads.includes(after.kind)) return undefined;
  const reasons = found.filter(({ path }) => /^spec\.template\b/.test(path));
  return reasons.length === 0 ? undefined : { reasons, strategy: strategyOf(after) };
}

/** In the words of the API, with its defaults. */
function strategyOf(workload: KubeObject): string | undefined {
  const spec = isRecord(workload['spec']) ? workload['spec'] : {};
  const given = workload.kind === 'Deployment' ? spec['strategy'] : spec['updateStrategy'];
  const strategy = isRecord(given) ? given : {};
  const type = typeof strategy['type'] === 'string' ? strategy['type'] : 'RollingUpdate';
  if (type === 'OnDelete') return undefined;
  if (type !== 'RollingUpdate') return type;
  const rolling = isRecord(strategy['rollingUpdate']) ? strategy['rollingUpdate'] : {};
  const fallback = workload.kind === 'Deployment' ? '25%' : '1';
  return `RollingUpdate, maxUnavailable ${plainText(rolling['maxUnavailable']) ?? fallback}`;
}
