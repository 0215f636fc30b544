import { parseCidr } from '../../gardener/cidr.ts';
import type { IPFamily } from '../../gardener/network.ts';
import type { PodPath, Reach } from '../../network/reachability.ts';
import type { CalicoValues } from './values.ts';

/** Why no packet of a family reaches pods of other nodes. */
export type Fault =
  /** host-local hands out one range, or parts of one range, on every node. */
  | 'same range on all nodes'
  /** host-local has a range of the other family. */
  | 'range of another family'
  /** Addresses come from blocks, and routes from the infrastructure, which does not know them. */
  | 'blocks without routes'
  /** The pool asks for IPIP, and the backend makes routes for VXLAN pools only. */
  | 'no component makes routes'
  /** BIRD routes through the IPIP device, which Felix does not make. */
  | 'IPIP device is missing';

export interface CalicoPath extends PodPath {
  readonly addresses: 'ranges of the nodes' | 'blocks' | 'one range on all nodes';
  readonly routes: 'infrastructure' | 'BIRD' | 'Felix' | 'none';
  readonly transport: 'plain' | 'IPIP' | 'IPIP between subnets' | 'VXLAN';
  /** Undefined where some network carries the packets. */
  readonly fault: Fault | undefined;
}

type PathValues = Pick<CalicoValues, 'backend' | 'felixIpip' | 'ipam' | 'ipv4' | 'ipv6' | 'overlay' | 'vxlan'>;

/**
 * How packets travel between pods of different nodes, for each configured family (docs/design/calico.md#path-of-packets): reachable where the
 * component that makes routes knows the unit in which addresses are handed out, and the encapsulation that the pool asks for is on. Read in
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

/** The CNI plugin replaces these words, however they are spelled, by the range of the node. */
function isNodeRange(subnet: string): boolean {
  return ['usepodcidr', 'usepodcidripv6'].includes(subnet.toLowerCase());
}

/**
 * With overlay given, the IPPool object that is rendered decides, and ipv4.pool and ipv4.mode do not count; without it, calico-node creates
 * the pool from its environment. The IPv6 pool never encapsulates.
 */
function ipv4Transport({ overlay, vxlan, ipv4, backend }: PathValues): CalicoPath['transport'] {
  if (overlay === 'off' || ipv4 === undefined) return 'plain';
  if (overlay === 'on') return vxlan ? 'VXLAN' : 'IPIP';
  if (ipv4.mode === 'Never' || ipv4.mode === 'Off') return 'plain';
  if (ipv4.pool === 'vxlan') return 'VXLAN';
  // An IPIP pool is BIRD's work; with backend none its mode means nothing, and the infrastructure routes.
  if (backend === 'none') return 'plain';
  return ipv4.mode === 'CrossSubnet' ? 'IPIP between subnets' : 'IPIP';
}

/** BIRD makes routes for every pool but those of VXLAN, which are Felix' work. An IPIP pool without BIRD has none. */
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
