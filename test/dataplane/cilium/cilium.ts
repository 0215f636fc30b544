/** Cilium in a test cluster: what we render, applied and run. */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cilium } from '../../../pkg/cilium/plan.ts';
import { type KubeObject, recordOf } from '../../../pkg/gardener/objects.ts';
import { planNetwork } from '../../../pkg/network/plan.ts';
import type { PodPath } from '../../../pkg/network/reachability.ts';
import { planInput, planTools } from '../../support/planning.ts';
import { createResourceManager } from '../../support/resource-manager.ts';
import { shell } from '../arena/command.ts';
import { type Container, type Image, type PodObjects, startContainer } from '../arena/container.ts';
import type { Node } from '../arena/node.ts';
import { podTemplate } from '../arena/pod-template.ts';
import type { TestCluster } from './cluster.ts';
import type { CiliumPrograms } from './programs.ts';
import { lastLines, ready } from './readiness.ts';

/** What is rendered for a Network, and what its status says about packets. */
export interface Rendered {
  readonly objects: readonly KubeObject[];
  /** By family. */
  readonly paths: Readonly<Record<string, Omit<PodPath, 'family'>>>;
}

/** Renders a Network with its Cluster; returns undefined if nothing is rendered, for example for a refused configuration. */
export function renderCilium(documents: readonly unknown[]): Rendered | undefined {
  const result = planNetwork(cilium, planInput(documents), planTools());
  if (result.outcome !== 'planned') return undefined;
  const { managedResource, status } = result.plan;
  const applied = recordOf(recordOf(status.providerStatus)['applied']);
  return {
    objects: managedResource.parts.flatMap((part) => part.objects.map(({ object }) => object)),
    paths: recordOf(applied['podPaths']) as Rendered['paths'],
  };
}

export interface Cilium {
  /** The running containers of agents and operator. */
  readonly containers: readonly Container[];
  /** Milliseconds from the start of agents until the last is ready. */
  readonly readyMs: number;
  /** Applies other objects and replaces all pods; returns when all agents are ready. */
  update(objects: readonly KubeObject[]): Promise<void>;
}

export interface CiliumInput {
  readonly cluster: TestCluster;
  readonly objects: readonly KubeObject[];
  readonly programs: CiliumPrograms;
}

/** Applies the objects and starts operator and agents; returns when all agents are ready. Throws with the log of one that ends. */
export async function startCilium({ cluster, objects, programs }: CiliumInput): Promise<Cilium> {
  const manager = createResourceManager({ client: cluster.api.client, injectLabels: {} });
  const containers: Container[] = [];
  const image = agentImage(programs);
  const apply = async (desired: readonly KubeObject[]): Promise<void> =>
    void (await manager.reconcile('cilium', desired));
  const startPod = async (pod: Omit<StartPod, 'cluster' | 'image'>): Promise<Container> => {
    const started = await startContainers({ cluster, image, ...pod });
    containers.push(...started);
    return started[0];
  };
  const startAll = async (desired: readonly KubeObject[], applied: Promise<void>): Promise<void> => {
    const [first] = cluster.nodes;
    if (first === undefined) throw new Error('a cluster has at least one node');
    const operator = await startPod({ node: first, objects: desired, kind: 'Deployment', name: 'cilium-operator' });
    await applied.catch((error: unknown) => {
      throw new Error(`objects are not applied; the operator says:\n${lastLines(operator)}`, { cause: error });
    });
    await Promise.all(
      cluster.nodes.map(async (node) => {
        // The first container is the agent; the others add rules to those of the agent.
        await ready(await startPod({ node, objects: desired, kind: 'DaemonSet', name: 'cilium' }), node);
      }),
    );
  };

  // The operator creates the kinds of Cilium, without which the last objects are rejected.
  await apply(objects).catch(() => undefined);
  for (const node of cluster.nodes) await installPlugin(node, programs);
  const started = performance.now();
  await startAll(
    objects,
    eventually(() => apply(objects)),
  );
  return {
    containers,
    readyMs: performance.now() - started,
    update: async (desired) => {
      await apply(desired);
      // The DaemonSet allows that two pods are unavailable at once, which are all here.
      await Promise.all(containers.map((container) => container.stop()));
      containers.length = 0;
      await startAll(desired, Promise.resolve());
    },
  };
}

/** Does what the init container install-cni-binaries does. */
async function installPlugin(node: Node, programs: CiliumPrograms): Promise<void> {
  const target = path.join(node.root, 'opt/cni/bin/cilium-cni');
  await shell([`touch ${target}`, `mount --bind ${programs.folder}/bin/cilium-cni ${target}`]);
}

/** Repeats what the resource manager repeats, until it succeeds; throws the last error after 60 s. */
async function eventually(work: () => Promise<void>): Promise<void> {
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

interface StartPod {
  readonly cluster: TestCluster;
  readonly image: Image;
  readonly node: Node;
  readonly objects: readonly KubeObject[];
  readonly kind: 'DaemonSet' | 'Deployment';
  readonly name: string;
}

/** Starts all containers of a pod. */
async function startContainers({
  cluster,
  image,
  node,
  objects,
  kind,
  name,
}: StartPod): Promise<readonly [Container, ...Container[]]> {
  const template = podTemplate(findObject(objects, kind, name));
  const account = { namespace: template.namespace, account: template.serviceAccount };
  const token = await cluster.api.requestToken({ ...account, expirationSeconds: 86_400 });
  const pod: PodObjects = { token, ca: cluster.api.ca, configMaps: configMaps(objects) };
  const [first, ...others] = template.containers.map((container) =>
    startContainer({ node, template, name: container.name, image, objects: pod }),
  );
  if (first === undefined) throw new Error(`${kind} ${name} has no container`);
  return [first, ...others];
}

/** Returns an object of kube-system. Throws if it is not rendered. */
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

/** Returns what the image of agents has, from the programs that were built. */
export function agentImage(programs: CiliumPrograms): Image {
  return {
    programs: path.join(programs.folder, 'bin'),
    links: programs.tools,
    folders: { '/var/lib/cilium/bpf': path.join(programs.folder, 'bpf') },
  };
}
