/** Pods of rendered workloads as containers on nodes. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeObject } from '../../../pkg/gardener/objects.ts';
import { type Container, type Image, type PodObjects, startContainer } from '../arena/container.ts';
import type { Node } from '../arena/node.ts';
import { findContainer, type PodTemplate, podTemplate } from '../arena/pod-template.ts';
import type { TestCluster } from '../cluster.ts';

/** A running CNI. */
export interface RunningCni {
  /** The running containers of its workloads. */
  readonly containers: readonly Container[];
  /** Milliseconds from the start of agents until the last is ready. */
  readonly readyMs: number;
  /** Applies other objects and replaces all pods; returns when all agents are ready. */
  update(objects: readonly KubeObject[]): Promise<void>;
}

export interface WorkloadPod {
  readonly cluster: TestCluster;
  readonly node: Node;
  /** Rendered objects with the workload and its ConfigMaps. */
  readonly objects: readonly KubeObject[];
  readonly kind: 'DaemonSet' | 'Deployment';
  readonly name: string;
  readonly image: Image;
}

/** Starts all containers of a pod, the one with the given name or else the first one as the first of the result. */
export async function startWorkload(pod: WorkloadPod, main?: string): Promise<readonly [Container, ...Container[]]> {
  const { node, kind, name, image } = pod;
  const { template, objects } = await resolve(pod);
  const names = template.containers.map((one) => one.name);
  const [first, ...others] = [...(main === undefined ? [] : [main]), ...names.filter((one) => one !== main)];
  if (first === undefined) throw new Error(`${kind} ${name} has no container`);
  const start = (container: string): Container => startContainer({ node, template, name: container, image, objects });
  return [start(first), ...others.map(start)];
}

/** Runs an init container of a pod to its end. Throws its output if it fails. */
export async function runInitContainer(pod: WorkloadPod, container: string): Promise<void> {
  const { template, objects } = await resolve(pod);
  const { node, image } = pod;
  const started = startContainer({ node, template, name: findContainer(template, container).name, image, objects });
  const code = await started.ended();
  if (code !== 0)
    throw new Error(`init container ${container} on ${node.name} ended with ${code}:\n${lastLines(started)}`);
}

async function resolve({ cluster, objects, kind, name }: WorkloadPod): Promise<{
  readonly template: PodTemplate;
  readonly objects: PodObjects;
}> {
  const template = podTemplate(findObject(objects, kind, name));
  const account = { namespace: template.namespace, account: template.serviceAccount };
  const token = await cluster.api.requestToken({ ...account, expirationSeconds: 86_400 });
  return { template, objects: { token, ca: cluster.api.ca, configMaps: configMaps(objects) } };
}

/** Repeats what the resource manager repeats, until it succeeds; throws the last error after 60 s. */
export async function eventually(work: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(500);
    }
  }
}

/** Returns an object by kind and name. Throws if it is not rendered. */
export function findObject(objects: readonly KubeObject[], kind: string, name: string): KubeObject {
  const found = objects.find((one) => one.kind === kind && one.metadata.name === name);
  if (found === undefined) throw new Error(`no ${kind} ${name} is rendered`);
  return found;
}

/** Returns the data of all rendered ConfigMaps by name. */
export function configMaps(objects: readonly KubeObject[]): PodObjects['configMaps'] {
  return Object.fromEntries(
    objects
      .filter((one) => one.kind === 'ConfigMap')
      .map((one) => [one.metadata.name, (one['data'] ?? {}) as Readonly<Record<string, string>>]),
  );
}

/** Returns the end of the output of a container. */
export function lastLines(container: Container): string {
  return container.output().trimEnd().split('\n').slice(-30).join('\n');
}
