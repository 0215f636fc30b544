/** Pods as kubelet and a container runtime start them: an object, a network namespace, and the CNI configuration that agents wrote. */
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRecord, type KubeObject } from '../../../pkg/gardener/objects.ts';
import type { Cluster } from '../../installation/cluster.ts';
import { ip, run } from '../arena/command.ts';
import type { Node } from '../arena/node.ts';
import type { Addresses } from '../arena/topology.ts';
import { type Host, ports, startHost } from './host.ts';

export interface PodInput {
  readonly name: string;
  readonly namespace?: string;
  readonly node: Node;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface Pod extends Host {
  readonly node: Node;
  readonly labels: Readonly<Record<string, string>>;
  readonly namespace: string;
}

/** The names are those of NodeLocalDNS, which Cilium compares with those of a redirect. */
const containerPorts = [
  { name: 'dns', containerPort: ports.dns, protocol: 'UDP' },
  { name: 'dns-tcp', containerPort: ports.dns, protocol: 'TCP' },
];

/** Starts a pod with the CNI plugins of its node. Throws what a plugin reports. */
export async function startPod(api: Cluster, input: PodInput): Promise<Pod> {
  const { name, node, namespace = 'default', labels = {} } = input;
  const object: KubeObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels },
    spec: {
      nodeName: node.name,
      serviceAccountName: 'default',
      containers: [{ name: 'peer', image: 'registry.example.org/peer:v1', ports: containerPorts }],
    },
  };
  await api.apply([object]);
  await ip(`netns add ${name}`);
  await ip('link set lo up', name);
  const own = await addNetwork({ name, namespace, node });
  await api.client.mergePatch({
    resource: { group: '', version: 'v1', plural: 'pods', namespaced: true },
    namespace,
    name,
    subresource: 'status',
    patch: { status: podStatus(node, own) },
  });
  const host = await startHost({ name, namespace: name, addresses: own, cgroup: node.cgroup });
  return { ...host, node, labels, namespace };
}

/** The status that kubelet reports. */
function podStatus(node: Node, own: Addresses): Readonly<Record<string, unknown>> {
  const list = (all: Addresses) => Object.values(all).map((address: string) => ({ ip: address }));
  const [podIPs, hostIPs] = [list(own), list(node.addresses)];
  const conditions = [{ type: 'Ready', status: 'True' }];
  return { phase: 'Running', conditions, podIP: podIPs[0]?.ip, podIPs, hostIP: hostIPs[0]?.ip, hostIPs };
}

/** Runs the plugins of the node's CNI configuration in order, and returns the addresses of the last result. */
async function addNetwork(pod: {
  readonly name: string;
  readonly namespace: string;
  readonly node: Node;
}): Promise<Addresses> {
  const { name, namespace, node } = pod;
  const list = await networkList(node);
  const env = {
    PATH: process.env['PATH'],
    CNI_COMMAND: 'ADD',
    CNI_CONTAINERID: randomBytes(32).toString('hex'),
    CNI_IFNAME: 'eth0',
    CNI_NETNS: `/var/run/netns/${name}`,
    CNI_PATH: '/opt/cni/bin',
    CNI_ARGS: `IgnoreUnknown=1;K8S_POD_NAMESPACE=${namespace};K8S_POD_NAME=${name}`,
  };
  let previous: unknown;
  for (const plugin of list.plugins) {
    const config = {
      ...plugin,
      name: list.name,
      cniVersion: list.cniVersion,
      ...(previous === undefined ? {} : { prevResult: previous }),
    };
    const command = [`--net=/run/netns/${node.name}`, 'chroot', node.root, `/opt/cni/bin/${plugin.type}`];
    previous = JSON.parse(await run('nsenter', command, { input: JSON.stringify(config), env, timeoutMs: 180_000 }));
  }
  const ips =
    isRecord(previous) && Array.isArray(previous['ips']) ? (previous['ips'] as { readonly address: string }[]) : [];
  const own = ips.map(({ address }) => address.replace(/\/.*/, ''));
  const ipv4 = own.find((one) => !one.includes(':'));
  const ipv6 = own.find((one) => one.includes(':'));
  return { ...(ipv4 === undefined ? {} : { ipv4 }), ...(ipv6 === undefined ? {} : { ipv6 }) };
}

interface NetworkList {
  readonly name: string;
  readonly cniVersion: string;
  readonly plugins: readonly { readonly type: string }[];
}

/** Returns the first configuration, as container runtimes do. Agents write it when they are ready. */
async function networkList(node: Node): Promise<NetworkList> {
  const folder = path.join(node.root, 'etc/cni/net.d');
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const [first] = existsSync(folder)
      ? readdirSync(folder)
          .filter((name) => name.endsWith('.conflist'))
          .sort()
      : [];
    if (first !== undefined) return JSON.parse(readFileSync(path.join(folder, first), 'utf8')) as NetworkList;
    await sleep(100);
  }
  throw new Error(`no CNI configuration on ${node.name}`);
}
