import { isRecord, type KubeObject, recordOf } from '../gardener/objects.ts';
import { defaultNamespace, isPortNumber } from './read-policy.ts';
import { readLabels, readSelector } from './read-selector.ts';
import { compileSelector } from './selector.ts';
import { type ContainerPort, type Labels, type Pod, type Protocol, protocols } from './types.ts';

/** Where the template of the pods is in an object of this kind. */
const templatePaths: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  Deployment: ['spec', 'template'],
  ReplicaSet: ['spec', 'template'],
  ReplicationController: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  Job: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
};

function isWorkload({ kind }: { readonly kind: string }): boolean {
  return Object.hasOwn(templatePaths, kind);
}

export interface WorkloadInput {
  readonly objects: readonly KubeObject[];
  /** Ranges of pods whose addresses are not known, such as those of templates. */
  readonly podRanges?: readonly string[];
  /** Ranges of nodes, for pods in the network of their node. */
  readonly nodeRanges?: readonly string[];
}

/**
 * Returns the pods of Pods and of objects with a template for pods. Pods that ended are left out, and templates of which the input has pods,
 * because the pods say more.
 */
export function readPods({ objects, podRanges = [], nodeRanges = [] }: WorkloadInput): readonly Pod[] {
  const workloads = objects.filter(isWorkload).filter((one) => !isOwned(one, objects));
  const real = workloads.filter(({ kind }) => kind === 'Pod');
  const templates = workloads.filter((one) => one.kind !== 'Pod' && !hasPods(one, real));
  return [...real.filter((one) => !hasEnded(one)), ...templates].map((object) => {
    const pod = readPod(object);
    return pod.addresses.length > 0 ? pod : { ...pod, addresses: pod.hostNetwork ? nodeRanges : podRanges };
  });
}

/** A ReplicaSet of a Deployment and a Job of a CronJob repeat the template of their owner. */
function isOwned({ kind, metadata }: KubeObject, objects: readonly KubeObject[]): boolean {
  if (kind === 'Pod') return false;
  const given: unknown = metadata.ownerReferences;
  const owners = (Array.isArray(given) ? given : []).map(recordOf);
  return objects.some(
    (other) =>
      other.metadata.namespace === metadata.namespace &&
      owners.some((owner) => owner['kind'] === other.kind && owner['name'] === other.metadata.name),
  );
}

function hasPods(object: KubeObject, pods: readonly KubeObject[]): boolean {
  const selector = recordOf(object['spec'])['selector'];
  if (!isRecord(selector)) return false;
  const isPlain = object.kind === 'ReplicationController';
  const matches = compileSelector(
    isPlain ? { matchLabels: readLabels(selector, ignored) } : readSelector(selector, ignored),
  );
  return pods.some(
    ({ metadata }) => metadata.namespace === object.metadata.namespace && matches(readLabels(metadata.labels, ignored)),
  );
}

function hasEnded(object: KubeObject): boolean {
  const { phase } = recordOf(object['status']);
  return phase === 'Succeeded' || phase === 'Failed';
}

/** Objects come from an API server or are validated by it; what they lack has no effect on policies. */
const ignored = { path: '', report: () => undefined };

function readPod(object: KubeObject): Pod {
  const template: unknown = (templatePaths[object.kind] ?? []).reduce<unknown>(
    (value, key) => recordOf(value)[key],
    object,
  );
  const { metadata, spec } = recordOf(template);
  const { nodeName, hostNetwork } = recordOf(spec);
  const namespace = object.metadata.namespace ?? defaultNamespace;
  return {
    namespace,
    name: object.metadata.name,
    labels: readLabels(recordOf(metadata)['labels'], ignored),
    ports: readPorts(recordOf(spec)),
    hostNetwork: hostNetwork === true,
    addresses: readAddresses(recordOf(object['status'])),
    ...(typeof nodeName === 'string' && nodeName !== '' ? { node: nodeName } : {}),
    ...(object.kind === 'Pod' ? {} : { workload: `${object.kind} ${namespace}/${object.metadata.name}` }),
  };
}

function readAddresses({ podIP, podIPs }: Readonly<Record<string, unknown>>): readonly string[] {
  const all = (Array.isArray(podIPs) ? podIPs : []).map((one) => recordOf(one)['ip']);
  return (all.length > 0 ? all : [podIP]).filter((one) => typeof one === 'string');
}

/** Of init containers only those that run beside the others serve ports. */
function readPorts({ containers, initContainers }: Readonly<Record<string, unknown>>): readonly ContainerPort[] {
  const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
  const sidecars = list(initContainers).filter((one) => recordOf(one)['restartPolicy'] === 'Always');
  return [...list(containers), ...sidecars].flatMap((one) => list(recordOf(one)['ports']).flatMap(readContainerPort));
}

function readContainerPort(value: unknown): readonly ContainerPort[] {
  const { name, containerPort, protocol = 'TCP' } = recordOf(value);
  const isKnown = protocols.includes(protocol as Protocol);
  if (typeof containerPort !== 'number' || !isPortNumber(containerPort) || !isKnown) return [];
  const port = { port: containerPort, protocol: protocol as Protocol };
  return [typeof name === 'string' ? { name, ...port } : port];
}

/** Returns the labels of the Namespaces among the objects. */
export function readNamespaces(objects: readonly KubeObject[]): ReadonlyMap<string, Labels> {
  const namespaces = objects.filter(({ kind, apiVersion }) => kind === 'Namespace' && apiVersion === 'v1');
  return new Map(namespaces.map(({ metadata }) => [metadata.name, readLabels(metadata.labels, ignored)]));
}
