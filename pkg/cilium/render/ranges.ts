import { type Cidr, overlaps, parseCidr } from '../../gardener/cidr.ts';
import type { ShootFacts } from '../../gardener/cluster.ts';
import type { IPFamily } from '../../gardener/network.ts';
import { parseRanges } from '../../network/shoot.ts';

/** Each family has its own range (verdicts 6, 7). Sources have an order of precedence, since the range of a running shoot must not change. */
export interface RangeInput {
  readonly family: IPFamily;
  readonly podCIDR: string | undefined;
  readonly shoot: ShootFacts;
}

/** Returns the pod range of a family: the Network's range if it has the family, otherwise that of the Shoot's spec, otherwise the first observed range. */
export function podRange({ family, podCIDR, shoot }: RangeInput): Cidr | undefined {
  return firstRange(family, [podCIDR, shoot.networking.pods, ...shoot.observed.pods]);
}

/**
 * Returns the range that is routed without masquerading. The Go extension uses the range of the Shoot's spec for IPv4, and the first observed one
 * for IPv6 (docs/design/cilium.md#values); if these have the other family or are not known, the Network's range applies.
 */
export function nativeRange({ family, podCIDR, shoot }: RangeInput): Cidr | undefined {
  const { pods } = shoot.networking;
  const sources = family === 'IPv4' ? [pods, podCIDR, ...shoot.observed.pods] : [...shoot.observed.pods, podCIDR, pods];
  return firstRange(family, sources);
}

/** Returns whether a range overlaps with a known range of the nodes. */
export function overlapsNodes(range: Cidr, shoot: ShootFacts): boolean {
  return nodeRanges(range.family, shoot).some((one) => overlaps(one, range));
}

/** Returns the known ranges of the nodes: those in the spec of the Shoot, and those that the infrastructure reports. */
export function nodeRanges(family: IPFamily, { networking, observed }: ShootFacts): readonly Cidr[] {
  return parseRanges([networking.nodes ?? '', ...observed.nodes], family);
}

function firstRange(family: IPFamily, texts: readonly (string | undefined)[]): Cidr | undefined {
  return texts.map((text) => parseCidr(text ?? '')).find((cidr) => cidr?.family === family);
}
