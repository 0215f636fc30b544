import { type Cidr, overlaps, parseCidr } from '../../gardener/cidr.ts';
import type { ShootFacts } from '../../gardener/cluster.ts';
import type { IPFamily } from '../../gardener/network.ts';
import { parseRanges } from '../../network/shoot.ts';

/** Each family takes its own range (verdicts 6, 7), and a shoot that runs keeps the very range that it has, so sources have an order. */
export interface RangeInput {
  readonly family: IPFamily;
  readonly podCIDR: string | undefined;
  readonly shoot: ShootFacts;
}

/** What pods get addresses from: the Network's range when it is of the family, else what the Shoot says, else the first range observed. */
export function podRange({ family, podCIDR, shoot }: RangeInput): Cidr | undefined {
  return firstRange(family, [podCIDR, shoot.networking.pods, ...shoot.observed.pods]);
}

/**
 * What is routed without masquerading. The Go extension takes the range of the Shoot's spec for IPv4 and the first observed one for
 * IPv6 (docs/design/cilium.md#values); where these are of the other family or not known, the Network's range holds.
 */
export function nativeRange({ family, podCIDR, shoot }: RangeInput): Cidr | undefined {
  const { pods } = shoot.networking;
  const sources = family === 'IPv4' ? [pods, podCIDR, ...shoot.observed.pods] : [...shoot.observed.pods, podCIDR, pods];
  return firstRange(family, sources);
}

/** Whether any known range of the nodes shares an address with a range. */
export function overlapsNodes(range: Cidr, shoot: ShootFacts): boolean {
  return nodeRanges(range.family, shoot).some((one) => overlaps(one, range));
}

/** What is known of the nodes’ addresses: nothing before the infrastructure is there, unless the Shoot says it. */
export function nodeRanges(family: IPFamily, { networking, observed }: ShootFacts): readonly Cidr[] {
  return parseRanges([networking.nodes ?? '', ...observed.nodes], family);
}

function firstRange(family: IPFamily, texts: readonly (string | undefined)[]): Cidr | undefined {
  return texts.map((text) => parseCidr(text ?? '')).find((cidr) => cidr?.family === family);
}
