import { type Cidr, parseCidr } from '../gardener/cidr.ts';
import type { ShootFacts } from '../gardener/cluster.ts';
import type { IPFamily } from '../gardener/network.ts';
import { type Field, networkField, type Sourced, shootField, sourced } from './sourced.ts';

/** Values derived from the Shoot in the same way for all CNIs. */

/** In bytes; with a larger MTU the kernel refuses to create the veth pairs of pods. */
const maxMtu = 65_535;

export interface MtuInput {
  /** In bytes; with 0 the CNI detects it. */
  readonly mtu: number | bigint;
  /** As written in the configuration. */
  readonly shown: string;
  readonly ipv6: boolean;
}

/** Returns the reason why interfaces of pods cannot have an MTU; undefined if they can. */
export function mtuProblem({
  mtu,
  shown,
  ipv6,
}: MtuInput): { readonly size: 'large' | 'small'; readonly message: string } | undefined {
  if (mtu > maxMtu)
    return { size: 'large', message: `${shown} is larger than the ${maxMtu} bytes that an interface can have` };
  const smallest = ipv6 ? 1280 : 576;
  if (BigInt(mtu) === 0n || mtu >= smallest) return undefined;
  return {
    size: 'small',
    message: `${shown} is smaller than the ${smallest} bytes that ${ipv6 ? 'IPv6' : 'IPv4'} requires`,
  };
}

/**
 * Returns the families to configure now. During the migration of a shoot to dual-stack, its nodes do not yet have two ranges and only the first
 * family may be configured; `status.ipFamilies` reports this to gardenlet (docs/design/gardener.md#dual-stack-migration).
 */
export function effectiveFamilies(families: readonly IPFamily[], shoot: ShootFacts): readonly IPFamily[] {
  return isMigrationPending(shoot) ? families.slice(0, 1) : families;
}

/** Returns the fields that determine the families to configure now. */
export function familyFields(shoot: ShootFacts): readonly Field[] {
  return isMigrationPending(shoot) ? pendingFamilyFields : ownFamilyFields;
}

const ownFamilyFields = [networkField('spec.ipFamilies')];
const pendingFamilyFields = [...ownFamilyFields, shootField('status.constraints')];

function isMigrationPending({ constraints }: ShootFacts): boolean {
  return constraints.some((one) => one.type === 'DualStackNodesMigrationReady' && one.status !== 'True');
}

/**
 * Returns the pod range of one family: `spec.podCIDR` of the Network if it has that family, otherwise the last range with that family in
 * status.networking.pods of the Shoot (verdicts calico B5, B6 and cilium 6); undefined if none is known.
 */
export function podRange(input: PodRangeInput): Cidr | undefined {
  return findPodRange(input).value;
}

export interface PodRangeInput {
  readonly family: IPFamily;
  readonly podCIDR: string | undefined;
  readonly shoot: ShootFacts;
}

/** Returns the same range with the fields that have it, or that lack it. */
export function findPodRange({ family, podCIDR, shoot }: PodRangeInput): Sourced<Cidr | undefined> {
  const own = parseCidr(podCIDR ?? '');
  if (own?.family === family) return sourced(own, networkField('spec.podCIDR'));
  const observed = parseRanges(shoot.observed.pods, family).at(-1);
  return observed === undefined
    ? sourced(undefined, networkField('spec.podCIDR'), shootField('status.networking.pods'))
    : sourced(observed, shootField('status.networking.pods'));
}

/** Returns the ranges of one family in a list of CIDR strings, in order. */
export function parseRanges(texts: readonly string[], family: IPFamily): readonly Cidr[] {
  return texts.flatMap((text) => {
    const cidr = parseCidr(text);
    return cidr?.family === family ? [cidr] : [];
  });
}
