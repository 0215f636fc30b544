import { parseCidr } from '../../gardener/cidr.ts';
import type { ShootFacts } from '../../gardener/cluster.ts';
import type { IPFamily } from '../../gardener/network.ts';
import { parseRanges } from '../../network/shoot.ts';
import type { DefaultedConfig } from '../api/defaults.ts';

/** How nodes find their own addresses; undefined leaves it to Calico's default. */
export interface AddressValues {
  readonly ipv4Method: string | undefined;
  readonly ipv6Method: string | undefined;
  /** The range of the nodes as the Shoot names it, for the pool without source NAT. */
  readonly nodeCIDR: string | undefined;
}

interface AddressInput {
  readonly config: DefaultedConfig;
  readonly shoot: ShootFacts;
  readonly v4: boolean;
  readonly v6: boolean;
}

/**
 * The ranges of the nodes win over the user's method (docs/design/calico.md#values): `spec.networking.nodes` switches it on, the ranges in the
 * status refine it per family. Where the range of a family is not known, the user's method holds (verdict B15).
 */
export function addressValues({ config, shoot, v4, v6 }: AddressInput): AddressValues {
  const nodeCIDR = shoot.networking.nodes || undefined;
  const detected = (family: IPFamily): string | undefined =>
    nodeCIDR === undefined ? undefined : detectMethod(shoot, family);
  return {
    ipv4Method: v4 ? (detected('IPv4') ?? (config.ipv4.autoDetectionMethod || undefined)) : undefined,
    ipv6Method: v6 ? (detected('IPv6') ?? (config.ipv6.autoDetectionMethod || undefined)) : undefined,
    nodeCIDR,
  };
}

/** The method that the node ranges of a family ask for, or undefined when no range of it is known. */
function detectMethod(shoot: ShootFacts, family: IPFamily): string | undefined {
  const { nodes } = shoot.observed;
  if (nodes.length > 0) {
    const ranges = parseRanges(nodes, family);
    return ranges.length === 0 ? undefined : `cidr=${ranges.map((range) => range.text).join(',')}`;
  }
  const spec = parseCidr(shoot.networking.nodes ?? '');
  return family === 'IPv4' && spec?.family === 'IPv4' ? `cidr=${spec.text}` : undefined;
}
