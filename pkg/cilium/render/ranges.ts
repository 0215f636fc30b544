import { type Cidr, overlaps, parseCidr } from '../../gardener/cidr.ts';
import type { ShootFacts } from '../../gardener/cluster.ts';
import type { IPFamily } from '../../gardener/network.ts';
import { parseRanges } from '../../network/shoot.ts';
import { type Field, networkField, type Sourced, shootField, sourced } from '../../network/sourced.ts';

/** Each family has its own range (verdicts 6, 7). Sources have an order of precedence, since the range of a running shoot must not change. */
export interface RangeInput {
  readonly family: IPFamily;
  readonly podCIDR: string | undefined;
  readonly shoot: ShootFacts;
}

/** Returns the pod range of a family: the Network's range if it has the family, otherwise that of the Shoot's spec, otherwise the first observed range. */
export function podRange(input: RangeInput): Sourced<Cidr | undefined> {
  const { podCIDR, shoot } = input;
  return firstRange(input.family, [...networkRange(podCIDR), ...specRange(shoot), ...observedRanges(shoot)]);
}

/**
 * Returns the range that is routed without masquerading. The Go extension uses the range of the Shoot's spec for IPv4, and the first observed one
 * for IPv6 (docs/design/cilium.md#values); if these have the other family or are not known, the Network's range applies.
 */
export function nativeRange({ family, podCIDR, shoot }: RangeInput): Sourced<Cidr | undefined> {
  const [own, spec, observed] = [networkRange(podCIDR), specRange(shoot), observedRanges(shoot)];
  return firstRange(family, family === 'IPv4' ? [...spec, ...own, ...observed] : [...observed, ...own, ...spec]);
}

/** Returns whether a range overlaps with a known range of the nodes. */
export function overlapsNodes(range: Cidr, shoot: ShootFacts): boolean {
  return nodeRanges(range.family, shoot).some((one) => overlaps(one, range));
}

/** Returns the known ranges of the nodes: those in the spec of the Shoot, and those that the infrastructure reports. */
export function nodeRanges(family: IPFamily, { networking, observed }: ShootFacts): readonly Cidr[] {
  return parseRanges([networking.nodes ?? '', ...observed.nodes], family);
}

type RangeText = readonly [text: string, field: Field];

const [ownField, specField, observedField] = [
  networkField('spec.podCIDR'),
  shootField('spec.networking.pods'),
  shootField('status.networking.pods'),
];

function networkRange(podCIDR: string | undefined): readonly RangeText[] {
  return podCIDR === undefined ? [] : [[podCIDR, ownField]];
}

function specRange({ networking: { pods } }: ShootFacts): readonly RangeText[] {
  return pods === undefined ? [] : [[pods, specField]];
}

function observedRanges({ observed }: ShootFacts): readonly RangeText[] {
  return observed.pods.map((text) => [text, observedField]);
}

function firstRange(family: IPFamily, texts: readonly RangeText[]): Sourced<Cidr | undefined> {
  for (const [text, field] of texts) {
    const cidr = parseCidr(text);
    if (cidr?.family === family) return sourced(cidr, field);
  }
  return sourced(undefined, ownField, observedField);
}
