import { parseCidr } from '../../gardener/cidr.ts';
import type { IPFamily } from '../../gardener/network.ts';
import type { PodPath, Reach } from '../../network/reachability.ts';
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
  return (['IPv4', 'IPv6'] as const)
    .filter((family) => (family === 'IPv4' ? values.ipv4 : values.ipv6) !== undefined)
    .map((family) => podPath(family, values));
}

function podPath(family: IPFamily, values: PathValues): CalicoPath {
  const addresses = addressUnit(values.ipam);
  const transport = family === 'IPv4' ? ipv4Transport(values) : 'plain';
  const routes = routeSource(transport, values.backend);
  const fault = findFault({ family, values, addresses, routes, transport });
  return {
    family,
    addresses,
    routes,
    transport,
    reach: fault === undefined ? reachOf(transport, routes) : 'no network',
    fault,
  };
}

function addressUnit({ type, subnet }: CalicoValues['ipam']): CalicoPath['addresses'] {
  if (type === 'calico-ipam') return 'blocks';
  return subnet === undefined || isNodeRange(subnet) ? 'ranges of the nodes' : 'one range on all nodes';
}

/** The CNI plugin replaces these keywords by the range of the node, regardless of case. */
function isNodeRange(subnet: string): boolean {
  return ['usepodcidr', 'usepodcidripv6'].includes(subnet.toLowerCase());
}

/**
 * With overlay, the rendered IPPool object decides, and ipv4.pool and ipv4.mode have no effect; without overlay, calico-node creates the pool from
 * its environment. The IPv6 pool never encapsulates.
 */
function ipv4Transport({ overlay, vxlan, ipv4, backend }: PathValues): CalicoPath['transport'] {
  if (overlay === 'off' || ipv4 === undefined) return 'plain';
  if (overlay === 'on') return vxlan ? 'VXLAN' : 'IPIP';
  if (ipv4.mode === 'Never' || ipv4.mode === 'Off') return 'plain';
  if (ipv4.pool === 'vxlan') return 'VXLAN';
  // BIRD handles IPIP pools; with backend none their mode has no effect, and the infrastructure routes.
  if (backend === 'none') return 'plain';
  return ipv4.mode === 'CrossSubnet' ? 'IPIP between subnets' : 'IPIP';
}

/** BIRD creates routes for all pools except VXLAN pools, which Felix handles. An IPIP pool without BIRD has no routes. */
function routeSource(transport: CalicoPath['transport'], backend: CalicoValues['backend']): CalicoPath['routes'] {
  if (transport === 'VXLAN') return 'Felix';
  if (backend === 'bird') return 'BIRD';
  return transport === 'plain' ? 'infrastructure' : 'none';
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

function reachOf(transport: CalicoPath['transport'], routes: CalicoPath['routes']): Reach {
  if (transport !== 'plain') return 'any network';
  return routes === 'BIRD' ? 'nodes in one subnet' : 'networks that route the pod range of each node';
}
