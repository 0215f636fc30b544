/** A cluster without CNI: an API server with the objects that Gardener and controllers of Kubernetes would create, and nodes. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { type ControlPlane, startControlPlane } from '../controlplane/index.ts';
import { type Cluster, connectCluster } from '../installation/cluster.ts';
import { createNode, type Node, type NodeInput, workFolder } from './arena/node.ts';
import { addresses, createFabric, forwardApiServer } from './arena/topology.ts';

export interface TestCluster {
  readonly api: Cluster;
  readonly nodes: readonly Node[];
  stop(): Promise<void>;
}

export interface ClusterInput {
  readonly nodes: readonly NodeInput[];
  readonly serviceRange: string;
  readonly log: (line: string) => void;
}

/** Starts API server and nodes in this arena. */
export async function startCluster({ nodes, serviceRange, log }: ClusterInput): Promise<TestCluster> {
  await createFabric();
  const [controlPlane, created] = await Promise.all([startApiServer({ serviceRange, log }), createNodes(nodes)]);
  const kubeconfig = path.join(workFolder, 'kubeconfig');
  writeFileSync(kubeconfig, controlPlane.kubeconfig);
  const api = await connectCluster(kubeconfig);
  await forwardApiServer(controlPlane.server);
  // Not applied: server-side apply rejects the two internal addresses of a dual-stack node.
  for (const node of created) await api.client.create({ resource: nodeResource, object: nodeObject(node) });
  return {
    api,
    nodes: created,
    stop: async () => {
      await api.close();
      await controlPlane.stop();
    },
  };
}

const nodeResource = { group: '', version: 'v1', plural: 'nodes', namespaced: false } as const;

async function startApiServer(input: Pick<ClusterInput, 'serviceRange' | 'log'>): Promise<ControlPlane> {
  const [firstRange = ''] = input.serviceRange.split(',');
  const advertised = firstRange.includes(':') ? addresses.router.ipv6 : addresses.router.ipv4;
  return startControlPlane({
    log: input.log,
    source: 'real',
    build: false,
    // The certificate is valid for the advertised address, under which agents connect.
    apiServerFlags: [`--advertise-address=${advertised}`, `--service-cluster-ip-range=${input.serviceRange}`],
  });
}

async function createNodes(inputs: readonly NodeInput[]): Promise<readonly Node[]> {
  const nodes: Node[] = [];
  for (const input of inputs) nodes.push(await createNode(input));
  return nodes;
}

/** A Node as kubelet registers it, with the ranges that kube-controller-manager assigns. */
function nodeObject({ name, addresses: own, podRanges }: Node): KubeObject {
  const list = [own.ipv4, own.ipv6].filter((one) => one !== undefined);
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' } },
    spec: { podCIDR: podRanges[0], podCIDRs: podRanges },
    status: {
      addresses: [...list.map((address) => ({ type: 'InternalIP', address })), { type: 'Hostname', address: name }],
    },
  };
}

/** Prepares the file system of the arena. Called once, before anything else. */
export async function prepareArena(mount: (lines: readonly string[]) => Promise<unknown>): Promise<void> {
  await mount([
    // Hides sockets and network namespaces of the machine, and receives all files of this run.
    'mount -t tmpfs tmpfs /run',
    `mkdir -p ${workFolder}/tmp /run/netns`,
  ]);
  mkdirSync(path.join(workFolder, 'containers'));
}
