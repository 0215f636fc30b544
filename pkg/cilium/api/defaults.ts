import type { loadBalancingModes, NetworkConfig, tunnels } from './config.ts';
import { formatDuration, parseDuration } from './duration.ts';

/** A NetworkConfig with everything set that does not depend on the shoot; what depends on it is decided in values.ts. */
export interface DefaultedConfig {
  readonly debug: boolean;
  readonly kubeproxy: { readonly k8sServiceHost: string | undefined; readonly k8sServicePort: number | undefined };
  readonly hubble: Toggle;
  readonly tunnel: (typeof tunnels)[number];
  readonly bpfSocketLBHostnsOnly: Toggle;
  readonly cni: { readonly exclusive: boolean };
  readonly egressGateway: Toggle;
  /** 0 lets Cilium find it out. */
  readonly mtu: number;
  readonly devices: readonly string[];
  readonly directRoutingDevice: string | undefined;
  readonly loadBalancingMode: (typeof loadBalancingModes)[number];
  /** Durations as Go prints them. */
  readonly l2Announcements: Toggle & {
    readonly leaseDuration: string;
    readonly leaseRenewDeadline: string;
    readonly leaseRetryPeriod: string;
  };
  readonly ipv4NativeRoutingCIDREnabled: boolean;
  readonly ipv6NativeRoutingCIDREnabled: boolean;
  /** Undefined is a third state: the tunnel stays as given. */
  readonly overlay: (Toggle & { readonly createPodRoutes: boolean }) | undefined;
  readonly snatToUpstreamDNS: Toggle;
  readonly snatOutOfCluster: Toggle;
  readonly enableIpv4Masquerade: boolean;
  readonly enableIpv6Masquerade: boolean;
  readonly enableBPFMasquerade: boolean;
  readonly bgpControlPlane: Toggle;
  readonly policyAuditMode: boolean;
  readonly encryption: Toggle & {
    readonly mode: string;
    readonly nodeToNodeEnabled: boolean;
    readonly strictMode: boolean;
  };
}

export interface Toggle {
  readonly enabled: boolean;
}

/**
 * The effective defaults of docs/design/cilium.md#networkconfig. A group that is there without its flag means false, as in Go, where it is a plain bool; only an
 * absent group means the default: `cni: {}` is not exclusive, `overlay: {}` is no overlay. store, ipv4 and ipv6 have no effect at all.
 * Applying it to its own result changes nothing.
 */
export function withDefaults(config: NetworkConfig | DefaultedConfig): DefaultedConfig {
  return {
    ...routingDefaults(config),
    ...masqueradeDefaults(config),
    debug: config.debug ?? false,
    kubeproxy: {
      k8sServiceHost: config.kubeproxy?.k8sServiceHost ?? undefined,
      k8sServicePort: config.kubeproxy?.k8sServicePort ?? undefined,
    },
    hubble: toggle(config.hubble),
    bpfSocketLBHostnsOnly: toggle(config.bpfSocketLBHostnsOnly),
    cni: { exclusive: config.cni ? (config.cni.exclusive ?? false) : true },
    egressGateway: toggle(config.egressGateway),
    loadBalancingMode: config.loadBalancingMode ?? 'snat',
    l2Announcements: l2Defaults(config.l2Announcements),
    bgpControlPlane: toggle(config.bgpControlPlane),
    policyAuditMode: config.policyAuditMode ?? false,
    encryption: encryptionDefaults(config.encryption),
  };
}

type Given = NetworkConfig | DefaultedConfig;

function toggle(group: { readonly enabled?: boolean | null | undefined } | null | undefined): Toggle {
  return { enabled: group?.enabled ?? false };
}

function routingDefaults(
  config: Given,
): Pick<
  DefaultedConfig,
  | 'tunnel'
  | 'mtu'
  | 'devices'
  | 'directRoutingDevice'
  | 'ipv4NativeRoutingCIDREnabled'
  | 'ipv6NativeRoutingCIDREnabled'
  | 'overlay'
> {
  const { overlay } = config;
  return {
    tunnel: config.tunnel ?? 'vxlan',
    mtu: config.mtu ?? 0,
    devices: (config.devices ?? []).map((device) => device ?? ''),
    directRoutingDevice: config.directRoutingDevice ?? undefined,
    ipv4NativeRoutingCIDREnabled: config.ipv4NativeRoutingCIDREnabled ?? false,
    ipv6NativeRoutingCIDREnabled: config.ipv6NativeRoutingCIDREnabled ?? false,
    overlay: overlay
      ? { enabled: overlay.enabled ?? false, createPodRoutes: overlay.createPodRoutes ?? false }
      : undefined,
  };
}

function masqueradeDefaults(
  config: Given,
): Pick<
  DefaultedConfig,
  'snatToUpstreamDNS' | 'snatOutOfCluster' | 'enableIpv4Masquerade' | 'enableIpv6Masquerade' | 'enableBPFMasquerade'
> {
  return {
    snatToUpstreamDNS: toggle(config.snatToUpstreamDNS),
    snatOutOfCluster: toggle(config.snatOutOfCluster),
    enableIpv4Masquerade: config.enableIpv4Masquerade ?? true,
    enableIpv6Masquerade: config.enableIpv6Masquerade ?? false,
    enableBPFMasquerade: config.enableBPFMasquerade ?? true,
  };
}

function l2Defaults(group: Given['l2Announcements']): DefaultedConfig['l2Announcements'] {
  return {
    ...toggle(group),
    leaseDuration: canonical(group?.leaseDuration ?? '15s'),
    leaseRenewDeadline: canonical(group?.leaseRenewDeadline ?? '5s'),
    leaseRetryPeriod: canonical(group?.leaseRetryPeriod ?? '2s'),
  };
}

function encryptionDefaults(group: Given['encryption']): DefaultedConfig['encryption'] {
  return {
    ...toggle(group),
    mode: group?.mode ?? '',
    nodeToNodeEnabled: group?.nodeToNodeEnabled ?? false,
    strictMode: group?.strictMode ?? false,
  };
}

function canonical(text: string): string {
  const nanoseconds = parseDuration(text);
  return nanoseconds === undefined ? text : formatDuration(nanoseconds);
}
