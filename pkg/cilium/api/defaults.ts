import { defaultGroup, defaultTo, defaultToggle } from '../../network/config-defaults.ts';
import type { NetworkConfig } from './config.ts';
import { canonicalDuration } from './duration.ts';

/** A NetworkConfig with all defaults that do not depend on the shoot; values.ts contains those that do. */
export type DefaultedConfig = Readonly<ReturnType<typeof withDefaults>>;

/**
 * Applies the defaults of docs/design/cilium.md#networkconfig, one line per option. A group without its flag means false, as in Go, where it is
 * a plain bool; only an absent group has the default: `cni: {}` is not exclusive, `overlay: {}` is no overlay. store, ipv4 and ipv6 have no
 * effect. Idempotent.
 */
export function withDefaults(config: NetworkConfig) {
  const [kubeproxy, l2] = [defaultGroup(config.kubeproxy), defaultGroup(config.l2Announcements)];
  const [encryption, gateway] = [defaultGroup(config.encryption), defaultGroup(config.gatewayAPI)];
  return {
    debug: defaultTo(config.debug, false),
    kubeproxy: {
      k8sServiceHost: defaultTo(kubeproxy.k8sServiceHost, undefined),
      k8sServicePort: defaultTo(kubeproxy.k8sServicePort, undefined),
    },
    hubble: defaultToggle(config.hubble),
    tunnel: defaultTo(config.tunnel, 'vxlan'),
    bpfSocketLBHostnsOnly: defaultToggle(config.bpfSocketLBHostnsOnly),
    cni: { exclusive: config.cni ? defaultTo(config.cni.exclusive, false) : true },
    egressGateway: defaultToggle(config.egressGateway),
    // With 0 Cilium detects it.
    mtu: defaultTo(config.mtu, 0),
    devices: deviceNames(config.devices),
    directRoutingDevice: defaultTo(config.directRoutingDevice, undefined),
    loadBalancingMode: defaultTo(config.loadBalancingMode, 'snat'),
    // Durations as Go prints them.
    l2Announcements: {
      ...defaultToggle(config.l2Announcements),
      leaseDuration: canonicalDuration(defaultTo(l2.leaseDuration, '15s')),
      leaseRenewDeadline: canonicalDuration(defaultTo(l2.leaseRenewDeadline, '5s')),
      leaseRetryPeriod: canonicalDuration(defaultTo(l2.leaseRetryPeriod, '2s')),
    },
    ipv4NativeRoutingCIDREnabled: defaultTo(config.ipv4NativeRoutingCIDREnabled, false),
    ipv6NativeRoutingCIDREnabled: defaultTo(config.ipv6NativeRoutingCIDREnabled, false),
    // Undefined is a third state: tunnel applies as set.
    overlay: config.overlay ? overlayDefaults(config.overlay) : undefined,
    snatToUpstreamDNS: defaultToggle(config.snatToUpstreamDNS),
    snatOutOfCluster: defaultToggle(config.snatOutOfCluster),
    enableIpv4Masquerade: defaultTo(config.enableIpv4Masquerade, true),
    enableIpv6Masquerade: defaultTo(config.enableIpv6Masquerade, false),
    enableBPFMasquerade: defaultTo(config.enableBPFMasquerade, true),
    bgpControlPlane: defaultToggle(config.bgpControlPlane),
    gatewayAPI: {
      ...defaultToggle(config.gatewayAPI),
      externalTrafficPolicy: defaultTo(gateway.externalTrafficPolicy, 'Cluster'),
    },
    policyAuditMode: defaultTo(config.policyAuditMode, false),
    encryption: {
      ...defaultToggle(config.encryption),
      mode: defaultTo(encryption.mode, ''),
      nodeToNodeEnabled: defaultTo(encryption.nodeToNodeEnabled, false),
      strictMode: defaultTo(encryption.strictMode, false),
    },
    // Only set options are rendered; for the others the defaults of Cilium apply, or constants that all shoots have.
    agentOptions: defaultGroup(config.agentOptions),
  };
}

function overlayDefaults({ enabled, createPodRoutes }: NonNullable<NetworkConfig['overlay']>) {
  return { enabled: enabled ?? false, createPodRoutes: createPodRoutes ?? false };
}

function deviceNames(devices: NetworkConfig['devices']): string[] {
  return (devices ?? []).map((device) => device ?? '');
}
