import type { ShootNetwork } from '../network/decode-network.ts';
import { type Explanation, explainNetwork, type ValueRow } from '../network/explain.ts';
import {
  derived,
  every,
  networkField,
  option,
  type Sourced,
  shootField,
  sourced,
  valueField,
} from '../network/sourced.ts';
import { type NetworkConfig, networkConfigSchema } from './api/config.ts';
import { withDefaults } from './api/defaults.ts';
import type { calicoRules } from './api/diagnostics.ts';
import { calicoFeatureGates } from './api/feature-gates.ts';
import { assess, valuesInput } from './assess.ts';
import { effectiveDefaults } from './effective-defaults.ts';
import { sourcedPaths } from './render/reachability.ts';
import { typhaReplicas } from './render/sizing.ts';
import { type CalicoValues, computeValues, sourcedValues } from './render/values.ts';

type Tree = ReturnType<typeof sourcedValues>;

/** Returns the values in effect for a decoded Network of type calico. Invalid parts of the configuration count as unset. */
export function calicoExplanation(decoded: ShootNetwork<NetworkConfig>): Explanation {
  const given = valuesInput(decoded);
  const [tree, values] = [sourcedValues(given), computeValues(given)];
  const { warnings } = assess(decoded);
  return explainNetwork({
    decoded,
    schema: networkConfigSchema,
    defaulted: withDefaults(decoded.effective),
    defaults: withDefaults({}),
    effectiveDefaults: effectiveDefaults({}, given.families[0] ?? 'IPv4'),
    tree,
    effective: effectiveOptions(tree, values),
    values: [
      ...pathRows(values),
      ...rangeRows(tree),
      ...egressRows(tree, values),
      ...serviceRows(decoded, tree, values),
      ...workloadRows(decoded, tree, values),
    ],
    findings: warnings,
    overruling,
    gates: calicoFeatureGates,
  });
}

/** The options that other fields may decide. */
function effectiveOptions(tree: Tree, values: CalicoValues): Readonly<Record<string, Sourced<unknown>>> {
  const { backend, ipam, ipv4, ipv6, addresses, sizing } = tree;
  const present: Readonly<Record<string, Sourced<unknown> | undefined>> = {
    backend,
    'ipam.type': ipam.type,
    'ipam.cidr': ipam.subnet,
    'ipv4.pool': ipv4?.pool,
    'ipv4.mode': ipv4?.mode,
    'ipv4.autoDetectionMethod': addresses.ipv4Method,
    'ipv6.pool': ipv6?.pool,
    'ipv6.mode': ipv6?.mode,
    'ipv6.autoDetectionMethod': addresses.ipv6Method,
    'ipv6.sourceNATEnabled': ipv6?.natOutgoing,
    'snatToUpstreamDNS.enabled': tree.snatToUpstreamDNS,
    'autoScaling.mode': sizing.mode,
    // Without the group there is no switch whose state could be named.
    ...(values.overlay === 'unset' ? {} : { 'overlay.createPodRoutes': createsPodRoutes(tree.overlay, values) }),
  };
  return Object.fromEntries(Object.entries(present).flatMap(([path, one]) => (one === undefined ? [] : [[path, one]])));
}

function createsPodRoutes(overlay: Tree['overlay'], { options }: CalicoValues): Sourced<boolean> {
  return every(
    derived(overlay, (state) => state === 'off'),
    sourced(options.overlay?.createPodRoutes === true, option('overlay.createPodRoutes')),
  );
}

/** Warnings about options without any effect. */
const overruling: ReadonlySet<string> = new Set<keyof typeof calicoRules>([
  'calico-autodetection-overruled',
  'calico-autoscaling-resources-ignored',
  'calico-autoscaling-vpa-off',
  'calico-bird-exporter-unprivileged',
  'calico-bird-exporter-without-bird',
  'calico-deprecated-without-effect',
  'calico-ipam-cidr-without-effect',
  'calico-ipv4-config-pending',
  'calico-ipv4-mode-without-effect',
  'calico-ipv6-config-pending',
  'calico-ipv6-mode-without-effect',
  'calico-ipv6-overrules-backend',
  'calico-option-without-effect',
  'calico-overlay-overrules',
  'calico-vxlan-without-ipv6',
  'calico-vxlan-without-overlay',
]);

function pathRows(values: CalicoValues): readonly ValueRow[] {
  return [
    ...sourcedPaths(values).flatMap(({ family, transport, routes, reach, addresses }): readonly ValueRow[] => [
      [`${family} encapsulation`, transport],
      [`${family} routes`, routes],
      [`${family} reach`, reach],
      [`${family} addresses`, addresses],
    ]),
    ['routing daemon', sourced(values.backend, valueField('backend'))],
  ];
}

/** The range of IPAM is part of the CNI configuration in any case, but only host-local reads it. */
function rangeRows({ ipam, ipv4, ipv6, addresses }: Tree): readonly ValueRow[] {
  const node = (family: string, method: Sourced<string | undefined> | undefined): readonly ValueRow[] =>
    method === undefined ? [] : [[`${family} node address`, derived(method, (text) => text ?? 'first-found')]];
  return [
    ['IPAM', ipam.type],
    [
      'IPAM range',
      ipam.ranges.value.length > 0 ? ipam.ranges : ipam.subnet,
      ipam.type.value === 'host-local' ? undefined : 'detail',
    ],
    ...(ipv4 === undefined ? [] : [['IPv4 pool', ipv4.cidr] as const]),
    ...(ipv6 === undefined ? [] : [['IPv6 pool', ipv6.cidr] as const]),
    ...node('IPv4', addresses.ipv4Method),
    ...node('IPv6', addresses.ipv6Method),
  ];
}

/** Pools of IPv4 always masquerade; a second pool with the range of the nodes exempts traffic to them. */
function egressRows(tree: Tree, { ipv4, ipv6, options }: CalicoValues): readonly ValueRow[] {
  const { overlay, addresses } = tree;
  const { nodeCIDR } = addresses;
  const exempt =
    overlay.value === 'off' || nodeCIDR.value === undefined
      ? sourced(nodeCIDR.value, overlay, nodeCIDR)
      : derived(overlay, () => undefined);
  return [
    ['pod MTU', sourced(options.vethMTU === '0' ? 'detected by Calico' : options.vethMTU, option('vethMTU'))],
    ...(ipv4 === undefined
      ? []
      : [
          ['IPv4 masquerading', sourced(true, networkField('spec.ipFamilies'))] as const,
          ['IPv4 range not masqueraded', exempt] as const,
        ]),
    ...(ipv6 === undefined || tree.ipv6 === undefined ? [] : [['IPv6 masquerading', tree.ipv6.natOutgoing] as const]),
    ['masquerading to DNS servers', tree.snatToUpstreamDNS],
    ['removal of old routes', tree.cleanupRoutes, 'detail'],
    ['encryption', sourced(options.wireguardEncryption ? 'WireGuard' : 'none', option('wireguardEncryption'))],
  ];
}

function serviceRows(
  { shoot }: ShootNetwork<NetworkConfig>,
  tree: Tree,
  { options, nftables }: CalicoValues,
): readonly ValueRow[] {
  const ebpf = option('ebpfDataplane.enabled');
  const mode = shootField('spec.kubernetes.kubeProxy.mode');
  const proxy = tree.kubeProxy.value
    ? sourced(shoot.kubeProxy.mode ?? 'enabled', tree.kubeProxy, mode)
    : derived(tree.kubeProxy, () => 'disabled');
  return [
    ['kube-proxy', proxy],
    [
      'data plane',
      options.ebpfDataplane.enabled
        ? sourced('eBPF', ebpf)
        : sourced(nftables ? 'nftables' : 'iptables', ebpf, tree.nftables),
    ],
    ['IPIP in Felix', tree.felixIpip, 'detail'],
    ['VXLAN in Felix', tree.vxlan, 'detail'],
    ...(options.ebpfDataplane.enabled ? [['eBPF health port', tree.ebpfHealthPort, 'detail'] as const] : []),
    ['unprivileged calico-node', tree.nonPrivileged, 'detail'],
  ];
}

function workloadRows(
  { shoot }: ShootNetwork<NetworkConfig>,
  { sizing, kubeControllers }: Tree,
  { options }: CalicoValues,
): readonly ValueRow[] {
  const typha = sourced(options.typha.enabled, option('typha.enabled'));
  const workers = shootField('spec.provider.workers');
  const bound = (field: string, one: Sourced<object | undefined>): readonly ValueRow[] =>
    one.value === undefined ? [] : [[field, one, 'detail']];
  const typhaRows: readonly ValueRow[] = [
    ['Typha replicas', sourced(typhaReplicas(shoot), typha, workers)],
    ['Typha requests', sizing.typhaRequests],
    ...bound('Typha lower bound', sizing.typhaMinAllowed),
  ];
  return [
    ['source of requests', sizing.mode, 'detail'],
    ['calico-node requests', sizing.nodeRequests],
    ...bound('calico-node lower bound', sizing.nodeMinAllowed),
    ...(typha.value ? typhaRows : [['Typha replicas', derived(typha, () => 0)] as const]),
    ['calico-kube-controllers', kubeControllers, 'detail'],
  ];
}
