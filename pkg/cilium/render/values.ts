import { type Cidr, canonicalCidr, parseCidr } from '../../gardener/cidr.ts';
import type { ShootFacts } from '../../gardener/cluster.ts';
import type { IPFamily, Network } from '../../gardener/network.ts';
import type { ApiServerLookup } from '../api/api-server.ts';
import type { DefaultedConfig } from '../api/defaults.ts';
import type { IpamMode, IpamState } from '../shoot/ipam.ts';
import { nativeRange, overlapsNodes, podRange } from './ranges.ts';

export interface ValuesInput {
  readonly config: DefaultedConfig;
  readonly network: Network;
  readonly shoot: ShootFacts;
  /** The families to configure now, without those of a pending dual-stack migration. */
  readonly families: readonly IPFamily[];
  readonly ipam: IpamState;
  /** Undefined unless Cilium replaces kube-proxy. */
  readonly apiServer: ApiServerLookup | undefined;
  /** The state of feature gate CiliumGatewayAPI. */
  readonly gatewayAPI: boolean;
}

interface EncryptionValues {
  readonly wireguard: boolean;
  readonly nodes: boolean;
  /** Undefined if strict mode is disabled or has no IPv4 range (verdict 7). */
  readonly strict: { readonly cidr: string; readonly allowRemoteNodeIdentities: boolean } | undefined;
}

/** `wanted`: the family is routed natively and requires a range; `cidr` is undefined if the range is not known yet. */
interface NativeRange {
  readonly wanted: boolean;
  readonly cidr: string | undefined;
}

export interface IpamValues extends Pick<IpamState, 'ignored'> {
  readonly mode: IpamMode;
  /** False if the mode is only assumed, and must not be stored. */
  readonly known: boolean;
  readonly ipv4Range: string | undefined;
}

/** All values that determine the rendered objects; each member is one row of docs/design/cilium.md#values or docs/design/cilium.md#cilium-config. */
export interface CiliumValues {
  /** The options that are rendered unchanged. */
  readonly options: DefaultedConfig;
  readonly ipv4: boolean;
  readonly ipv6: boolean;
  /** Undefined for native routing. */
  readonly tunnel: 'vxlan' | 'geneve' | undefined;
  readonly nativeIPv4: NativeRange;
  readonly nativeIPv6: NativeRange;
  readonly autoDirectNodeRoutes: boolean;
  /** `bpf` is undefined for Cilium's default, which is iptables. */
  readonly masquerade: { readonly ipv4: boolean; readonly ipv6: boolean; readonly bpf: boolean | undefined };
  readonly loadBalancingMode: DefaultedConfig['loadBalancingMode'];
  readonly kubeProxyReplacement: boolean;
  /** Undefined if kube-proxy handles Services. */
  readonly apiServer: ApiServerLookup | undefined;
  readonly nodeLocalDNS: boolean;
  readonly egressGateway: boolean;
  /** `permitted`: the feature gate is on. */
  readonly gatewayAPI: { readonly enabled: boolean; readonly permitted: boolean };
  readonly encryption: EncryptionValues;
  readonly ipam: IpamValues;
  readonly operatorHA: boolean;
  /** For the scripts that masquerade traffic of the family of this range. */
  readonly snatPodCIDR: string;
  readonly snatNodeCIDR: string | undefined;
}

/** Ranges are rendered without host bits: agents compare the range of strict mode with masked addresses, and would drop nothing (verdict 42). */
function canonicalText(range: Cidr | undefined): string | undefined {
  return range === undefined ? undefined : canonicalCidr(range);
}

/** A text that is not a range remains unchanged. */
function canonicalOrGiven(text: string): string {
  return canonicalText(parseCidr(text)) ?? text;
}

/** Computes the values of a Network. Expects a validated configuration, and never fails. */
export function computeValues(input: ValuesInput): CiliumValues {
  const { config, shoot, families, network } = input;
  const [ipv4, ipv6] = [families.includes('IPv4'), families.includes('IPv6')];
  const tunnel = selectTunnel(config);
  const kubeProxyReplacement = !shoot.kubeProxy.enabled;
  const masquerade = masqueradeValues(config, { ipv4, ipv6 });
  return {
    options: config,
    ipv4,
    ipv6,
    tunnel,
    nativeIPv4: nativeRouting(input, { family: 'IPv4', masquerade: masquerade.ipv4 }),
    nativeIPv6: nativeRouting(input, { family: 'IPv6', masquerade: masquerade.ipv6 }),
    autoDirectNodeRoutes: config.overlay?.enabled === false && config.overlay.createPodRoutes,
    masquerade,
    loadBalancingMode: selectLoadBalancingMode(config, { tunnel, kubeProxyReplacement }),
    kubeProxyReplacement,
    apiServer: input.apiServer,
    nodeLocalDNS: shoot.nodeLocalDNS,
    // Agents with an egress gateway exit unless IPv4 is masqueraded in eBPF (verdict 14).
    egressGateway: config.egressGateway.enabled && masquerade.ipv4 && masquerade.bpf === true,
    // Without kube-proxy replacement the operator logs a warning and has no controller for Gateways.
    gatewayAPI: {
      enabled: config.gatewayAPI.enabled && input.gatewayAPI && kubeProxyReplacement,
      permitted: input.gatewayAPI,
    },
    encryption: encryptionValues(input, { tunnel, ipv4 }),
    ipam: ipamValues(input),
    operatorHA: shoot.minimumNodes >= 2,
    // Of one family only: a rule for the second one would change the masquerading of running shoots (docs/design/life-cycle.md#running-shoots).
    snatPodCIDR: canonicalOrGiven(network.spec.podCIDR ?? ''),
    snatNodeCIDR: canonicalOrGiven(shoot.networking.nodes ?? '') || undefined,
  };
}

function selectTunnel({ overlay, tunnel }: DefaultedConfig): CiliumValues['tunnel'] {
  if (overlay?.enabled === false) return undefined;
  if (tunnel === 'disabled') return overlay === undefined ? undefined : 'vxlan';
  return tunnel;
}

/**
 * Overlay decides, otherwise the flag of the family. Agents that route natively and masquerade exit without a range, so they always get one
 * (verdict 36).
 */
function nativeRouting(
  input: ValuesInput,
  { family, masquerade }: { readonly family: IPFamily; readonly masquerade: boolean },
): NativeRange {
  const { config, network, shoot, families } = input;
  const flag = family === 'IPv4' ? config.ipv4NativeRoutingCIDREnabled : config.ipv6NativeRoutingCIDREnabled;
  const required = masquerade && selectTunnel(config) === undefined;
  const wanted =
    families.includes(family) && (config.overlay === undefined ? flag || required : !config.overlay.enabled);
  const range = wanted ? nativeRange({ family, podCIDR: network.spec.podCIDR, shoot }) : undefined;
  return { wanted, cidr: canonicalText(range) };
}

/**
 * The iptables rules of the snat containers and masquerading in eBPF are mutually exclusive. Agents refuse to start with masquerading in eBPF if no
 * family is masqueraded (verdict 35).
 */
function masqueradeValues(
  config: DefaultedConfig,
  { ipv4, ipv6 }: { readonly ipv4: boolean; readonly ipv6: boolean },
): CiliumValues['masquerade'] {
  const masquerade = { ipv4: ipv4 && config.enableIpv4Masquerade, ipv6: config.enableIpv6Masquerade };
  const byIptables = config.snatToUpstreamDNS.enabled || config.snatOutOfCluster.enabled;
  if (!ipv4 || byIptables) return { ...masquerade, bpf: undefined };
  const any = masquerade.ipv4 || (ipv6 && masquerade.ipv6);
  return { ...masquerade, bpf: config.enableBPFMasquerade && any };
}

/** Agents that replace kube-proxy refuse to start with dsr or hybrid and a tunnel, so snat is used (verdict 37). */
function selectLoadBalancingMode(
  { loadBalancingMode }: DefaultedConfig,
  chosen: Pick<CiliumValues, 'tunnel' | 'kubeProxyReplacement'>,
): CiliumValues['loadBalancingMode'] {
  return chosen.kubeProxyReplacement && chosen.tunnel !== undefined ? 'snat' : loadBalancingMode;
}

/** Nodes inside the range of strict mode must be allowed by identity, or agents exit; with a tunnel this is always required (docs/design/cilium.md#values). */
function encryptionValues(
  input: ValuesInput,
  { tunnel, ipv4 }: { readonly tunnel: CiliumValues['tunnel']; readonly ipv4: boolean },
): EncryptionValues {
  const { config, network, shoot } = input;
  const { enabled, mode, nodeToNodeEnabled, strictMode } = config.encryption;
  const wireguard = enabled && mode === 'wireguard';
  const watched = wireguard && strictMode && ipv4;
  const range = watched ? podRange({ family: 'IPv4', podCIDR: network.spec.podCIDR, shoot }) : undefined;
  return {
    wireguard,
    nodes: wireguard && nodeToNodeEnabled,
    strict:
      range === undefined
        ? undefined
        : {
            cidr: canonicalCidr(range),
            allowRemoteNodeIdentities: tunnel !== undefined || overlapsNodes(range, shoot),
          },
  };
}

function ipamValues({ ipam, network, shoot }: ValuesInput): IpamValues {
  const range = podRange({ family: 'IPv4', podCIDR: network.spec.podCIDR, shoot });
  return {
    mode: ipam.mode ?? 'kubernetes',
    known: ipam.mode !== undefined,
    ignored: ipam.ignored,
    ipv4Range: canonicalText(range),
  };
}
