import { canonicalCidr, parseCidr } from '../gardener/cidr.ts';
import { isIpvs, type ShootFacts } from '../gardener/cluster.ts';
import { type KubeObject, recordOf } from '../gardener/objects.ts';
import type { Cni } from './cni.ts';

/** What decides in a shoot about the effect of policies. */
export interface PolicyEnvironment {
  readonly cni: Cni;
  readonly podRanges: readonly string[];
  readonly nodeRanges: readonly string[];
  readonly serviceRanges: readonly string[];
  /** Addresses of Service kube-dns. */
  readonly dnsAddresses: readonly string[];
  /**
   * Who answers DNS requests to kube-dns: its pods; NodeLocalDNS in the network of the node; or NodeLocalDNS as a pod on the node.
   */
  readonly dns: 'pods' | 'on-node' | 'local-pods';
  /** NodeLocalDNS accepts DNS requests before policies are evaluated. */
  readonly dnsIsOpen: boolean;
  /** Packets of nodes and pods for pods of other nodes are encapsulated. */
  readonly overlay: boolean;
  /** Who translates the addresses of Services. */
  readonly services: 'kube-proxy' | 'eBPF';
  /** Pods see the address of a client outside of the cluster, also behind a Service with externalTrafficPolicy Cluster. */
  readonly keepsClientAddress: boolean;
  /** Policies are evaluated, but nothing is denied. */
  readonly auditOnly: boolean;
  readonly sctp: boolean;
  /** Gateways of Gateway API are proxies of the CNI, without pods of their own. */
  readonly gateways: boolean;
}

export interface EnvironmentInput {
  readonly cni: Cni;
  /** The objects that are rendered for the shoot: they contain the configuration in effect. */
  readonly objects: readonly KubeObject[];
  readonly shoot: ShootFacts;
}

/** Reads the configuration in effect from the rendered objects. */
export function readEnvironment({ cni, objects, shoot }: EnvironmentInput): PolicyEnvironment {
  const { networking, observed } = shoot;
  const serviceRanges = ranges(observed.services, networking.services);
  return {
    cni,
    podRanges: ranges(observed.pods, networking.pods),
    nodeRanges: ranges(observed.nodes, networking.nodes),
    serviceRanges,
    dnsAddresses: serviceRanges.flatMap(dnsAddress),
    ...(cni === 'calico' ? calicoSettings(objects, shoot) : ciliumSettings(objects, shoot)),
  };
}

type Settings = Omit<PolicyEnvironment, 'cni' | 'podRanges' | 'nodeRanges' | 'serviceRanges' | 'dnsAddresses'>;

function calicoSettings(objects: readonly KubeObject[], shoot: ShootFacts): Settings {
  const env = containerEnv(
    objects.find(({ kind, metadata }) => kind === 'DaemonSet' && metadata.name === 'calico-node'),
  );
  const isOn = (name: string): boolean => env.get(name)?.toLowerCase() === 'true';
  const pools = ['IPIP', 'VXLAN'].map((kind) => env.get(`CALICO_IPV4POOL_${kind}`) ?? 'Never');
  const ebpf = isOn('FELIX_BPFENABLED');
  // With eBPF Felix translates kube-dns itself, so that the cache is not asked (docs/usage/ebpf-and-kube-proxy.md#nodelocaldns).
  const dns = shoot.nodeLocalDNS && !ebpf ? 'on-node' : 'pods';
  const appends = env.get('FELIX_CHAININSERTMODE')?.toLowerCase() === 'append';
  return {
    dns,
    // Tables of nftables are evaluated independently of each other.
    dnsIsOpen: dns === 'on-node' && appends && shoot.kubeProxy.mode !== 'NFTables',
    overlay:
      pools.some((mode) => mode !== 'Never') &&
      !(isOff(env, 'FELIX_IPINIPENABLED') && isOff(env, 'FELIX_VXLANENABLED')),
    services: ebpf ? 'eBPF' : 'kube-proxy',
    keepsClientAddress: ebpf,
    auditOnly: false,
    sctp: true,
    gateways: false,
  };
}

function isOff(env: ReadonlyMap<string, string>, name: string): boolean {
  return env.get(name)?.toLowerCase() === 'false';
}

function ciliumSettings(objects: readonly KubeObject[], shoot: ShootFacts): Settings {
  const config = recordOf(
    objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'cilium-config')?.['data'],
  );
  const redirects = objects.some(({ kind }) => kind === 'CiliumLocalRedirectPolicy');
  const replacesProxy = config['kube-proxy-replacement'] === 'true';
  return {
    dns: redirects && !isIpvs(shoot.kubeProxy) ? 'local-pods' : 'pods',
    dnsIsOpen: false,
    overlay: config['routing-mode'] === 'tunnel',
    services: replacesProxy ? 'eBPF' : 'kube-proxy',
    // In mode hybrid only for TCP.
    keepsClientAddress: replacesProxy && config['bpf-lb-mode'] === 'dsr',
    auditOnly: config['policy-audit-mode'] === 'true',
    sctp: config['enable-sctp'] === 'true',
    gateways: config['enable-gateway-api'] === 'true',
  };
}

/** Returns the plain values of all variables of the containers. */
function containerEnv(workload: KubeObject | undefined): ReadonlyMap<string, string> {
  const { containers } = recordOf(recordOf(recordOf(recordOf(workload?.['spec'])['template'])['spec']));
  const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
  const variables = list(containers).flatMap((one) => list(recordOf(one)['env']));
  return new Map(variables.map((one) => [String(recordOf(one)['name']), String(recordOf(one)['value'])]));
}

function ranges(observed: readonly string[], given: string | undefined): readonly string[] {
  if (observed.length > 0) return observed;
  return given === undefined ? [] : [given];
}

/** Gardener gives kube-dns the tenth address of the range of Services (pkg/utils, ComputeOffsetIP). */
function dnsAddress(text: string): readonly string[] {
  const range = parseCidr(text);
  if (range === undefined) return [];
  const [address] = canonicalCidr({ ...range, first: range.first + 10n, prefix: 0 }).split('/');
  return address === undefined ? [] : [address];
}
