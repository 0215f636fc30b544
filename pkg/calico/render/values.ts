import { withoutHostBits } from '../../gardener/cidr.ts';
import type { ShootFacts } from '../../gardener/cluster.ts';
import type { IPFamily, Network } from '../../gardener/network.ts';
import { firstOf, type Source } from '../../network/precedence.ts';
import { podRange } from '../../network/shoot.ts';
import type { DefaultedConfig } from '../api/defaults.ts';
import { type AddressValues, addressValues } from './addresses.ts';
import { type SizingValues, sizingValues } from './sizing.ts';

export interface ValuesInput {
  readonly config: DefaultedConfig;
  readonly network: Network;
  readonly shoot: ShootFacts;
  /** The families to configure now, without those of a pending dual-stack migration. */
  readonly families: readonly IPFamily[];
  readonly nonPrivileged: boolean;
}

type PoolMode = NonNullable<DefaultedConfig['ipv4']['mode']>;

interface PoolValues {
  readonly pool: 'ipip' | 'vxlan';
  readonly mode: PoolMode;
  /** Undefined if the range is not known yet (verdict B6). */
  readonly cidr: string | undefined;
}

export interface IpamValues {
  readonly type: 'host-local' | 'calico-ipam';
  readonly subnet: string | undefined;
  readonly ranges: readonly string[];
}

/** All values that determine the rendered objects; each member is one row of docs/design/calico.md#values. */
export interface CalicoValues {
  /** The options that are rendered unchanged. */
  readonly options: DefaultedConfig;
  readonly backend: 'bird' | 'none' | 'vxlan';
  readonly overlay: 'on' | 'off' | 'unset';
  readonly ipv4: PoolValues | undefined;
  readonly ipv6: (PoolValues & { readonly natOutgoing: boolean }) | undefined;
  readonly ipam: IpamValues;
  readonly addresses: AddressValues;
  readonly kubeControllers: boolean;
  readonly felixIpip: boolean;
  /** Both overlay and VXLAN, with which Felix enables VXLAN. */
  readonly vxlan: boolean;
  readonly kubeProxy: boolean;
  readonly nftables: boolean;
  /** Where Felix answers health checks in place of kube-proxy; in self-hosted shoots kube-controller-manager has port 10257 (verdict B24). */
  readonly ebpfHealthPort: '10257' | '10268';
  readonly nonPrivileged: boolean;
  readonly snatToUpstreamDNS: boolean;
  readonly cleanupRoutes: boolean;
  readonly sizing: SizingValues;
}

/** Computes the values of a Network. Expects a validated configuration, and never fails. */
export function computeValues(input: ValuesInput): CalicoValues {
  const { config, shoot, families } = input;
  const [v4, v6] = [families.includes('IPv4'), families.includes('IPv6')];
  const overlay = overlayState(config);
  const backend = selectBackend(config, v6);
  return {
    options: config,
    backend,
    overlay,
    ipv4: v4 ? ipv4Pool(input, { backend, v6 }) : undefined,
    ipv6: v6 ? ipv6Pool(input, overlay) : undefined,
    ipam: ipamValues(config, { v4, v6 }),
    addresses: addressValues({ config, shoot, v4, v6 }),
    kubeControllers: backend !== 'none',
    felixIpip: !v6 && backend !== 'none' && overlay !== 'off',
    vxlan: overlay === 'on' && config.vxlan.enabled,
    kubeProxy: shoot.kubeProxy.enabled,
    nftables: shoot.kubeProxy.enabled && shoot.kubeProxy.mode === 'NFTables',
    ebpfHealthPort: shoot.selfHosted ? '10268' : '10257',
    nonPrivileged: input.nonPrivileged && !config.ebpfDataplane.enabled,
    snatToUpstreamDNS: overlay === 'off' && config.snatToUpstreamDNS.enabled,
    // With createPodRoutes, routes of bird are in use (verdict O5).
    cleanupRoutes: overlay === 'off' && config.overlay?.createPodRoutes !== true,
    sizing: sizingValues(config, shoot),
  };
}

function overlayState({ overlay }: DefaultedConfig): CalicoValues['overlay'] {
  if (overlay === undefined) return 'unset';
  return overlay.enabled ? 'on' : 'off';
}

/** Order of precedence: overlay, IPv6 (without a routing daemon if there is no overlay), the user's option (docs/design/calico.md#values). */
function selectBackend(config: DefaultedConfig, v6: boolean): CalicoValues['backend'] {
  if (config.overlay === undefined) return v6 ? 'none' : (config.backend ?? 'bird');
  if (config.overlay.enabled) return config.vxlan.enabled ? 'vxlan' : 'bird';
  return config.overlay.createPodRoutes ? 'bird' : 'none';
}

function ipv4Pool(
  input: ValuesInput,
  chosen: { readonly backend: CalicoValues['backend']; readonly v6: boolean },
): PoolValues {
  const { ipv4, vxlan } = input.config;
  return {
    pool: ipv4.pool ?? (vxlan.enabled ? 'vxlan' : 'ipip'),
    mode: ipv4Mode({ config: input.config, ...chosen }),
    cidr: poolRange(input, 'IPv4'),
  };
}

/** The user's mode has no effect (verdict B8). */
function ipv6Pool(input: ValuesInput, overlay: CalicoValues['overlay']): CalicoValues['ipv6'] {
  const { pool, sourceNATEnabled } = input.config.ipv6;
  return {
    pool: pool ?? 'vxlan',
    mode: overlay === 'on' ? 'Always' : 'Never',
    cidr: poolRange(input, 'IPv6'),
    natOutgoing: sourceNATEnabled,
  };
}

interface Ipv4ModeInput {
  readonly config: DefaultedConfig;
  readonly backend: CalicoValues['backend'];
  readonly v6: boolean;
}

/** In the order on which running shoots depend: overlay applies only without IPv6, so dual-stack shoots have the user's IPv4 mode. */
const ipv4ModeSources: readonly Source<Ipv4ModeInput, PoolMode>[] = [
  {
    name: 'overlay, without IPv6',
    read: ({ config: { overlay }, v6 }) =>
      v6 || overlay === undefined ? undefined : overlay.enabled ? 'Always' : 'Never',
  },
  { name: 'ipv4.mode', read: ({ config }) => config.ipv4.mode },
  { name: 'vxlan', read: ({ config }) => (config.vxlan.enabled ? 'Always' : undefined) },
  { name: 'backend none', read: ({ backend }) => (backend === 'none' ? 'Never' : undefined) },
  { name: 'overlay off', read: ({ config }) => (config.overlay?.enabled === false ? 'Never' : undefined) },
];

function ipv4Mode(input: Ipv4ModeInput): PoolMode {
  return firstOf(ipv4ModeSources, input)?.value ?? 'Always';
}

function poolRange(input: ValuesInput, family: IPFamily): string | undefined {
  const range = podRange({ family, podCIDR: input.network.spec.podCIDR, shoot: input.shoot });
  return range === undefined ? undefined : withoutHostBits(range);
}

function ipamValues(config: DefaultedConfig, { v4, v6 }: { readonly v4: boolean; readonly v6: boolean }): IpamValues {
  const type = v4 && config.vxlan.enabled ? 'calico-ipam' : config.ipam.type;
  if (v4 && v6) return { type, subnet: undefined, ranges: ['usePodCidrIPv6', 'usePodCidr'] };
  const own = config.ipam.type === 'host-local' ? config.ipam.cidr : undefined;
  return { type, subnet: nodeRange(own, v6) ?? own, ranges: [] };
}

/**
 * The word for the range of the node. usePodCidr means the range of the only family: the CNI plugin takes the word for IPv4 and starts no pod
 * where the node has no such range (verdict B16).
 */
function nodeRange(own: string | undefined, v6: boolean): string | undefined {
  if (v6) return own === undefined || own.toLowerCase() === 'usepodcidr' ? 'usePodCidrIPv6' : undefined;
  return own === undefined ? 'usePodCidr' : undefined;
}
