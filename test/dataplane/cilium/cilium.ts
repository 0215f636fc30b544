/** Cilium in a test cluster: what we render, applied and run. */
import path from 'node:path';
import type { KubeObject } from '../../../pkg/gardener/objects.ts';
import { createResourceManager } from '../../support/resource-manager.ts';
import { shell } from '../arena/command.ts';
import type { Container, Image } from '../arena/container.ts';
import type { Node } from '../arena/node.ts';
import { podTemplate } from '../arena/pod-template.ts';
import type { TestCluster } from '../cluster.ts';
import {
  eventually,
  findObject,
  lastLines,
  type RunningCni,
  runInitContainer,
  startWorkload,
  type WorkloadPod,
} from '../cni/workload.ts';
import type { CiliumPrograms } from './programs.ts';
import { ready } from './readiness.ts';

export interface CiliumInput {
  readonly cluster: TestCluster;
  readonly objects: readonly KubeObject[];
  readonly programs: CiliumPrograms;
}

/** Applies the objects and starts operator and agents; returns when all agents are ready. Throws with the log of one that ends. */
export async function startCilium({ cluster, objects, programs }: CiliumInput): Promise<RunningCni> {
  const manager = createResourceManager({ client: cluster.api.client, injectLabels: {} });
  const containers: Container[] = [];
  const image = agentImage(programs);
  const apply = async (desired: readonly KubeObject[]): Promise<void> =>
    void (await manager.reconcile('cilium', desired));
  const startPod = async (pod: WorkloadPod): Promise<Container> => {
    const started = await startWorkload(pod);
    containers.push(...started);
    return started[0];
  };
  const startAll = async (desired: readonly KubeObject[], applied: Promise<void>): Promise<void> => {
    const [first] = cluster.nodes;
    if (first === undefined) throw new Error('a cluster has at least one node');
    const operator = await startPod({
      cluster,
      image,
      node: first,
      objects: desired,
      kind: 'Deployment',
      name: 'cilium-operator',
    });
    await applied.catch((error: unknown) => {
      throw new Error(`objects are not applied; the operator says:\n${lastLines(operator)}`, { cause: error });
    });
    await Promise.all(
      cluster.nodes.map(async (node) => {
        const pod = { cluster, node, objects: desired, kind: 'DaemonSet', name: 'cilium', image } as const;
        await cleanUpKubeProxy(pod);
        // The first container is the agent; the others add rules to those of the agent.
        await ready(await startPod(pod), node);
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

/** Runs the only init container whose work the node does not have already, if it is rendered. */
async function cleanUpKubeProxy(pod: WorkloadPod): Promise<void> {
  const name = 'cilium-kube-proxy-clean-up';
  const { initContainers } = podTemplate(findObject(pod.objects, pod.kind, pod.name));
  if (initContainers.some((one) => one.name === name)) await runInitContainer(pod, name);
}

/** Does what the init container install-cni-binaries does. */
async function installPlugin(node: Node, programs: CiliumPrograms): Promise<void> {
  const target = path.join(node.root, 'opt/cni/bin/cilium-cni');
  await shell([`touch ${target}`, `mount --bind ${programs.folder}/bin/cilium-cni ${target}`]);
}

/** Returns what the image of agents has, from the programs that were built. */
export function agentImage(programs: CiliumPrograms): Image {
  return {
    programs: path.join(programs.folder, 'bin'),
    links: programs.tools,
    folders: { '/var/lib/cilium/bpf': path.join(programs.folder, 'bpf') },
  };
}
