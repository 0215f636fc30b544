/** Cilium in a test cluster: what we render, applied and run. */
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cilium } from '../../../pkg/cilium/plan.ts';
import { isRecord, type KubeObject } from '../../../pkg/gardener/objects.ts';
import { planNetwork } from '../../../pkg/network/plan.ts';
import { planInput, planTools } from '../../support/planning.ts';
import { createResourceManager } from '../../support/resource-manager.ts';
import { shell } from '../arena/command.ts';
import { type Container, type Image, type PodObjects, startContainer } from '../arena/container.ts';
import type { Node } from '../arena/node.ts';
import { podTemplate } from '../arena/pod-template.ts';
import type { TestCluster } from './cluster.ts';
import type { CiliumPrograms } from './programs.ts';

/** Returns the objects for the shoot of a Network and its Cluster; undefined if nothing is rendered, for example for a refused configuration. */
export function renderCilium(documents: readonly unknown[]): readonly KubeObject[] | undefined {
  const result = planNetwork(cilium, planInput(documents), planTools());
  if (result.outcome !== 'planned') return undefined;
  return result.plan.managedResource.parts.flatMap((part) => part.objects.map(({ object }) => object));
}

export interface Cilium {
  readonly operator: Container;
  /** By node name. */
  readonly agents: ReadonlyMap<string, Container>;
  /** Milliseconds from the start of an agent to its readiness, the slowest. */
  readonly readyMs: number;
}

export interface CiliumInput {
  readonly cluster: TestCluster;
  readonly objects: readonly KubeObject[];
  readonly programs: CiliumPrograms;
}

/** Applies the objects and starts operator and agents; returns when all agents are ready. Throws with the log of one that ends. */
export async function startCilium({ cluster, objects, programs }: CiliumInput): Promise<Cilium> {
  const manager = createResourceManager({ client: cluster.api.client, injectLabels: {} });
  const apply = async (): Promise<void> => void (await manager.reconcile('cilium', objects));
  // The operator creates the kinds of Cilium, without which the last objects are rejected.
  await apply().catch(() => undefined);
  const image = agentImage(programs);
  const [first] = cluster.nodes;
  if (first === undefined) throw new Error('a cluster has at least one node');
  const [operator] = await start({ cluster, image, node: first, objects, kind: 'Deployment', name: 'cilium-operator' });
  await eventually(apply);
  for (const node of cluster.nodes) await installPlugin(node, programs);
  const started = performance.now();
  const agents = await Promise.all(
    cluster.nodes.map(async (node) => {
      // The first container is the agent; the others add rules to those of the agent.
      const [agent] = await start({ cluster, image, node, objects, kind: 'DaemonSet', name: 'cilium' });
      await ready(agent, node);
      return [node.name, agent] as const;
    }),
  );
  return { operator, agents: new Map(agents), readyMs: performance.now() - started };
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

interface Start {
  readonly cluster: TestCluster;
  readonly image: Image;
  readonly node: Node;
  readonly objects: readonly KubeObject[];
  readonly kind: 'DaemonSet' | 'Deployment';
  readonly name: string;
}

/** Starts all containers of a pod. */
async function start({
  cluster,
  image,
  node,
  objects,
  kind,
  name,
}: Start): Promise<readonly [Container, ...Container[]]> {
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

const readyTimeoutMs = 120_000;

async function ready(agent: Container, node: Node): Promise<void> {
  const deadline = Date.now() + readyTimeoutMs;
  for (;;) {
    const status = await agentStatus(node);
    if (status === 'Ok') return;
    const ended = agent.exit();
    const why = ended === undefined ? `is not ready (${status})` : `ended with ${ended}`;
    if (ended !== undefined || Date.now() > deadline)
      throw new Error(`cilium-agent on ${node.name} ${why}:\n${lastLines(agent)}`);
    await sleep(200);
  }
}

/** Asks the agent as its readiness probe does; returns the state, or the error. */
async function agentStatus(node: Node): Promise<string> {
  const socketPath = path.join(node.root, 'run/cilium/cilium.sock');
  try {
    const text = await get({ socketPath, path: '/v1/healthz', headers: { brief: 'true' }, timeout: 5_000 });
    const body: unknown = JSON.parse(text);
    const status = isRecord(body) && isRecord(body['cilium']) ? body['cilium'] : {};
    return status['state'] === 'Ok' ? 'Ok' : `${String(status['state'])}: ${String(status['msg'])}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function get(options: {
  readonly socketPath: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly timeout: number;
}): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    });
    sent.on('error', reject);
    sent.on('timeout', () => sent.destroy(new Error('timeout')));
    sent.end();
  });
}

function lastLines(container: Container): string {
  return readFileSync(container.log, 'utf8').trimEnd().split('\n').slice(-30).join('\n');
}
