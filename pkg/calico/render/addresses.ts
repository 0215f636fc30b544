import { parseCidr, withoutHostBits } from '../../gardener/cidr.ts';
import type { ShootFacts } from '../../gardener/cluster.ts';
import type { IPFamily } from '../../gardener/network.ts';
import { parseRanges } from '../../network/shoot.ts';
import { option, plain, type Sourced, shootField, sourced } from '../../network/sourced.ts';
import type { DefaultedConfig } from '../api/defaults.ts';

/** Autodetection methods for the addresses of nodes; undefined for Calico's default. */
export interface AddressValues {
  readonly ipv4Method: string | undefined;
  readonly ipv6Method: string | undefined;
  /** The range of the nodes in the spec of the Shoot, for the pool without source NAT. */
  readonly nodeCIDR: string | undefined;
}

interface AddressInput {
  readonly config: DefaultedConfig;
  readonly shoot: ShootFacts;
  readonly v4: boolean;
  readonly v6: boolean;
}

/**
 * Derives the methods from the ranges of the nodes, which override the user's method (docs/design/calico.md#values): `spec.networking.nodes`
 * enables this, and the ranges in the status refine it per family. Without a known range of a family, the user's method applies (verdict B15).
 */
export function addressValues(input: AddressInput): AddressValues {
  return plain(sourcedAddresses(input));
}

/** Derives the same values with the fields that decided each one. */
export function sourcedAddresses({ config, shoot, v4, v6 }: AddressInput) {
  const nodeCIDR = shoot.networking.nodes || undefined;
  const nodeRange = nodeCIDR === undefined ? undefined : parseCidr(nodeCIDR);
  const method = (family: IPFamily, own: string | undefined): Sourced<string | undefined> => {
    const detected = nodeCIDR === undefined ? undefined : detectMethod(shoot, family);
    return detected ?? sourced(own || undefined, option(`${family === 'IPv4' ? 'ipv4' : 'ipv6'}.autoDetectionMethod`));
  };
  return {
    ipv4Method: v4 ? method('IPv4', config.ipv4.autoDetectionMethod) : undefined,
    ipv6Method: v6 ? method('IPv6', config.ipv6.autoDetectionMethod) : undefined,
    nodeCIDR: sourced(nodeRange === undefined ? nodeCIDR : withoutHostBits(nodeRange), nodesInSpec),
  };
}

const nodesInSpec = shootField('spec.networking.nodes');

/** Returns the method for the node ranges of a family; undefined if none is known. */
function detectMethod(shoot: ShootFacts, family: IPFamily): Sourced<string> | undefined {
  const { nodes } = shoot.observed;
  if (nodes.length > 0) {
    const ranges = parseRanges(nodes, family);
    if (ranges.length === 0) return undefined;
    return sourced(`cidr=${ranges.map(withoutHostBits).join(',')}`, shootField('status.networking.nodes'));
  }
  const spec = parseCidr(shoot.networking.nodes ?? '');
  if (family !== 'IPv4' || spec?.family !== 'IPv4') return undefined;
  return sourced(`cidr=${withoutHostBits(spec)}`, nodesInSpec);
}
