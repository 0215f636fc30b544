/**
 * Reconciles the objects of a ManagedResource in a shoot like the gardener-resource-manager (docs/design/gardener.md#gardener-resource-manager):
 * deletes removed objects first, then creates or merges the others one by one in Helm's order, until the first error.
 */

import { describeObject, isRecord, type KubeObject, recordOf } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { isInvalid } from '../../pkg/kubernetes/client/errors.ts';
import type { Resource } from '../../pkg/kubernetes/client/resource.ts';
import { waitEstablished } from './seed.ts';

export interface Applied {
  readonly created: readonly string[];
  /** Objects whose resourceVersion changed. */
  readonly written: readonly string[];
  readonly deleted: readonly string[];
  readonly recreated: readonly string[];
}

export interface ResourceManager {
  /** Reconciles the ManagedResource of this name once. Throws errors of the API server. */
  reconcile(name: string, objects: readonly KubeObject[]): Promise<Applied>;
  /** Returns the stored object. */
  live(object: KubeObject): Promise<KubeObject | undefined>;
}

export interface ResourceManagerInput {
  readonly client: KubeClient;
  readonly injectLabels: Readonly<Record<string, string>>;
}

export function createResourceManager({ client, injectLabels }: ResourceManagerInput): ResourceManager {
  const findResource = discovery(client);
  const before = new Map<string, readonly KubeObject[]>();

  async function live(object: KubeObject): Promise<KubeObject | undefined> {
    return client.find({ resource: await findResource(object), ...objectKey(object) });
  }

  async function remove(object: KubeObject): Promise<void> {
    // The original uses foreground propagation, which needs a garbage collector.
    await client.delete({
      resource: await findResource(object),
      ...objectKey(object),
      propagationPolicy: 'Background',
    });
  }

  async function apply(
    desired: KubeObject,
    last: KubeObject | undefined,
  ): Promise<'created' | 'written' | 'recreated' | 'kept'> {
    const resource = await findResource(desired);
    const present = await live(desired);
    if (present === undefined) {
      await client.create({ resource, object: injectLabelsInto(desired, injectLabels) });
      if (desired.kind === 'CustomResourceDefinition') await waitEstablished(client, [desired]);
      return 'created';
    }
    try {
      const object = merged({ present, desired: injectLabelsInto(desired, injectLabels), last });
      const stored = await client.replace({ resource, object });
      return stored.metadata.resourceVersion === present.metadata.resourceVersion ? 'kept' : 'written';
    } catch (error) {
      if (!isInvalid(error) || !isRecreated(desired, present)) throw error;
      await remove(desired);
      await client.create({ resource, object: injectLabelsInto(desired, injectLabels) });
      return 'recreated';
    }
  }

  return {
    live,
    async reconcile(name, objects) {
      const old = before.get(name) ?? [];
      const gone = old.filter((one) => !isKept(one) && !objects.some((other) => identity(other) === identity(one)));
      for (const one of gone) await remove(one);
      const results: (readonly [object: KubeObject, result: string])[] = [];
      for (const desired of inHelmOrder(objects)) {
        const last = old.find((one) => identity(one) === identity(desired));
        try {
          results.push([desired, await apply(desired, last)]);
        } catch (error) {
          throw new Error(`error during apply of object ${describeObject(desired)}`, { cause: error });
        }
      }
      before.set(name, objects);
      const those = (what: string) =>
        results.filter(([, result]) => result === what).map(([one]) => describeObject(one));
      return {
        created: those('created'),
        written: those('written'),
        recreated: those('recreated'),
        deleted: gone.map(describeObject),
      };
    },
  };
}

/** The gardener-resource-manager does not delete objects with this annotation. */
function isKept({ metadata }: KubeObject): boolean {
  return metadata.annotations?.['resources.gardener.cloud/keep-object'] === 'true';
}

function discovery(client: KubeClient): (object: KubeObject) => Promise<Resource> {
  const known = new Map<string, Resource>();
  return async ({ apiVersion, kind }) => {
    const key = `${apiVersion} ${kind}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const [version = '', group = ''] = apiVersion.split('/').reverse();
    const response = (await client.getPath(group === '' ? `/api/${version}` : `/apis/${apiVersion}`)) as {
      readonly resources: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
    };
    const one = response.resources.find((resource) => resource.kind === kind && !resource.name.includes('/'));
    if (one === undefined) throw new Error(`the API server has no kind ${key}`);
    const resource = { group, version, plural: one.name, namespaced: one.namespaced };
    known.set(key, resource);
    return resource;
  };
}

function objectKey({ metadata }: KubeObject): { readonly namespace?: string; readonly name: string } {
  return { ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }), name: metadata.name };
}

function identity({ apiVersion, kind, metadata }: KubeObject): string {
  return [apiVersion.replace(/\/?[^/]*$/, ''), kind, metadata.namespace ?? '', metadata.name].join('/');
}

const helmOrder = [
  'Namespace',
  'NetworkPolicy',
  'ResourceQuota',
  'LimitRange',
  'PodDisruptionBudget',
  'ServiceAccount',
  'Secret',
  'ConfigMap',
  'StorageClass',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'CustomResourceDefinition',
  'ClusterRole',
  'ClusterRoleBinding',
  'Role',
  'RoleBinding',
  'Service',
  'DaemonSet',
  'Pod',
  'ReplicationController',
  'ReplicaSet',
  'Deployment',
  'HorizontalPodAutoscaler',
  'StatefulSet',
  'Job',
  'CronJob',
  'Ingress',
  'APIService',
];

/** Sorts objects by kind like Helm; unknown kinds are last, sorted by name. */
function inHelmOrder(objects: readonly KubeObject[]): readonly KubeObject[] {
  const rank = ({ kind }: KubeObject): number =>
    helmOrder.includes(kind) ? helmOrder.indexOf(kind) : helmOrder.length;
  return [...objects].sort((a, b) => rank(a) - rank(b) || (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : 0));
}

type Plain = Readonly<Record<string, unknown>>;

/** Adds the labels to an object and its pod template. */
function injectLabelsInto(object: KubeObject, labels: Readonly<Record<string, string>>): KubeObject {
  const all = { 'resources.gardener.cloud/managed-by': 'gardener', ...labels };
  const { metadata } = object;
  const spec = isRecord(object['spec']) ? object['spec'] : undefined;
  const template = isRecord(spec?.['template']) ? spec['template'] : undefined;
  const inner = recordOf(template?.['metadata']);
  const pods =
    template === undefined
      ? {}
      : { template: { ...template, metadata: { ...inner, labels: { ...recordOf(inner['labels']), ...all } } } };
  return {
    ...object,
    metadata: { ...metadata, labels: { ...metadata.labels, ...all } },
    ...(spec === undefined ? {} : { spec: { ...spec, ...pods } }),
  };
}

interface Merge {
  readonly present: KubeObject;
  readonly desired: KubeObject;
  readonly last: KubeObject | undefined;
}

function merged({ present, desired, last }: Merge): KubeObject {
  const { metadata, ...body } = desired;
  const own = threeWay(present.metadata.annotations, last?.metadata.annotations, metadata.annotations);
  const labels = threeWay(present.metadata.labels, last?.metadata.labels, metadata.labels);
  return {
    ...body,
    ...retainedFields(present, desired),
    ...('status' in present ? { status: present['status'] } : {}),
    metadata: { ...present.metadata, annotations: own, labels },
  };
}

function threeWay(present: unknown, last: unknown, desired: unknown): Readonly<Record<string, string>> {
  const wanted = recordOf(desired);
  const gone = Object.keys(recordOf(last)).filter((key) => !(key in wanted));
  const rest = Object.entries(recordOf(present)).filter(([key]) => !gone.includes(key));
  return { ...Object.fromEntries(rest), ...wanted } as Readonly<Record<string, string>>;
}

/** Returns the fields whose values in the shoot are retained. */
function retainedFields(present: KubeObject, desired: KubeObject): Plain {
  const [old, spec] = [recordOf(present['spec']), recordOf(desired['spec'])];
  switch (desired.kind) {
    case 'Deployment':
    case 'StatefulSet':
      return { spec: { ...spec, replicas: spec['replicas'] ?? old['replicas'] } };
    case 'Job':
      return {
        spec: {
          ...spec,
          selector: old['selector'],
          template: mergeLabels(recordOf(old['template']), recordOf(spec['template'])),
        },
      };
    case 'Service':
      return {
        spec: {
          ...spec,
          clusterIP: spec['clusterIP'] ?? old['clusterIP'],
          clusterIPs: spec['clusterIPs'] ?? old['clusterIPs'],
        },
      };
    case 'ServiceAccount':
      return 'secrets' in present ? { secrets: present['secrets'] } : {};
    default:
      return {};
  }
}

function mergeLabels(present: Plain, desired: Plain): Plain {
  const [old, wanted] = [recordOf(present['metadata']), recordOf(desired['metadata'])];
  return { ...desired, metadata: { ...wanted, labels: { ...recordOf(old['labels']), ...recordOf(wanted['labels']) } } };
}

function isRecreated(desired: KubeObject, present: KubeObject): boolean {
  const sealed = ['ConfigMap', 'Secret'].includes(desired.kind) && present['immutable'] === true;
  return sealed || desired.metadata.annotations?.['resources.gardener.cloud/delete-on-invalid-update'] === 'true';
}
