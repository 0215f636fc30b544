import { parseCidr, withoutHostBits } from '../../gardener/cidr.ts';
import type { ShootFacts } from '../../gardener/cluster.ts';
import type { IPFamily } from '../../gardener/network.ts';
import { parseRanges } from '../../network/shoot.ts';
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
export function addressValues({ config, shoot, v4, v6 }: AddressInput): AddressValues {
  const nodeCIDR = shoot.networking.nodes || undefined;
  const nodeRange = nodeCIDR === undefined ? undefined : parseCidr(nodeCIDR);
  const detected = (family: IPFamily): string | undefined =>
    nodeCIDR === undefined ? undefined : detectMethod(shoot, family);
  return {
    ipv4Method: v4 ? (detected('IPv4') ?? (config.ipv4.autoDetectionMethod || undefined)) : undefined,
    ipv6Method: v6 ? (detected('IPv6') ?? (config.ipv6.autoDetectionMethod || undefined)) : undefined,
    nodeCIDR: nodeRange === undefined ? nodeCIDR : withoutHostBits(nodeRange),
  };
}

/** Returns the method for the node ranges of a family; undefined if none is known. */
function detectMethod(shoot: ShootFacts, family: IPFamily): string | undefined {
  const { nodes } = shoot.observed;
  if (nodes.length > 0) {
    const ranges = parseRanges(nodes, family);
    return ranges.length === 0 ? undefined : `cidr=${ranges.map(withoutHostBits).join(',')}`;
  }
  const spec = parseCidr(shoot.networking.nodes ?? '');
  return family === 'IPv4' && spec?.family === 'IPv4' ? `cidr=${withoutHostBits(spec)}` : undefined;
}
