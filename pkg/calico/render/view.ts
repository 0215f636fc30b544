import { escapeReferences } from '../../network/container-text.ts';
import type { RestartStamps } from '../shoot/restarts.ts';
import type { Requests } from './sizing.ts';
import type { CalicoValues, IpamValues } from './values.ts';

/** The view of all templates: complete, flat, and with evaluated conditions. Members of a false condition are empty strings. */
export type CalicoView = Readonly<Record<string, string | boolean | number | object>>;

export interface ViewInput {
  readonly values: CalicoValues;
  readonly image: (name: string) => string;
  /** Empty if no object needs them. */
  readonly apiServerAddresses: readonly string[];
  readonly restarts: RestartStamps;
}

/** Converts values to the view of the templates (docs/design/calico.md#workloads and docs/design/calico.md#resources-and-autoscaling). */
export function calicoView({ values, image, apiServerAddresses, restarts }: ViewInput): CalicoView {
  return {
    ...imageView(image),
    ...nodeView(values),
    ...poolView(values),
    ...sizingView(values),
    ...restartView(restarts),
    typha: values.options.typha.enabled,
    typhaServiceName: values.options.typha.enabled ? 'calico-typha' : 'none',
    cniNetworkConfig: cniNetworkConfig(values.ipam, values),
    vethMTU: values.options.vethMTU,
    apiServerNets: hostNets(apiServerAddresses),
    multusPlugins: values.options.multus.enabled && values.options.multus.installCNIPlugins,
  };
}

/** Returns each address as a CIDR, without duplicates and sorted as strings, so that the order of DNSRecords makes no difference. */
function hostNets(addresses: readonly string[]): readonly string[] {
  return [...new Set(addresses.map((one) => `${one}/${one.includes(':') ? 128 : 32}`))].sort();
}

function imageView(image: ViewInput['image']): CalicoView {
  return {
    imageNode: image('calico-node'),
    imageCni: image('calico-cni'),
    imageTypha: image('calico-typha'),
    imageKubeControllers: image('calico-kube-controllers'),
    imageProportionalAutoscaler: image('calico-cpa'),
    imageVerticalAutoscaler: image('calico-cpva'),
    imageBirdExporter: image('bird-exporter'),
    imageMultus: image('multus-cni'),
    imageCniPlugins: image('cni-plugins'),
  };
}

function nodeView(values: CalicoValues): CalicoView {
  const { addresses, options } = values;
  const ebpf = options.ebpfDataplane.enabled;
  return {
    backend: values.backend,
    bird: values.backend === 'bird',
    conditionEnsurer: values.backend !== 'none',
    hostLocal: values.ipam.type === 'host-local',
    ipv4: values.ipv4 !== undefined,
    ipv4Detection: values.ipv4 === undefined ? 'none' : 'autodetect',
    hasIPv4Method: addresses.ipv4Method !== undefined,
    ipv4Method: escapeReferences(addresses.ipv4Method ?? ''),
    ipv6: values.ipv6 !== undefined,
    ipv6Support: String(values.ipv6 !== undefined),
    hasIPv6Method: addresses.ipv6Method !== undefined,
    ipv6Method: escapeReferences(addresses.ipv6Method ?? ''),
    felixIpip: String(values.felixIpip),
    vxlan: values.vxlan,
    ebpf,
    ebpfEnabled: String(ebpf),
    ebpfBesideKubeProxy: ebpf && values.kubeProxy,
    ebpfHealthPort: values.ebpfHealthPort,
    iptablesCleanup: String(!values.kubeProxy),
    nftables: values.nftables,
    privileged: !values.nonPrivileged,
    wireguard: options.wireguardEncryption,
    birdExporter: options.birdExporter.enabled && !values.nonPrivileged,
    cleanupRoutes: values.cleanupRoutes,
    snatToUpstreamDNS: values.snatToUpstreamDNS,
    // Of one family only: a rule for the second one would change the masquerading of running shoots (docs/design/life-cycle.md#running-shoots).
    snatPodCIDR: values.ipv4?.cidr ?? values.ipv6?.cidr ?? '',
    hasServiceLoopPrevention: options.serviceLoopPrevention !== undefined,
    serviceLoopPrevention: options.serviceLoopPrevention ?? '',
  };
}

function poolView(values: CalicoValues): CalicoView {
  return {
    ...ipv4View(values),
    ...ipv6View(values),
    ipv4PoolIpipMode: values.overlay === 'on' && !values.vxlan ? 'Always' : 'Never',
    ipv4PoolVxlanMode: values.vxlan ? 'Always' : 'Never',
    nodeCIDR: values.addresses.nodeCIDR ?? '',
  };
}

function ipv4View({ ipv4, vxlan }: CalicoValues): CalicoView {
  const variable = ipv4?.pool === 'vxlan' ? 'CALICO_IPV4POOL_VXLAN' : 'CALICO_IPV4POOL_IPIP';
  return {
    ipv4PoolVariable: variable,
    // Overlay with VXLAN sets CALICO_IPV4POOL_IPIP to Never elsewhere; the variable must not occur twice (verdict O9).
    hasIPv4PoolVariable: ipv4 !== undefined && !(vxlan && variable === 'CALICO_IPV4POOL_IPIP'),
    ipv4PoolMode: ipv4?.mode ?? '',
    hasIPv4CIDR: ipv4?.cidr !== undefined,
    ipv4CIDR: ipv4?.cidr ?? '',
  };
}

function ipv6View({ ipv4, ipv6 }: CalicoValues): CalicoView {
  const { mode, cidr, natOutgoing } = ipv6 ?? { mode: '', cidr: undefined, natOutgoing: false };
  return {
    ipv6PoolVariable: 'CALICO_IPV6POOL_VXLAN',
    ipv6PoolMode: mode,
    noDefaultPools: ipv4 === undefined,
    // calico-node takes the variable and NO_DEFAULT_POOLS together for a mistake, and ends.
    hasIPv6PoolVariable: cidr !== undefined && ipv4 !== undefined,
    ipv6CIDR: cidr ?? '',
    ipv6NatOutgoing: natOutgoing,
    ipv6NatOutgoingText: String(natOutgoing),
  };
}

function sizingView({ sizing }: CalicoValues): CalicoView {
  const bound = (requests: Requests | undefined): CalicoView => requests ?? {};
  return {
    nodeRequests: sizing.nodeRequests,
    typhaRequests: sizing.typhaRequests,
    preserveResources: sizing.mode !== 'static',
    hasNodeMinAllowed: sizing.nodeMinAllowed !== undefined,
    nodeMinAllowed: bound(sizing.nodeMinAllowed),
    hasTyphaMinAllowed: sizing.typhaMinAllowed !== undefined,
    typhaMinAllowed: bound(sizing.typhaMinAllowed),
  };
}

function restartView(stamps: RestartStamps): CalicoView {
  const { typhaRestartedAt, typhaRestartReason, nodeRestartedAt, nodeRestartReason } = stamps;
  return {
    hasTyphaRestartedAt: typhaRestartedAt !== undefined,
    typhaRestartedAt: typhaRestartedAt ?? '',
    hasTyphaRestartReason: typhaRestartReason !== undefined,
    typhaRestartReason: typhaRestartReason ?? '',
    hasNodeRestartedAt: nodeRestartedAt !== undefined,
    nodeRestartedAt: nodeRestartedAt ?? '',
    hasNodeRestartReason: nodeRestartReason !== undefined,
    nodeRestartReason: nodeRestartReason ?? '',
  };
}

/**
 * Returns the CNI configuration that Calico's installer completes on each node: it replaces the __TOKENS__, of which the MTU is unquoted, so
 * this is JSON only afterwards (docs/design/calico.md#workloads).
 */
function cniNetworkConfig(ipam: IpamValues, families: Pick<CalicoValues, 'ipv4' | 'ipv6'>): string {
  const calico = {
    type: 'calico',
    log_level: 'error',
    log_file_path: '/var/log/calico/cni/cni.log',
    datastore_type: 'kubernetes',
    nodename: '__KUBERNETES_NODE_NAME__',
    mtu: '__CNI_MTU__',
    ipam: {
      type: ipam.type,
      ...(ipam.subnet === undefined ? {} : { subnet: ipam.subnet }),
      ...(ipam.ranges.length === 0 ? {} : { ranges: ipam.ranges.map((subnet) => [{ subnet }]) }),
      assign_ipv4: String(families.ipv4 !== undefined),
      assign_ipv6: String(families.ipv6 !== undefined),
    },
    policy: { type: 'k8s' },
    kubernetes: { kubeconfig: '__KUBECONFIG_FILEPATH__' },
  };
  const portmap = { type: 'portmap', snat: true, capabilities: { portMappings: true } };
  const config = { name: 'k8s-pod-network', cniVersion: '0.3.1', plugins: [calico, portmap] };
  return JSON.stringify(config, undefined, 2).replace('"__CNI_MTU__"', '__CNI_MTU__');
}
