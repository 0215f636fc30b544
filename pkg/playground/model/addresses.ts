import { type Cidr, canonicalCidr, parseCidr } from '../../gardener/cidr.ts';
import type { ShootFacts } from '../../gardener/cluster.ts';
import type { IPFamily, Network } from '../../gardener/network.ts';
import { parseRanges, podRange } from '../../network/shoot.ts';

/** The ranges of one family in a shoot; undefined where none is known. */
export interface FamilyRanges {
  readonly pods: Cidr | undefined;
  readonly services: Cidr | undefined;
  readonly nodes: Cidr | undefined;
}

/** Returns the ranges from which the picture takes its example addresses. */
export function familyRanges(input: {
  readonly family: IPFamily;
  readonly network: Network;
  readonly facts: ShootFacts;
}): FamilyRanges {
  const { family, network, facts } = input;
  const { podCIDR, serviceCIDR } = network.spec;
  const first = (texts: readonly (string | undefined)[]): Cidr | undefined =>
    parseRanges(
      texts.filter((text) => text !== undefined),
      family,
    )[0];
  return {
    pods: podRange({ family, podCIDR, shoot: facts }),
    services: first([serviceCIDR, facts.networking.services, ...facts.observed.services]),
    nodes: first([facts.networking.nodes, ...facts.observed.nodes]),
  };
}

/** Returns the part of a range with this prefix length and index; undefined if the range has no such part. */
export function subRange(
  range: Cidr | undefined,
  part: { readonly prefix: number; readonly index: number },
): string | undefined {
  if (range === undefined) return undefined;
  const size = 1n << BigInt(bitsIn(range.family) - part.prefix);
  const first = range.first + size * BigInt(part.index);
  if (part.prefix < range.prefix || first > range.last) return undefined;
  return canonicalCidr({ ...range, first, prefix: part.prefix });
}

/** Returns the address at an offset in a range; undefined if the range has no such address. */
export function addressIn(range: string | Cidr | undefined, offset: number): string | undefined {
  const cidr = typeof range === 'string' ? parseCidr(range) : range;
  if (cidr === undefined || cidr.first + BigInt(offset) > cidr.last) return undefined;
  const address = { ...cidr, first: cidr.first + BigInt(offset), prefix: bitsIn(cidr.family) };
  return canonicalCidr(address).replace(/\/\d+$/, '');
}

function bitsIn(family: IPFamily): number {
  return family === 'IPv4' ? 32 : 128;
}
