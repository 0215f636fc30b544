/** The stage of one class: a cluster with a CNI, pods, Services, an outside host, and the record of what was measured. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import type { Node, NodeInput } from './arena/node.ts';
import { addresses, type Family, outside, ranges } from './arena/topology.ts';
import { startCalico } from './calico/calico.ts';
import type { CalicoPrograms } from './calico/programs.ts';
import { startCilium } from './cilium/cilium.ts';
import type { CiliumPrograms } from './cilium/programs.ts';
import { startCluster, type TestCluster } from './cluster.ts';
import type { Rendered } from './cni/rendering.ts';
import type { RunningCni } from './cni/workload.ts';
import { type KubeProxy, startKubeProxy } from './kube-proxy/kube-proxy.ts';
import { type Host, ports, startHost } from './pods/host.ts';
import type { Outcome } from './pods/peer.ts';
import { type Pod, type PodInput, startPod } from './pods/pod.ts';

/** One thing that was measured. */
export interface Check {
  readonly title: string;
  readonly expected: string;
  readonly measured: string;
  readonly passed: boolean;
}

export interface Flow {
  readonly from: Host;
  /** A host, or an address such as that of a Service. */
  readonly to: Host | string;
  /** Default tcp. */
  readonly protocol?: 'tcp' | 'udp' | 'icmp';
  /** Default 8080. */
  readonly port?: number;
  /** Default ipv4; only for hosts. */
  readonly family?: Family;
}

export interface Stage {
  readonly cluster: TestCluster;
  readonly cni: RunningCni;
  /** Undefined if the Shoot has none. */
  readonly kubeProxy: KubeProxy | undefined;
  /** Starts kube-proxy on all nodes. */
  startKubeProxy(): Promise<KubeProxy>;
  /** The objects that are rendered for the class. */
  readonly rendered: readonly KubeObject[];
  /** What the status of the Network says about packets, by family. */
  readonly paths: Readonly<Record<Family, Rendered['paths'][string] | undefined>>;
  readonly outside: Host;
  /** Starts a pod on the node with an index. */
  pod(name: string, node: number, options?: PodOptions): Promise<Pod>;
  /** Starts a program in the network of the node with an index, like a pod with host network. */
  onNode(node: number): Promise<Host>;
  /** Creates a Service for pods with an EndpointSlice per family, as controllers would. */
  service(service: ServiceInput): Promise<void>;
  /** Records that a flow is answered, optionally by whom and with which source address. */
  reaches(title: string, flow: Flow, expected?: Expected): Promise<void>;
  /** Records that a flow is never answered. */
  dead(title: string, flow: Flow): Promise<void>;
  /** Records a measurement with an expectation of its own. */
  record(check: Check): void;
  /** Records any other comparison. */
  compare(title: string, expected: string, measured: string): void;
}

export type PodOptions = Pick<PodInput, 'labels' | 'namespace'>;

export interface Expected {
  /** Name of the host that replies. */
  readonly by?: string;
  /** Address that the receiver sees. */
  readonly source?: string;
}

export interface ServiceInput {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly port: number;
  readonly pods: readonly Pod[];
  /** Port of the pods; default 8080. */
  readonly targetPort?: number;
  /** Default `default`. */
  readonly namespace?: string;
  /** Makes it a NodePort with this TCP port. */
  readonly nodePort?: number;
  /** Further fields of the Service's spec. */
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** Return what was built, and throw if it cannot be used on this machine. */
export interface Programs {
  cilium(): CiliumPrograms;
  calico(): CalicoPrograms;
  /** Path of the program. */
  kubeProxy(): string;
}

export interface StageInput {
  readonly families: readonly Family[];
  readonly nodes: number;
  readonly subnets: boolean;
  readonly nameserver: string | undefined;
  /** Paths of what was built. */
  readonly programs: Programs;
  /** Starts kube-proxy before the CNI. */
  readonly kubeProxy: boolean;
  readonly rendered: Rendered;
  /** Objects to start with in place of the rendered ones. */
  readonly earlier: readonly KubeObject[] | undefined;
  readonly log: (line: string) => void;
  readonly record: (check: Check) => void;
}

/** Starts everything; the CNI is ready on all nodes. */
export async function startStage(input: StageInput): Promise<Stage> {
  const { families, rendered, programs, log, record } = input;
  const cluster = await startCluster({
    nodes: Array.from({ length: input.nodes }, (_, index) => nodeInput(index, input)),
    serviceRange: families.map((family) => ranges[family].services).join(','),
    log,
  });
  const objects = input.earlier ?? rendered.objects;
  const podRanges = families.map((family) => ranges[family].pods);
  const startProxy = async (): Promise<KubeProxy> =>
    startKubeProxy({ cluster, program: programs.kubeProxy(), podRanges });
  const kubeProxy = input.kubeProxy ? await startProxy() : undefined;
  const cni =
    rendered.cni === 'calico'
      ? await startCalico({ cluster, objects, programs: programs.calico() })
      : await startCilium({ cluster, objects, programs: programs.cilium() });
  const host = await startHost({ name: outside, namespace: outside, addresses: addresses.outside });
  const hosts: Host[] = [host];
  return {
    cluster,
    cni,
    kubeProxy,
    startKubeProxy: startProxy,
    rendered: rendered.objects,
    paths: { ipv4: rendered.paths['IPv4'], ipv6: rendered.paths['IPv6'] },
    outside: host,
    pod: async (name, node, options = {}) => {
      const pod = await startPod(cluster.api, { name, node: nodeAt(cluster, node), ...options });
      hosts.push(pod);
      return pod;
    },
    onNode: async (node) => {
      const on = nodeAt(cluster, node);
      return startHost({ name: on.name, namespace: on.name, addresses: on.addresses, cgroup: on.cgroup });
    },
    service: (service) => createService(cluster, service),
    reaches: async (title, flow, expected = {}) =>
      record(await measureReach({ title, flow, expected, hosts, nodes: cluster.nodes })),
    dead: async (title, flow) => record(await measureDead(title, flow)),
    record,
    compare: (title, expected, measured) => record({ title, expected, measured, passed: expected === measured }),
  };
}

function nodeAt({ nodes }: TestCluster, index: number): Node {
  const node = nodes[index];
  if (node === undefined) throw new Error(`there is no node ${index}`);
  return node;
}

function nodeInput(position: number, { families, subnets, nameserver }: StageInput): NodeInput {
  const index = position + 1;
  const { ipv4, ipv6 } = addresses.node(index, subnets ? position : 0);
  const ranges = { ipv4: `100.64.${index}.0/24`, ipv6: `fd00:100:${index}::/64` };
  return {
    name: `node-${index}`,
    addresses: { ...(families.includes('ipv4') ? { ipv4 } : {}), ...(families.includes('ipv6') ? { ipv6 } : {}) },
    podRanges: families.map((family) => ranges[family]),
    ...(nameserver === undefined ? {} : { nameserver }),
  };
}

/** Agents learn about remote pods and Services with a delay. */
const patienceMs = 15_000;

interface Reach {
  readonly title: string;
  readonly flow: Flow;
  readonly expected: Expected;
  readonly hosts: readonly Host[];
  readonly nodes: readonly Node[];
}

async function measureReach({ title, flow, expected, hosts, nodes }: Reach): Promise<Check> {
  const named = (address: string | undefined): string => addressName(address, { hosts, nodes });
  const wanted = ['reply', expected.by && `by ${expected.by}`, expected.source && `source: ${named(expected.source)}`];
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const outcome = await attempt(flow);
    const passed =
      outcome.error === undefined &&
      (expected.by === undefined || outcome.reply?.name === expected.by) &&
      (expected.source === undefined || outcome.reply?.source === expected.source);
    if (!passed && Date.now() < deadline) {
      await sleep(250);
      continue;
    }
    const { reply } = outcome;
    const seen =
      reply === undefined ? ['reply'] : [`by ${reply.name}`, `source: ${named(reply.source)}`, `${outcome.ms} ms`];
    const measured = outcome.error === undefined ? seen.join(', ') : outcome.error;
    return { title, expected: wanted.filter(Boolean).join(', '), measured, passed };
  }
}

/** Several requests in a row must fail. Agents apply policies with a delay, so that earlier replies do not count. */
async function measureDead(title: string, flow: Flow): Promise<Check> {
  const deadline = Date.now() + patienceMs;
  const errors: string[] = [];
  while (errors.length < 4) {
    const { error } = await attempt(flow);
    if (error !== undefined) errors.push(error);
    else if (Date.now() > deadline) return { title, expected: 'no reply', measured: 'reply', passed: false };
    else errors.length = 0;
    await sleep(250);
  }
  const measured = `no reply to ${errors.length} requests in a row (${[...new Set(errors)].sort().join(', ')})`;
  return { title, expected: 'no reply', measured, passed: true };
}

async function attempt({ from, to, protocol = 'tcp', port = ports.web, family = 'ipv4' }: Flow): Promise<Outcome> {
  const host = typeof to === 'string' ? to : to.addresses[family];
  if (host === undefined) throw new Error(`${typeof to === 'string' ? to : to.name} has no ${family} address`);
  if (protocol !== 'icmp') return from.attempt({ protocol, host, port, timeoutMs: 1_000 });
  return (await from.ping(host)) ? { ms: 0 } : { error: 'timeout', ms: 0 };
}

/** Names an address by its owner, so that tables do not depend on addresses. */
function addressName(address: string | undefined, known: Pick<Reach, 'hosts' | 'nodes'>): string {
  if (address === undefined) return 'unknown';
  const owns = (one: Pick<Host, 'addresses'>): boolean => Object.values(one.addresses).includes(address);
  const host = known.hosts.find(owns);
  if (host !== undefined) return host.name === outside ? outside : `pod ${host.name}`;
  const node = known.nodes.find(owns);
  if (node !== undefined) return node.name;
  const range = known.nodes.find((one) =>
    one.podRanges.some((each) => address.startsWith(each.replace(/0\/\d+$/, ''))),
  );
  if (range !== undefined) return `${range.name}, from its pod range`;
  return owns({ addresses: addresses.router }) ? 'router' : address;
}

async function createService({ api }: TestCluster, input: ServiceInput): Promise<void> {
  const {
    name,
    namespace = 'default',
    addresses: own,
    port,
    pods,
    targetPort = ports.web,
    nodePort,
    spec = {},
  } = input;
  const families = own.map((address) => (address.includes(':') ? 'IPv6' : 'IPv4'));
  // The names are those of kube-dns.
  const protocols = { dns: 'UDP', 'dns-tcp': 'TCP' };
  const portsTo = (target: object) =>
    Object.entries(protocols).map(([portName, protocol]) => ({ name: portName, protocol, ...target }));
  const service: KubeObject = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: {
      clusterIP: own[0],
      clusterIPs: own,
      ipFamilies: families,
      ipFamilyPolicy: own.length === 2 ? 'RequireDualStack' : 'SingleStack',
      ports: portsTo({ port, targetPort }).map((one) =>
        nodePort === undefined || one.protocol === 'UDP' ? one : { ...one, nodePort },
      ),
      ...(nodePort !== undefined && { type: 'NodePort' }),
      ...spec,
    },
  };
  const slices = families.map(
    (family): KubeObject => ({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: `${name}-${family.toLowerCase()}`, namespace, labels: { 'kubernetes.io/service-name': name } },
      addressType: family,
      ports: portsTo({ port: targetPort }),
      endpoints: pods.map((pod) => ({
        addresses: [family === 'IPv4' ? pod.addresses.ipv4 : pod.addresses.ipv6],
        conditions: { ready: true },
        nodeName: pod.node.name,
      })),
    }),
  );
  await api.apply([service, ...slices]);
}
