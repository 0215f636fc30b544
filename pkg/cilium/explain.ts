import type { ShootNetwork } from '../network/decode-network.ts';
import { type Explanation, explainNetwork, type ValueRow } from '../network/explain.ts';
import type { PlanContext } from '../network/plugin.ts';
import { derived, option, type Sourced, sourced } from '../network/sourced.ts';
import { agentOptionFields } from './api/agent-options.ts';
import type { ApiServerLookup } from './api/api-server.ts';
import { type NetworkConfig, networkConfigSchema } from './api/config.ts';
import { withDefaults } from './api/defaults.ts';
import type { ciliumRules } from './api/diagnostics.ts';
import { ciliumFeatureGates } from './api/feature-gates.ts';
import { assess, valuesInput } from './assess.ts';
import { poolMaskSize } from './render/agent-config.ts';
import { constants } from './render/agent-constants.ts';
import { sourcedPaths } from './render/reachability.ts';
import { type CiliumValues, computeValues, sourcedValues } from './render/values.ts';
import { determineIpam, findIpamMode } from './shoot/ipam.ts';

type Tree = ReturnType<typeof sourcedValues>;

interface ExplainInput {
  readonly decoded: ShootNetwork<NetworkConfig>;
  readonly context: Pick<PlanContext, 'currentObjects' | 'shoot'>;
}

/** Returns the values in effect for a decoded Network of type cilium. Invalid parts of the configuration count as unset. */
export function ciliumExplanation(input: ExplainInput): Explanation {
  const { decoded } = input;
  const ipam = { ...determineIpam(input), ...withFrom(findIpamMode(input)) };
  const given = valuesInput(decoded, ipam);
  const [tree, values] = [sourcedValues(given), computeValues(given)];
  const { warnings } = assess(decoded, ipam);
  return explainNetwork({
    decoded,
    schema: networkConfigSchema,
    defaulted: withAgentConstants(withDefaults(decoded.effective)),
    defaults: withAgentConstants(withDefaults({})),
    effectiveDefaults: withAgentConstants(withDefaults({})),
    tree,
    effective: effectiveOptions(tree),
    values: [
      ...pathRows(tree, values),
      ...rangeRows(tree, values),
      ...egressRows(tree, values),
      ...serviceRows(tree, values),
    ],
    findings: warnings,
    overruling,
    gates: ciliumFeatureGates,
  });
}

function withFrom(found: Sourced<unknown> | undefined): Partial<Pick<Sourced<unknown>, 'from'>> {
  return found === undefined ? {} : { from: found.from };
}

/** Options of the agents that all shoots have by constants, which are the defaults of the options with the same names. */
function withAgentConstants<Options extends { readonly agentOptions: object }>(options: Options): Options {
  const names = Object.keys(agentOptionFields).filter((name) => name in constants);
  const fixed = Object.fromEntries(names.map((name) => [name, constants[name]]));
  return { ...options, agentOptions: { ...fixed, ...options.agentOptions } };
}

/** The options that other fields may decide. */
function effectiveOptions(tree: Tree): Readonly<Record<string, Sourced<unknown>>> {
  const { masquerade, encryption } = tree;
  return {
    tunnel: derived(tree.tunnel, (protocol) => protocol ?? 'disabled'),
    ipv4NativeRoutingCIDREnabled: tree.nativeIPv4.wanted,
    ipv6NativeRoutingCIDREnabled: tree.nativeIPv6.wanted,
    'overlay.enabled': derived(tree.tunnel, (protocol) => protocol !== undefined),
    'overlay.createPodRoutes': tree.autoDirectNodeRoutes,
    enableIpv4Masquerade: masquerade.ipv4,
    enableIpv6Masquerade: masquerade.ipv6,
    enableBPFMasquerade: derived(masquerade.bpf, (bpf) => bpf ?? false),
    loadBalancingMode: tree.loadBalancingMode,
    'egressGateway.enabled': tree.egressGateway,
    'gatewayAPI.enabled': tree.gatewayAPI.enabled,
    'encryption.enabled': encryption.wireguard,
    'encryption.nodeToNodeEnabled': encryption.nodes,
    'encryption.strictMode': derived(encryption.strict, (strict) => strict !== undefined),
  };
}

/** Warnings about options without any effect. */
const overruling: ReadonlySet<string> = new Set<keyof typeof ciliumRules>([
  'cilium-agent-option-without-effect',
  'cilium-api-server-without-effect',
  'cilium-bpf-masquerade-overruled',
  'cilium-deprecated-without-effect',
  'cilium-egress-gateway-family-off',
  'cilium-egress-gateway-off',
  'cilium-encryption-off',
  'cilium-gateway-api-gate',
  'cilium-gateway-api-off',
  'cilium-gateway-api-without-replacement',
  'cilium-l2-off',
  'cilium-load-balancing-mode-off',
  'cilium-masquerade-without-family',
  'cilium-native-routing-pending',
  'cilium-native-routing-without-family',
  'cilium-overlay-overrules',
  'cilium-pod-routes-without-effect',
  'cilium-snat-bypassed',
  'cilium-socket-lb-without-effect',
]);

function pathRows({ tunnel, autoDirectNodeRoutes }: Tree, values: CiliumValues): readonly ValueRow[] {
  return [
    ...sourcedPaths(values).flatMap(({ family, transport, routes, reach, addresses, egress }): readonly ValueRow[] => [
      [`${family} encapsulation`, transport],
      [`${family} routes`, routes],
      [`${family} reach`, reach],
      [`${family} addresses`, addresses],
      [`${family} source address outside`, egress],
    ]),
    ['routing', derived(tunnel, (protocol) => protocol ?? 'native')],
    ['direct routes between nodes', autoDirectNodeRoutes, 'detail'],
  ];
}

function rangeRows({ ipam, nativeIPv4, nativeIPv6, ipv4, ipv6 }: Tree, values: CiliumValues): readonly ValueRow[] {
  const pool = values.ipam.mode === 'cluster-pool' && values.ipv4;
  return [
    ['IPAM', ipam.mode],
    ['IPv4', ipv4, 'detail'],
    ['IPv6', ipv6, 'detail'],
    ...(pool ? [['IPv4 pool', ipam.ipv4Range] as const] : []),
    ...(pool ? [['IPv4 pool mask of a node', derived(ipam.mode, () => poolMaskSize)] as const] : []),
    ...(values.nativeIPv4.wanted ? [['IPv4 native routing range', nativeIPv4.cidr] as const] : []),
    ...(values.nativeIPv6.wanted ? [['IPv6 native routing range', nativeIPv6.cidr] as const] : []),
  ];
}

function egressRows({ masquerade, egressGateway, ...tree }: Tree, { options }: CiliumValues): readonly ValueRow[] {
  const { encryption, snatPodCIDR, snatNodeCIDR } = tree;
  const [dns, out] = [options.snatToUpstreamDNS.enabled, options.snatOutOfCluster.enabled];
  return [
    ['MTU of nodes', sourced(options.mtu === 0 ? 'detected by Cilium' : options.mtu, option('mtu'))],
    ['IPv4 masquerading', masquerade.ipv4],
    ['IPv6 masquerading', masquerade.ipv6],
    ['masquerading by', derived(masquerade.bpf, (bpf) => (bpf === true ? 'eBPF' : 'iptables'))],
    ...(dns
      ? [
          [
            'range masqueraded to DNS servers',
            sourced(snatPodCIDR.value, option('snatToUpstreamDNS.enabled'), snatPodCIDR),
          ] as const,
        ]
      : []),
    ...(out
      ? [
          [
            'range masqueraded outside',
            sourced(snatPodCIDR.value, option('snatOutOfCluster.enabled'), snatPodCIDR),
          ] as const,
          [
            'range not masqueraded',
            sourced(snatNodeCIDR.value, option('snatOutOfCluster.enabled'), snatNodeCIDR),
          ] as const,
        ]
      : []),
    ['egress gateway', egressGateway],
    ['encryption', derived(encryption.wireguard, (on) => (on ? 'WireGuard' : 'none'))],
    ['encryption between nodes', encryption.nodes],
    ['strict encryption of', derived(encryption.strict, (strict) => strict?.cidr)],
  ];
}

function serviceRows(tree: Tree, { kubeProxyReplacement }: CiliumValues): readonly ValueRow[] {
  return [
    ['kube-proxy', derived(tree.kubeProxyReplacement, (replaced) => (replaced ? 'replaced by Cilium' : 'enabled'))],
    [
      'load balancing',
      kubeProxyReplacement ? tree.loadBalancingMode : derived(tree.kubeProxyReplacement, () => 'by kube-proxy'),
    ],
    ['API server', derived(tree.apiServer, describeApiServer)],
    ['Gateway API', tree.gatewayAPI.enabled, 'detail'],
    ['NodeLocalDNS', tree.nodeLocalDNS, 'detail'],
    ['two replicas of the operator', tree.operatorHA, 'detail'],
  ];
}

function describeApiServer(lookup: ApiServerLookup | undefined): string | undefined {
  if (lookup?.found !== true) return undefined;
  const { server, urls } = lookup;
  return urls?.join(', ') ?? (server.port === undefined ? server.host : `${server.host} port ${server.port}`);
}
