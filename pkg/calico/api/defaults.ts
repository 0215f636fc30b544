import { defaultGroup, defaultTo, defaultToggle } from '../../network/config-defaults.ts';
import type { NetworkConfig } from './config.ts';

/** A NetworkConfig with everything set that does not depend on the shoot; what depends on it is decided in values.ts. */
export type DefaultedConfig = Readonly<ReturnType<typeof withDefaults>>;

type ResourceList = Readonly<Record<string, string | number | null>>;

/**
 * The effective defaults of docs/design/calico.md#networkconfig, one line for each option. Applying it to its own result changes nothing.
 */
export function withDefaults(config: NetworkConfig) {
  const [ipam, ipv6, autoScaling] = [
    defaultGroup(config.ipam),
    defaultGroup(config.ipv6),
    defaultGroup(config.autoScaling),
  ];
  const resources = defaultGroup(autoScaling.resources);
  const wireguardEncryption = defaultTo(config.wireguardEncryption, false);
  return {
    backend: defaultTo(config.backend, undefined),
    ipam: { type: ipam.type || 'host-local', cidr: defaultTo(ipam.cidr, undefined) } as const,
    ipv4: familyDefaults(config.ipv4),
    ipv6: { ...familyDefaults(config.ipv6), sourceNATEnabled: defaultTo(ipv6.sourceNATEnabled, wireguardEncryption) },
    typha: defaultToggle(config.typha, true),
    // Canonical decimal: Go's Atoi also takes +1450 and 01450, which would break the CNI's JSON where it is printed unquoted.
    vethMTU: canonicalInteger(defaultTo(config.vethMTU, '0')),
    ebpfDataplane: defaultToggle(config.ebpfDataplane),
    // Undefined is a third state: backend and pool mode stay as given.
    overlay: config.overlay ? overlayDefaults(config.overlay) : undefined,
    snatToUpstreamDNS: defaultToggle(config.snatToUpstreamDNS, true),
    autoScaling: {
      mode: defaultTo(autoScaling.mode, 'cluster-proportional'),
      resources: {
        node: defaultTo<ResourceList, ResourceList>(resources.node, {}),
        typha: defaultTo<ResourceList, ResourceList>(resources.typha, {}),
      },
    },
    vxlan: defaultToggle(config.vxlan),
    wireguardEncryption,
    birdExporter: defaultToggle(config.birdExporter),
    multus: {
      ...defaultToggle(config.multus),
      installCNIPlugins: defaultTo(defaultGroup(config.multus).installCNIPlugins, false),
    },
    kubeAPIServerGlobalNetworkSet: defaultToggle(config.kubeAPIServerGlobalNetworkSet),
    serviceLoopPrevention: defaultTo(config.serviceLoopPrevention, undefined),
  };
}

function overlayDefaults({ enabled, createPodRoutes }: NonNullable<NetworkConfig['overlay']>) {
  return { enabled: enabled ?? false, createPodRoutes: createPodRoutes ?? false };
}

function familyDefaults(group: NetworkConfig['ipv4']) {
  const { pool, mode, autoDetectionMethod } = defaultGroup(group);
  return {
    pool: defaultTo(pool, undefined),
    mode: defaultTo(mode, undefined),
    autoDetectionMethod: defaultTo(autoDetectionMethod, undefined),
  };
}

function canonicalInteger(text: string): string {
  return /^[+-]?\d+$/.test(text) ? String(BigInt(text)) : text;
}
