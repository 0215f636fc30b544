import { withoutHostBits } from '../../gardener/cidr.ts';
import type { ShootFacts } from '../../gardener/cluster.ts';
import type { IPFamily, Network } from '../../gardener/network.ts';
import { firstOf, type Source } from '../../network/precedence.ts';
import { familyFields, findPodRange } from '../../network/shoot.ts';
import { derived, every, gate, option, plain, type Sourced, shootField, sourced } from '../../network/sourced.ts';
import type { DefaultedConfig } from '../api/defaults.ts';
import { type AddressValues, sourcedAddresses } from './addresses.ts';
import { type SizingValues, sourcedSizing } from './sizing.ts';

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
  return { options: input.config, ...plain(sourcedValues(input)) };
}

/** Computes the same values with the fields that decided each one. */
export function sourcedValues(input: ValuesInput) {
  const { config, shoot } = input;
  const [hasIPv4, hasIPv6] = [hasFamily(input, 'IPv4'), hasFamily(input, 'IPv6')];
  const [v4, v6] = [hasIPv4.value, hasIPv6.value];
  const overlay = overlayState(config);
  const backend = selectBackend(config, hasIPv6);
  const vxlan = sourced(config.vxlan.enabled, option('vxlan.enabled'));
  const usesBackend = derived(backend, (value) => value !== 'none');
  const isOff = derived(overlay, (value) => value === 'off');
  const kubeProxy = sourced(shoot.kubeProxy.enabled, shootField('spec.kubernetes.kubeProxy.enabled'));
  const mode = sourced(shoot.kubeProxy.mode === 'NFTables', shootField('spec.kubernetes.kubeProxy.mode'));
  return {
    backend,
    overlay,
    ipv4: v4 ? ipv4Pool(input, { backend, hasIPv6 }) : undefined,
    ipv6: v6 ? ipv6Pool(input, overlay) : undefined,
    ipam: ipamValues(config, { hasIPv4, hasIPv6 }),
    addresses: sourcedAddresses({ config, shoot, v4, v6 }),
    kubeControllers: usesBackend,
    felixIpip: every(
      derived(hasIPv6, (value) => !value),
      usesBackend,
      derived(overlay, (value) => value !== 'off'),
    ),
    vxlan: every(
      derived(overlay, (value) => value === 'on'),
      vxlan,
    ),
    kubeProxy,
    nftables: every(kubeProxy, mode),
    ebpfHealthPort: sourced(shoot.selfHosted ? '10268' : '10257', shootField('spec.provider.workers')),
    nonPrivileged: every(
      sourced(input.nonPrivileged, gate('NonPrivilegedCalicoNode')),
      sourced(!config.ebpfDataplane.enabled, option('ebpfDataplane.enabled')),
    ),
    snatToUpstreamDNS: every(isOff, sourced(config.snatToUpstreamDNS.enabled, option('snatToUpstreamDNS.enabled'))),
    // With createPodRoutes, routes of bird are in use (verdict O5).
    cleanupRoutes: every(isOff, sourced(config.overlay?.createPodRoutes !== true, option('overlay.createPodRoutes'))),
    sizing: sourcedSizing(config, shoot),
  };
}

function hasFamily({ families, shoot }: ValuesInput, family: IPFamily): Sourced<boolean> {
  return sourced(families.includes(family), ...familyFields(shoot));
}

function overlayState({ overlay }: DefaultedConfig): Sourced<CalicoValues['overlay']> {
  const state = overlay === undefined ? 'unset' : overlay.enabled ? 'on' : 'off';
  return sourced(state, option('overlay.enabled'));
}

/** Order of precedence: overlay, IPv6 (without a routing daemon if there is no overlay), the user's option (docs/design/calico.md#values). */
function selectBackend(
  { overlay, vxlan, backend }: DefaultedConfig,
  hasIPv6: Sourced<boolean>,
): Sourced<CalicoValues['backend']> {
  if (overlay === undefined)
    return hasIPv6.value ? sourced('none', hasIPv6) : sourced(backend ?? 'bird', option('backend'));
  if (overlay.enabled)
    return sourced(vxlan.enabled ? 'vxlan' : 'bird', option('overlay.enabled'), option('vxlan.enabled'));
  return sourced(
    overlay.createPodRoutes ? 'bird' : 'none',
    option('overlay.enabled'),
    option('overlay.createPodRoutes'),
  );
}

interface Chosen {
  readonly backend: Sourced<CalicoValues['backend']>;
  readonly hasIPv6: Sourced<boolean>;
}

function ipv4Pool(input: ValuesInput, chosen: Chosen) {
  const { ipv4, vxlan } = input.config;
  return {
    pool:
      ipv4.pool === undefined
        ? sourced(vxlan.enabled ? 'vxlan' : 'ipip', option('vxlan.enabled'))
        : sourced(ipv4.pool, option('ipv4.pool')),
    mode: ipv4Mode({ config: input.config, ...chosen }),
    cidr: poolRange(input, 'IPv4'),
  };
}

/** The user's mode has no effect (verdict B8). */
function ipv6Pool(input: ValuesInput, overlay: Sourced<CalicoValues['overlay']>) {
  const { pool, sourceNATEnabled } = input.config.ipv6;
  return {
    pool: sourced(pool ?? 'vxlan', option('ipv6.pool')),
    mode: derived(overlay, (state): PoolMode => (state === 'on' ? 'Always' : 'Never')),
    cidr: poolRange(input, 'IPv6'),
    // Without the option, defaults.ts takes the other one.
    natOutgoing: sourced(sourceNATEnabled, option('ipv6.sourceNATEnabled'), option('wireguardEncryption')),
  };
}

interface Ipv4ModeInput extends Chosen {
  readonly config: DefaultedConfig;
}

/** In the order on which running shoots depend: overlay applies only without IPv6, so dual-stack shoots have the user's IPv4 mode. */
const ipv4ModeSources: readonly Source<Ipv4ModeInput, PoolMode>[] = [
  {
    from: ({ hasIPv6 }) => [option('overlay.enabled'), hasIPv6],
    read: ({ config: { overlay }, hasIPv6 }) =>
      hasIPv6.value || overlay === undefined ? undefined : overlay.enabled ? 'Always' : 'Never',
  },
  { from: () => [option('ipv4.mode')], read: ({ config }) => config.ipv4.mode },
  {
    from: () => [option('vxlan.enabled'), option('ipv4.mode')],
    read: ({ config }) => (config.vxlan.enabled ? 'Always' : undefined),
  },
  {
    from: ({ backend }) => [backend, option('ipv4.mode')],
    read: ({ backend }) => (backend.value === 'none' ? 'Never' : undefined),
  },
  {
    from: () => [option('overlay.enabled'), option('ipv4.mode')],
    read: ({ config }) => (config.overlay?.enabled === false ? 'Never' : undefined),
  },
];

function ipv4Mode(input: Ipv4ModeInput): Sourced<PoolMode> {
  return firstOf(ipv4ModeSources, input) ?? sourced('Always', option('ipv4.mode'));
}

function poolRange(input: ValuesInput, family: IPFamily): Sourced<string | undefined> {
  const range = findPodRange({ family, podCIDR: input.network.spec.podCIDR, shoot: input.shoot });
  return derived(range, (cidr) => (cidr === undefined ? undefined : withoutHostBits(cidr)));
}

type Families = Readonly<Record<'hasIPv4' | 'hasIPv6', Sourced<boolean>>>;

function ipamValues({ ipam, vxlan }: DefaultedConfig, { hasIPv4, hasIPv6 }: Families) {
  const byVxlan = hasIPv4.value && vxlan.enabled ? [option('vxlan.enabled')] : [];
  const type =
    byVxlan.length > 0 && ipam.type !== 'calico-ipam'
      ? sourced('calico-ipam', ...byVxlan)
      : sourced(ipam.type, option('ipam.type'), ...byVxlan);
  if (hasIPv4.value && hasIPv6.value)
    return {
      type,
      subnet: sourced(undefined, hasIPv6),
      ranges: sourced(['usePodCidrIPv6', 'usePodCidr'], hasIPv6),
    };
  const own = ipam.type === 'host-local' ? ipam.cidr : undefined;
  const word = nodeRange(own, hasIPv6.value);
  return {
    type,
    subnet: word === undefined ? sourced(own, option('ipam.cidr')) : sourced(word, option('ipam.cidr'), hasIPv6),
    ranges: sourced([], hasIPv6),
  };
}

/**
 * The word for the range of the node. usePodCidr means the range of the only family: the CNI plugin takes the word for IPv4 and starts no pod
 * where the node has no such range (verdict B16).
 */
function nodeRange(own: string | undefined, v6: boolean): string | undefined {
  if (v6) return own === undefined || own.toLowerCase() === 'usepodcidr' ? 'usePodCidrIPv6' : undefined;
  return own === undefined ? 'usePodCidr' : undefined;
}
