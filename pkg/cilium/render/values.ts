import { type Cidr, canonicalCidr, parseCidr } from '../../gardener/cidr.ts';
import type { ShootFacts } from '../../gardener/cluster.ts';
import type { IPFamily, Network } from '../../gardener/network.ts';
import { familyFields } from '../../network/shoot.ts';
import {
  derived,
  every,
  type Field,
  gate,
  networkField,
  option,
  plain,
  type Sourced,
  shootField,
  sourced,
} from '../../network/sourced.ts';
import { type ApiServerLookup, apiServerFields } from '../api/api-server.ts';
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
  const { config, ipam } = input;
  const { ipam: ipamPlain, ...values } = plain(sourcedValues(input));
  return {
    options: config,
    ...values,
    ipam: { ...ipamPlain, known: ipam.mode !== undefined, ignored: ipam.ignored },
  };
}

/** Computes the same values with the fields that decided each one. */
export function sourcedValues(input: ValuesInput) {
  const { config, shoot, network } = input;
  const [ipv4, ipv6] = [hasFamily(input, 'IPv4'), hasFamily(input, 'IPv6')];
  const tunnel = selectTunnel(config);
  const isNative = derived(tunnel, (value) => value === undefined);
  const kubeProxyReplacement = sourced(!shoot.kubeProxy.enabled, shootField('spec.kubernetes.kubeProxy.enabled'));
  const masquerade = masqueradeValues(config, { ipv4, ipv6 });
  return {
    ipv4,
    ipv6,
    tunnel,
    nativeIPv4: nativeRouting(input, { family: 'IPv4', isConfigured: ipv4, isNative, masquerade: masquerade.ipv4 }),
    nativeIPv6: nativeRouting(input, { family: 'IPv6', isConfigured: ipv6, isNative, masquerade: masquerade.ipv6 }),
    autoDirectNodeRoutes: every(
      sourced(config.overlay?.enabled === false, option('overlay.enabled')),
      sourced(config.overlay?.createPodRoutes === true, option('overlay.createPodRoutes')),
    ),
    masquerade,
    loadBalancingMode: selectLoadBalancingMode(config, { isNative, kubeProxyReplacement }),
    kubeProxyReplacement,
    apiServer: sourced(
      input.apiServer,
      kubeProxyReplacement,
      ...(input.apiServer === undefined ? [] : apiServerFields(config)),
    ),
    nodeLocalDNS: sourced(shoot.nodeLocalDNS, shootField('spec.systemComponents.nodeLocalDNS.enabled')),
    // Agents with an egress gateway exit unless IPv4 is masqueraded in eBPF (verdict 14).
    egressGateway: every(
      flagOf(config.egressGateway.enabled, 'egressGateway.enabled'),
      masquerade.ipv4,
      derived(masquerade.bpf, (value) => value === true),
    ),
    gatewayAPI: gatewayValues(input, kubeProxyReplacement),
    encryption: encryptionValues(input, { isNative, ipv4 }),
    ipam: ipamValues(input),
    operatorHA: sourced(shoot.minimumNodes >= 2, shootField('spec.provider.workers')),
    // Of one family only: a rule for the second one would change the masquerading of running shoots (docs/design/life-cycle.md#running-shoots).
    snatPodCIDR: sourced(canonicalOrGiven(network.spec.podCIDR ?? ''), networkField('spec.podCIDR')),
    snatNodeCIDR: sourced(
      canonicalOrGiven(shoot.networking.nodes ?? '') || undefined,
      shootField('spec.networking.nodes'),
    ),
  };
}

function hasFamily({ families, shoot }: ValuesInput, family: IPFamily): Sourced<boolean> {
  return sourced(families.includes(family), ...familyFields(shoot));
}

function flagOf(value: boolean, path: string): Sourced<boolean> {
  return sourced(value, option(path));
}

function selectTunnel({ overlay, tunnel }: DefaultedConfig): Sourced<CiliumValues['tunnel']> {
  if (overlay?.enabled === false) return sourced(undefined, option('overlay.enabled'));
  if (tunnel !== 'disabled') return sourced(tunnel, option('tunnel'), option('overlay.enabled'));
  return overlay === undefined
    ? sourced(undefined, option('tunnel'))
    : sourced('vxlan', option('tunnel'), option('overlay.enabled'));
}

/** Without kube-proxy replacement the operator logs a warning and has no controller for Gateways. */
function gatewayValues({ config, gatewayAPI }: ValuesInput, kubeProxyReplacement: Sourced<boolean>) {
  const permitted = sourced(gatewayAPI, gate('CiliumGatewayAPI'));
  const wanted = flagOf(config.gatewayAPI.enabled, 'gatewayAPI.enabled');
  return { enabled: every(wanted, permitted, kubeProxyReplacement), permitted };
}

interface NativeInput {
  readonly family: IPFamily;
  readonly isConfigured: Sourced<boolean>;
  readonly isNative: Sourced<boolean>;
  readonly masquerade: Sourced<boolean>;
}

/**
 * Overlay decides, otherwise the flag of the family. Agents that route natively and masquerade exit without a range, so they always get one
 * (verdict 36).
 */
function nativeRouting(input: ValuesInput, native: NativeInput) {
  const { network, shoot } = input;
  const { family } = native;
  const wanted = wantsNativeRange(input, native);
  if (!wanted.value) return { wanted, cidr: derived(wanted, () => undefined) };
  const range = nativeRange({ family, podCIDR: network.spec.podCIDR, shoot });
  return { wanted, cidr: sourced(canonicalText(range.value), range, wanted) };
}

function wantsNativeRange(
  { config }: ValuesInput,
  { family, isConfigured, isNative, masquerade }: NativeInput,
): Sourced<boolean> {
  const { overlay } = config;
  if (overlay !== undefined) return every(isConfigured, flagOf(!overlay.enabled, 'overlay.enabled'));
  const flag =
    family === 'IPv4'
      ? flagOf(config.ipv4NativeRoutingCIDREnabled, 'ipv4NativeRoutingCIDREnabled')
      : flagOf(config.ipv6NativeRoutingCIDREnabled, 'ipv6NativeRoutingCIDREnabled');
  const isRequired = every(isNative, masquerade);
  const wanted = flag.value || isRequired.value;
  return every(isConfigured, wanted ? (flag.value ? flag : isRequired) : sourced(false, flag, isRequired));
}

/**
 * The iptables rules of the snat containers and masquerading in eBPF are mutually exclusive. Agents refuse to start with masquerading in eBPF if no
 * family is masqueraded (verdict 35).
 */
function masqueradeValues(
  config: DefaultedConfig,
  families: { readonly ipv4: Sourced<boolean>; readonly ipv6: Sourced<boolean> },
) {
  const ipv4 = every(families.ipv4, flagOf(config.enableIpv4Masquerade, 'enableIpv4Masquerade'));
  const ipv6 = flagOf(config.enableIpv6Masquerade, 'enableIpv6Masquerade');
  return { ipv4, ipv6, bpf: masqueradesInBpf(config, { ipv4, ipv6, families }) };
}

function masqueradesInBpf(
  config: DefaultedConfig,
  {
    ipv4,
    ipv6,
    families,
  }: Record<'ipv4' | 'ipv6', Sourced<boolean>> & { readonly families: Record<'ipv4' | 'ipv6', Sourced<boolean>> },
): Sourced<boolean | undefined> {
  if (!families.ipv4.value) return sourced(undefined, families.ipv4);
  const byIptables = (['snatToUpstreamDNS', 'snatOutOfCluster'] as const).filter((name) => config[name].enabled);
  if (byIptables.length > 0) return sourced(undefined, ...byIptables.map((name) => option(`${name}.enabled`)));
  const bpf = flagOf(config.enableBPFMasquerade, 'enableBPFMasquerade');
  const any = ipv4.value ? ipv4 : every(families.ipv6, ipv6);
  if (any.value) return bpf;
  return bpf.value ? sourced(false, ipv4, any) : sourced(false, bpf, ipv4, any);
}

/** Agents that replace kube-proxy refuse to start with dsr or hybrid and a tunnel, so snat is used (verdict 37). */
function selectLoadBalancingMode(
  { loadBalancingMode }: DefaultedConfig,
  { isNative, kubeProxyReplacement }: Record<'isNative' | 'kubeProxyReplacement', Sourced<boolean>>,
): Sourced<CiliumValues['loadBalancingMode']> {
  const wanted = sourced(loadBalancingMode, option('loadBalancingMode'));
  if (isNative.value || !kubeProxyReplacement.value) return wanted;
  return sourced('snat', isNative, kubeProxyReplacement, ...(loadBalancingMode === 'snat' ? [wanted] : []));
}

/** Nodes inside the range of strict mode must be allowed by identity, or agents exit; with a tunnel this is always required (docs/design/cilium.md#values). */
function encryptionValues(
  input: ValuesInput,
  { isNative, ipv4 }: { readonly isNative: Sourced<boolean>; readonly ipv4: Sourced<boolean> },
) {
  const { config, network, shoot } = input;
  const { enabled, mode, nodeToNodeEnabled, strictMode } = config.encryption;
  const wireguard = every(flagOf(enabled, 'encryption.enabled'), flagOf(mode === 'wireguard', 'encryption.mode'));
  const watched = every(wireguard, flagOf(strictMode, 'encryption.strictMode'), ipv4);
  const range = podRange({ family: 'IPv4', podCIDR: network.spec.podCIDR, shoot });
  return {
    wireguard,
    nodes: every(wireguard, flagOf(nodeToNodeEnabled, 'encryption.nodeToNodeEnabled')),
    strict: watched.value
      ? derived(
          range,
          (cidr) =>
            cidr && {
              cidr: canonicalCidr(cidr),
              allowRemoteNodeIdentities: !isNative.value || overlapsNodes(cidr, shoot),
            },
        )
      : sourced(undefined, watched, ...(range.value === undefined ? [range] : [])),
  };
}

function ipamValues({ ipam, network, shoot }: ValuesInput) {
  const range = podRange({ family: 'IPv4', podCIDR: network.spec.podCIDR, shoot });
  return {
    mode: sourced(ipam.mode ?? 'kubernetes', ...(ipam.from ?? unknownShoot)),
    ipv4Range: derived(range, canonicalText),
  };
}

/** The mode of new shoots. */
const unknownShoot: readonly Field[] = [{ of: 'running shoot', path: 'assumed, because the shoot was not read' }];
