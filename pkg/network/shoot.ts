import { type Cidr, parseCidr } from '../gardener/cidr.ts';
import type { ShootFacts } from '../gardener/cluster.ts';
import type { IPFamily } from '../gardener/network.ts';

/** What every CNI derives from the shoot in the same way. */

/** In bytes; the kernel refuses to make the pairs of interfaces that pods have with more. */
const largestMtu = 65_535;

export interface MtuInput {
  /** In bytes; 0 lets the CNI find it out. */
  readonly mtu: number | bigint;
  /** As its owner wrote it. */
  readonly shown: string;
  readonly ipv6: boolean;
}

/** Why interfaces of pods cannot have an MTU; undefined where they can. */
export function mtuProblem({
  mtu,
  shown,
  ipv6,
}: MtuInput): { readonly size: 'large' | 'small'; readonly message: string } | undefined {
  if (mtu > largestMtu)
    return { size: 'large', message: `${shown} is larger than the ${largestMtu} bytes that an interface can have` };
  const smallest = ipv6 ? 1280 : 576;
  if (BigInt(mtu) === 0n || mtu >= smallest) return undefined;
  return {
    size: 'small',
    message: `${shown} is smaller than the ${smallest} bytes that ${ipv6 ? 'IPv6' : 'IPv4'} needs`,
  };
}

/**
 * The families to configure now. While a shoot becomes dual-stack, its nodes do not yet have two ranges and only the first
 * family may be configured; `status.ipFamilies` tells gardenlet so (docs/design/gardener.md#dual-stack-migration).
 */
export function effectiveFamilies(families: readonly IPFamily[], shoot: ShootFacts): readonly IPFamily[] {
  const pending = shoot.constraints.some((one) => one.type === 'DualStackNodesMigrationReady' && one.status !== 'True');
  return pending ? families.slice(0, 1) : families;
}

/**
 * The pod range of one family: `spec.podCIDR` of the Network when it is of that family, else the last such range in the shoot's
 * status.networking.pods (verdicts calico B5, B6 and cilium 6). Undefined while it is not known.
 */
export function podRange(input: {
  readonly family: IPFamily;
  readonly podCIDR: string | undefined;
  readonly shoot: ShootFacts;
}): Cidr | undefined {
  const own = parseCidr(input.podCIDR ?? '');
  if (own?.family === input.family) return own;
  return parseRanges(input.shoot.observed.pods, input.family).at(-1);
}

/** The ranges of one family in a list of CIDR texts, in their order. */
export function parseRanges(texts: readonly string[], family: IPFamily): readonly Cidr[] {
  return texts.flatMap((text) => {
    const cidr = parseCidr(text);
    return cidr?.family === family ? [cidr] : [];
  });
}
