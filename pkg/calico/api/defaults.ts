import type { NetworkConfig } from './config.ts';

/** A NetworkConfig with everything set that does not depend on the shoot; what depends on it is decided in values.ts. */
export interface DefaultedConfig {
  readonly backend: 'bird' | 'none' | 'vxlan' | undefined;
  readonly ipam: { readonly type: 'host-local' | 'calico-ipam'; readonly cidr: string | undefined };
  readonly ipv4: FamilyConfig;
  readonly ipv6: FamilyConfig & { readonly sourceNATEnabled: boolean };
  readonly typha: Toggle;
  /** Canonical decimal: Go's Atoi also takes +1450 and 01450, which would break the CNI's JSON where it is printed unquoted. */
  readonly vethMTU: string;
  readonly ebpfDataplane: Toggle;
  /** Undefined is a third state: backend and pool mode stay as given. */
  readonly overlay: { readonly enabled: boolean; readonly createPodRoutes: boolean } | undefined;
  readonly snatToUpstreamDNS: Toggle;
  readonly autoScaling: {
    readonly mode: 'cluster-proportional' | 'vpa' | 'static';
    readonly resources: { readonly node: ResourceList; readonly typha: ResourceList };
  };
  readonly vxlan: Toggle;
  readonly wireguardEncryption: boolean;
  readonly birdExporter: Toggle;
  readonly multus: Toggle & { readonly installCNIPlugins: boolean };
  readonly serviceLoopPrevention: 'Disabled' | 'Drop' | 'Reject' | undefined;
}

export interface Toggle {
  readonly enabled: boolean;
}

export interface FamilyConfig {
  readonly pool: 'ipip' | 'vxlan' | undefined;
  readonly mode: 'Always' | 'Never' | 'CrossSubnet' | 'Off' | undefined;
  readonly autoDetectionMethod: string | undefined;
}

export type ResourceList = Readonly<Record<string, string | number | null>>;

/**
 * The effective defaults of docs/design/calico.md#networkconfig. A group that is there without `enabled` means false, as in Go, where it is a plain bool;
 * only an absent group means the default. Applying it to its own result changes nothing.
 */
export function withDefaults(config: NetworkConfig | DefaultedConfig): DefaultedConfig {
  const wireguard = config.wireguardEncryption ?? false;
  return {
    backend: config.backend ?? undefined,
    ipam: ipamConfig(config.ipam),
    ipv4: familyConfig(config.ipv4),
    ipv6: { ...familyConfig(config.ipv6), sourceNATEnabled: config.ipv6?.sourceNATEnabled ?? wireguard },
    typha: toggle(config.typha, true),
    vethMTU: canonicalInteger(config.vethMTU ?? '0'),
    ebpfDataplane: toggle(config.ebpfDataplane, false),
    overlay: overlayConfig(config.overlay),
    snatToUpstreamDNS: toggle(config.snatToUpstreamDNS, true),
    autoScaling: autoScalingConfig(config.autoScaling),
    vxlan: toggle(config.vxlan, false),
    wireguardEncryption: wireguard,
    birdExporter: toggle(config.birdExporter, false),
    multus: { ...toggle(config.multus, false), installCNIPlugins: config.multus?.installCNIPlugins ?? false },
    serviceLoopPrevention: config.serviceLoopPrevention ?? undefined,
  };
}

function toggle(group: { readonly enabled?: boolean | null | undefined } | null | undefined, absent: boolean): Toggle {
  return { enabled: group ? (group.enabled ?? false) : absent };
}

function ipamConfig(group: NetworkConfig['ipam']): DefaultedConfig['ipam'] {
  return { type: group?.type || 'host-local', cidr: group?.cidr ?? undefined };
}

function overlayConfig(group: NetworkConfig['overlay']): DefaultedConfig['overlay'] {
  return group ? { enabled: group.enabled ?? false, createPodRoutes: group.createPodRoutes ?? false } : undefined;
}

function autoScalingConfig(group: NetworkConfig['autoScaling']): DefaultedConfig['autoScaling'] {
  const resources = { node: group?.resources?.node ?? {}, typha: group?.resources?.typha ?? {} };
  return { mode: group?.mode ?? 'cluster-proportional', resources };
}

function familyConfig(
  group: { readonly [Key in keyof FamilyConfig]?: FamilyConfig[Key] | null } | null | undefined,
): FamilyConfig {
  return {
    pool: group?.pool ?? undefined,
    mode: group?.mode ?? undefined,
    autoDetectionMethod: group?.autoDetectionMethod ?? undefined,
  };
}

function canonicalInteger(text: string): string {
  return /^[+-]?\d+$/.test(text) ? String(BigInt(text)) : text;
}
