import { parseCidr } from '../../gardener/cidr.ts';
import type { IPFamily } from '../../gardener/network.ts';
import type { PodPath, Reach } from '../../network/reachability.ts';
import { derived, networkField, type Sourced, sourced, valueField } from '../../network/sourced.ts';
import type { CalicoValues } from './values.ts';

/** Reasons why no packet of a family reaches pods of other nodes. */
export type Fault =
  /** host-local assigns addresses of one range on every node. */
  | 'same range on all nodes'
  /** The range of host-local has the other family. */
  | 'range of another family'
  /** Addresses come from blocks, and routes from the infrastructure, which does not know the blocks. */
  | 'blocks without routes'
  /** The pool requests IPIP, and the backend creates routes for VXLAN pools only. */
  | 'no component makes routes'
  /** BIRD routes through the IPIP device, which Felix does not create. */
  | 'IPIP device is missing';

export interface CalicoPath extends PodPath {
  readonly addresses: 'ranges of the nodes' | 'blocks' | 'one range on all nodes';
  readonly routes: 'infrastructure' | 'BIRD' | 'Felix' | 'none';
  readonly transport: 'plain' | 'IPIP' | 'IPIP between subnets' | 'VXLAN';
  /** Undefined if packets arrive in some network. */
  readonly fault: Fault | undefined;
}

type PathValues = Pick<CalicoValues, 'backend' | 'felixIpip' | 'ipam' | 'ipv4' | 'ipv6' | 'overlay' | 'vxlan'>;

/**
 * Returns the paths of packets between pods of different nodes, for each configured family (docs/design/calico.md#path-of-packets): packets arrive
 * if the component that creates routes knows the unit of address assignment, and if the encapsulation of the pool is enabled. Derived from
 * the sources of the version in compatibility.ts.
 */
export function podPaths(values: PathValues): readonly CalicoPath[] {
  return sourcedPaths(values).map(({ family, addresses, routes, transport, reach, fault }) => ({
    family,
    addresses: addresses.value,
    routes: routes.value,
    transport: transport.value,
    reach: reach.value,
    fault,
  }));
}

/** Returns the same paths with the values that decided each member. */
export function sourcedPaths(values: PathValues) {
  return (['IPv4', 'IPv6'] as const)
    .filter((family) => (family === 'IPv4' ? values.ipv4 : values.ipv6) !== undefined)
    .map((family) => podPath(family, values));
}

function podPath(family: IPFamily, values: PathValues) {
  const addresses = addressUnit(values.ipam);
  const transport = family === 'IPv4' ? ipv4Transport(values, addresses) : ipv6Transport;
  const routes = routeSource({ family, transport, addresses }, values);
  const fault = findFault({
    family,
    values,
    addresses: addresses.value,
    routes: routes.value,
    transport: transport.value,
  });
  const reach: Sourced<Reach> =
    fault === undefined ? reachOf(transport, routes) : sourced('no network', addresses, transport, routes);
  return { family, addresses, routes, transport, reach, fault };
}

function addressUnit({ type, subnet }: CalicoValues['ipam']): Sourced<CalicoPath['addresses']> {
  if (type === 'calico-ipam') return sourced('blocks', valueField('ipam.type'));
  const isOwn = subnet === undefined || isNodeRange(subnet);
  return sourced(
    isOwn ? 'ranges of the nodes' : 'one range on all nodes',
    valueField('ipam.subnet'),
    valueField('ipam.type'),
  );
}

/** The CNI plugin replaces these keywords by the range of the node, regardless of case. */
function isNodeRange(subnet: string): boolean {
  return ['usepodcidr', 'usepodcidripv6'].includes(subnet.toLowerCase());
}

/**
 * With overlay, the rendered IPPool object decides, and ipv4.pool and ipv4.mode have no effect; without overlay, calico-node creates the pool from
 * its environment.
 */
function ipv4Transport(
  { overlay, vxlan, ipv4, backend }: PathValues,
  addresses: Sourced<CalicoPath['addresses']>,
): Sourced<CalicoPath['transport']> {
  if (overlay === 'off' || ipv4 === undefined) return sourced('plain', valueField('overlay'));
  if (overlay === 'on') return sourced(vxlan ? 'VXLAN' : 'IPIP', valueField('overlay'), valueField('vxlan'));
  // Nodes get the address of their VXLAN device from a block. Without blocks Felix programs no tunnel.
  if (ipv4.pool === 'vxlan' && addresses.value !== 'blocks')
    return sourced('plain', valueField('ipv4.pool'), addresses);
  if (!isEncapsulating(ipv4)) return sourced('plain', valueField('ipv4.mode'));
  if (ipv4.pool === 'vxlan') return sourced('VXLAN', valueField('ipv4.pool'), valueField('ipv4.mode'));
  // BIRD handles IPIP pools; with backend none their mode has no effect, and the infrastructure routes.
  if (backend === 'none') return sourced('plain', valueField('backend'));
  return sourced(
    ipv4.mode === 'CrossSubnet' ? 'IPIP between subnets' : 'IPIP',
    valueField('ipv4.pool'),
    valueField('ipv4.mode'),
  );
}

function isEncapsulating({ mode }: NonNullable<PathValues['ipv4']>): boolean {
  return mode !== 'Never' && mode !== 'Off';
}

/** The IPv6 pool never encapsulates (verdict B8). */
const ipv6Transport: Sourced<CalicoPath['transport']> = sourced('plain', networkField('spec.ipFamilies'));

interface RouteInput extends Pick<CalicoPath, 'family'> {
  readonly transport: Sourced<CalicoPath['transport']>;
  readonly addresses: Sourced<CalicoPath['addresses']>;
}

/** BIRD creates routes for all pools except VXLAN pools, which Felix handles. An IPIP pool without BIRD has no routes. */
function routeSource(
  { family, transport, addresses }: RouteInput,
  { overlay, ipv4, backend }: PathValues,
): Sourced<CalicoPath['routes']> {
  const isVxlanPool =
    family === 'IPv4' && overlay === 'unset' && ipv4 !== undefined && ipv4.pool === 'vxlan' && isEncapsulating(ipv4);
  if (isVxlanPool && transport.value === 'plain')
    return sourced('infrastructure', valueField('ipv4.pool'), valueField('ipv4.mode'), addresses);
  if (transport.value === 'VXLAN') return derived(transport, () => 'Felix');
  if (backend === 'bird') return sourced('BIRD', valueField('backend'), transport);
  return sourced(transport.value === 'plain' ? 'infrastructure' : 'none', valueField('backend'), transport);
}

interface FaultInput extends Pick<CalicoPath, 'family' | 'addresses' | 'routes' | 'transport'> {
  readonly values: PathValues;
}

function findFault({ family, values, addresses, routes, transport }: FaultInput): Fault | undefined {
  if (addresses === 'one range on all nodes') {
    return parseCidr(values.ipam.subnet ?? '')?.family === family
      ? 'same range on all nodes'
      : 'range of another family';
  }
  if (routes === 'none') return 'no component makes routes';
  if (routes === 'infrastructure' && addresses === 'blocks') return 'blocks without routes';
  return routes === 'BIRD' && transport !== 'plain' && !values.felixIpip ? 'IPIP device is missing' : undefined;
}

function reachOf(transport: Sourced<CalicoPath['transport']>, routes: Sourced<CalicoPath['routes']>): Sourced<Reach> {
  if (transport.value !== 'plain') return derived(transport, () => 'any network');
  return derived(routes, (source) =>
    source === 'BIRD' ? 'nodes in one subnet' : 'networks that route the pod range of each node',
  );
}
