/** The objects that are compared for a case, rendered and recorded alike: those for the shoot, those of the seed, and the status of the Network. */
import { describeObject, isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import { canonicalLeaves, type Leaves } from './canonical.ts';
import { namespace } from './cases.ts';
import type { ObjectLeaves } from './differences.ts';

export interface CaseObjects {
  readonly shoot: readonly KubeObject[];
  readonly seed: readonly KubeObject[];
  /** `status` of the Network. */
  readonly status: unknown;
}

/** The leaves that are compared, by the name of the object. Throws for two objects with one name. */
export function comparedLeaves({ shoot, seed, status }: CaseObjects): ObjectLeaves {
  const objects = [...shoot, ...seed.filter(({ kind }) => kind !== 'Secret').map(seedView), statusView(status)];
  const leaves = new Map<string, Leaves>();
  for (const object of objects) {
    const name = describeObject(object);
    if (leaves.has(name)) throw new Error(`${name} is rendered twice`);
    leaves.set(name, crdLeaves(object) ?? canonicalLeaves(object));
  }
  return leaves;
}

/** CRDs are large, and the same in every case. */
const crds = new Map<string, Leaves>();

function crdLeaves(object: KubeObject): Leaves | undefined {
  if (object.kind !== 'CustomResourceDefinition') return undefined;
  const json = JSON.stringify(object);
  const leaves = crds.get(json) ?? canonicalLeaves(object);
  crds.set(json, leaves);
  return leaves;
}

/**
 * Of objects of the seed what others read: of a ManagedResource its labels and options, of a ConfigMap its labels and keys (dashboards are our own),
 * ScrapeConfigs and PrometheusRules as a whole.
 */
function seedView(object: KubeObject): KubeObject {
  const { apiVersion, kind, metadata, spec, data } = object;
  const { name, labels } = metadata;
  const common = { apiVersion, kind, metadata: { name, namespace: metadata.namespace, labels } } as KubeObject;
  if (kind === 'ManagedResource') return { ...common, spec: { ...(spec as object), secretRefs: undefined } };
  if (kind === 'ConfigMap') {
    const keys = Object.keys(isRecord(data) ? data : {}).map((key) => [key, '<text>']);
    return { ...common, data: Object.fromEntries(keys) };
  }
  return object;
}

/** Of the status what does not change with time, and what other extensions may read. */
function statusView(status: unknown): KubeObject {
  const { ipFamilies, providerStatus } = isRecord(status) ? status : {};
  const { apiVersion, kind } = isRecord(providerStatus) ? providerStatus : {};
  return {
    apiVersion: 'extensions.gardener.cloud/v1alpha1',
    kind: 'Network',
    metadata: { name: 'bar', namespace },
    reported: { ipFamilies, providerStatus: { apiVersion, kind } },
  };
}
