import { defaultGroup, defaultTo, defaultToggle } from '../../network/config-defaults.ts';
import type { NetworkConfig } from './config.ts';

/** A NetworkConfig with all defaults that do not depend on the shoot; values.ts contains those that do. */
export type DefaultedConfig = Readonly<ReturnType<typeof withDefaults>>;

type ResourceList = Readonly<Record<string, string | number | null>>;

/**
 * Applies the defaults of docs/design/calico.md#networkconfig, one line per option. Idempotent.
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
    // Canonical decimal: Go's Atoi also accepts +1450 and 01450, which are not valid in the JSON of the CNI configuration.
    vethMTU: canonicalInteger(defaultTo(config.vethMTU, '0')),
    ebpfDataplane: defaultToggle(config.ebpfDataplane),
    // Undefined is a third state: backend and pool mode apply as set.
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
