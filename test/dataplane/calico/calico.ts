/** Calico in a test cluster: what we render, applied and run. */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeObject } from '../../../pkg/gardener/objects.ts';
import { createResourceManager } from '../../support/resource-manager.ts';
import type { Container, Image } from '../arena/container.ts';
import type { Node } from '../arena/node.ts';
import { findContainer, type PodTemplate, podTemplate } from '../arena/pod-template.ts';
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
import { installerImage, nodeImage, typhaImage } from './images.ts';
import type { CalicoPrograms } from './programs.ts';

export interface CalicoInput {
  readonly cluster: TestCluster;
  readonly objects: readonly KubeObject[];
  readonly programs: CalicoPrograms;
}

/** Applies the objects and starts Typha and calico-node with its init containers; returns when all nodes are ready. Throws with the log of one that ends. */
export async function startCalico({ cluster, objects, programs }: CalicoInput): Promise<RunningCni> {
  const manager = createResourceManager({ client: cluster.api.client, injectLabels: {} });
  const containers: Container[] = [];
  const apply = async (desired: readonly KubeObject[]): Promise<void> =>
    eventually(async () => void (await manager.reconcile('calico', desired)));
  const startAll = async (desired: readonly KubeObject[]): Promise<void> => {
    containers.push(...(await startTypha({ cluster, objects: desired, programs })));
    await Promise.all(
      cluster.nodes.map(async (node) => {
        const pod = { cluster, node, objects: desired, kind: 'DaemonSet', name: 'calico-node' } as const;
        await runInitContainers(pod, programs);
        const started = await startWorkload({ ...pod, image: nodeImage(programs) }, 'calico-node');
        containers.push(...started);
        await ready(started[0], pod);
      }),
    );
  };
  const started = performance.now();
  await apply(objects);
  await startAll(objects);
  return {
    containers,
    readyMs: performance.now() - started,
    update: async (desired) => {
      await apply(desired);
      // The DaemonSet allows that two pods are unavailable at once, which are all here.
      await Promise.all(containers.map((container) => container.stop()));
      containers.length = 0;
      await startAll(desired);
    },
  };
}

type NodePod = Omit<WorkloadPod, 'image'>;

/** The installer has an image of its own. */
async function runInitContainers(pod: NodePod, programs: CalicoPrograms): Promise<void> {
  const images: Readonly<Record<string, Image>> = { 'install-cni': installerImage(programs) };
  const { initContainers } = podTemplate(findObject(pod.objects, pod.kind, pod.name));
  for (const { name } of initContainers) {
    await runInitContainer({ ...pod, image: images[name] ?? nodeImage(programs) }, name);
  }
}

const readyTimeoutMs = 120_000;

/** Waits for the readiness probe of calico-node. */
async function ready(container: Container, pod: NodePod): Promise<void> {
  const template = podTemplate(findObject(pod.objects, pod.kind, pod.name));
  const [program, ...flags] = findContainer(template, 'calico-node').readinessProbe?.exec?.command ?? [];
  if (program === undefined) throw new Error('calico-node has no readiness probe');
  // Programs of images are in PATH here, but in a folder of their own.
  await succeeds(container, [path.basename(program), ...flags]);
}

/** Repeats a probe until it succeeds. Throws with the end of the log if the container ends, or after 2 minutes. */
async function succeeds(container: Container, probe: readonly string[]): Promise<void> {
  const deadline = Date.now() + readyTimeoutMs;
  for (;;) {
    const problem = await container.exec(probe).then(
      () => undefined,
      (error: unknown) => String(error),
    );
    if (problem === undefined) return;
    const ended = container.exit();
    const why = ended === undefined ? `is not ready (${problem})` : `ended with ${ended}`;
    if (ended !== undefined || Date.now() > deadline)
      throw new Error(`${container.name} on ${container.node} ${why}:\n${lastLines(container)}`);
    await sleep(200);
  }
}

/** Starts Typha on the last node, if it is rendered, then adds the endpoints through which Felix finds it. */
async function startTypha({ cluster, objects, programs }: CalicoInput): Promise<readonly Container[]> {
  const name = 'calico-typha-deploy';
  if (!objects.some((one) => one.kind === 'Deployment' && one.metadata.name === name)) return [];
  const node = cluster.nodes.at(-1);
  if (node === undefined) throw new Error('a cluster has at least one node');
  const started = await startWorkload({
    cluster,
    node,
    objects,
    kind: 'Deployment',
    name,
    image: typhaImage(programs),
  });
  await typhaReady(started[0], podTemplate(findObject(objects, 'Deployment', name)));
  await cluster.api.apply([typhaEndpoints(node)]);
  return started;
}

const typhaPort = 5_473;

/** Sends the request of a probe with what the shell has; fails unless the response is a success. */
const httpProbe = 'exec 3<>"/dev/tcp/$1/$2"; printf "GET $3 HTTP/1.0\\r\\n\\r\\n" >&3; head -n 1 <&3 | grep -q " 200 "';

async function typhaReady(typha: Container, template: PodTemplate): Promise<void> {
  const { host, port, path: page } = findContainer(template, typha.name).readinessProbe?.httpGet ?? {};
  if (host === undefined || port === undefined || page === undefined) throw new Error('Typha has no readiness probe');
  await succeeds(typha, ['bash', '-c', httpProbe, 'bash', host, String(port), page]);
}

/** As the controller of endpoints makes them from the Service. */
function typhaEndpoints(node: Node): KubeObject {
  const addresses = Object.values(node.addresses).map((ip: string) => ({ ip, nodeName: node.name }));
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name: 'calico-typha', namespace: 'kube-system' },
    subsets: [
      { addresses: addresses.slice(0, 1), ports: [{ name: 'calico-typha', port: typhaPort, protocol: 'TCP' }] },
    ],
  };
}
