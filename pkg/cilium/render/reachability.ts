import type { IPFamily } from '../../gardener/network.ts';
import type { PodPath, Reach } from '../../network/reachability.ts';
import { derived, option, type Sourced, sourced, valueField } from '../../network/sourced.ts';
import { bypassesIptables } from './host-routing.ts';
import type { CiliumValues } from './values.ts';

/** The reason why no packet of a family reaches pods of other nodes. */
export type Fault =
  /** The infrastructure routes the ranges of the nodes, and pods have addresses that it does not know. */
  'addresses without routes';

export interface CiliumPath extends PodPath {
  readonly addresses: 'ranges of the nodes' | 'ranges of the operator' | 'blocks' | 'single addresses';
  readonly routes: 'agents' | 'infrastructure';
  readonly transport: 'plain' | `${'VXLAN' | 'Geneve'} over ${IPFamily}`;
  readonly egress: 'pod address' | 'node address, by eBPF' | 'node address, by iptables';
  /** Undefined if packets arrive in some network. */
  readonly fault: Fault | undefined;
}

type PathValues = Pick<
  CiliumValues,
  | 'autoDirectNodeRoutes'
  | 'ipam'
  | 'ipv4'
  | 'ipv6'
  | 'kubeProxyReplacement'
  | 'masquerade'
  | 'options'
  | 'snatPodCIDR'
  | 'tunnel'
>;

/**
 * Returns the paths of packets between pods of different nodes, for each configured family (docs/design/cilium.md#path-of-packets): packets
 * arrive through a tunnel, or if the component that creates routes knows the addresses of pods. Neither `devices` nor kube-proxy decide about
 * them: agents refuse to start without a device, and Services are translated before packets are routed. Derived from the sources of the
 * version in compatibility.ts.
 */
export function podPaths(values: PathValues): readonly CiliumPath[] {
  return sourcedPaths(values).map(({ family, addresses, routes, transport, egress, reach, fault }) => ({
    family,
    addresses: addresses.value,
    routes: routes.value,
    transport: transport.value,
    egress: egress.value,
    reach: reach.value,
    fault,
  }));
}

/** Returns the same paths with the values that decided each member. */
export function sourcedPaths(values: PathValues) {
  return (['IPv4', 'IPv6'] as const)
    .filter((family) => (family === 'IPv4' ? values.ipv4 : values.ipv6))
    .map((family) => podPath(family, values));
}

function podPath(family: IPFamily, values: PathValues) {
  const { tunnel, autoDirectNodeRoutes, ipam } = values;
  const addresses = sourced(addressUnits[ipam.mode], valueField('ipam.mode'));
  const byTunnel = sourced(tunnel !== undefined, valueField('tunnel'));
  const byAgents = byTunnel.value
    ? byTunnel
    : sourced(autoDirectNodeRoutes, valueField('autoDirectNodeRoutes'), byTunnel);
  const routes: Sourced<CiliumPath['routes']> = derived(byAgents, (value) => (value ? 'agents' : 'infrastructure'));
  const fault = hasNoRoutes({ routes: routes.value, addresses: addresses.value }, values)
    ? ('addresses without routes' as const)
    : undefined;
  const transport: Sourced<CiliumPath['transport']> =
    tunnel === undefined
      ? derived(byTunnel, () => 'plain')
      : sourced(transportOver(tunnel, values), byTunnel, valueField('ipv4'));
  return {
    family,
    addresses,
    routes,
    transport,
    egress: egressAddress(family, values),
    reach:
      fault === undefined
        ? derived(byAgents, () => reachOf(values))
        : sourced<Reach>('no network', byAgents, addresses),
    fault,
  };
}

/** The source of addresses by IPAM mode. Gardener assigns a range to each node, and the infrastructure routes it. */
const addressUnits: Readonly<Record<CiliumValues['ipam']['mode'], CiliumPath['addresses']>> = {
  kubernetes: 'ranges of the nodes',
  'cluster-pool': 'ranges of the operator',
  'multi-pool': 'blocks',
  crd: 'single addresses',
};

/** A tunnel carries both families, over IPv4 if the shoot has it. */
function transportOver(tunnel: 'vxlan' | 'geneve', { ipv4 }: PathValues): CiliumPath['transport'] {
  const protocol = tunnel === 'vxlan' ? 'VXLAN' : 'Geneve';
  return `${protocol} over ${ipv4 ? 'IPv4' : 'IPv6'}`;
}

/**
 * A tunnel needs no routes, and routers may learn any addresses by BGP. Agents make direct routes to the ranges of other nodes, which all modes
 * but crd have.
 */
function hasNoRoutes(
  { routes, addresses }: Pick<CiliumPath, 'routes' | 'addresses'>,
  { tunnel, options }: PathValues,
): boolean {
  if (tunnel !== undefined || addresses === 'ranges of the nodes') return false;
  if (routes === 'agents') return addresses === 'single addresses';
  return !options.bgpControlPlane.enabled;
}

function reachOf({ tunnel, autoDirectNodeRoutes }: PathValues): Reach {
  if (tunnel !== undefined) return 'any network';
  return autoDirectNodeRoutes ? 'nodes in one subnet' : 'networks that route the pod range of each node';
}

/** The rules of snatOutOfCluster apply to the family of the Network's pod range. */
function egressAddress(family: IPFamily, values: PathValues): Sourced<CiliumPath['egress']> {
  const { masquerade, options, snatPodCIDR } = values;
  const own = family === 'IPv4' ? 'masquerade.ipv4' : 'masquerade.ipv6';
  if (family === 'IPv4' ? masquerade.ipv4 : masquerade.ipv6)
    return sourced(
      masquerade.bpf === true ? 'node address, by eBPF' : 'node address, by iptables',
      valueField(own),
      valueField('masquerade.bpf'),
    );
  const snatFamily = snatPodCIDR.includes(':') ? 'IPv6' : 'IPv4';
  const isRewritten = options.snatOutOfCluster.enabled && snatFamily === family && !bypassesIptables(values);
  return sourced(
    isRewritten ? 'node address, by iptables' : 'pod address',
    valueField(own),
    option('snatOutOfCluster.enabled'),
  );
}
