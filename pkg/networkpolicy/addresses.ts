import { type Cidr, parseCidr } from '../gardener/cidr.ts';
import type { IPFamily } from '../gardener/network.ts';
import type { IPBlock } from './types.ts';

/** Returns an address or a range as a range, or undefined if it is neither. */
function parseAddresses(text: string): Cidr | undefined {
  if (text.includes('/')) return parseCidr(text);
  return parseCidr(`${text}/${text.includes(':') ? 128 : 32}`);
}

/** Returns the first range of the family; without a family, the first range. */
export function rangeOfFamily(addresses: readonly string[], family: IPFamily | undefined): Cidr | undefined {
  const ranges = parseAll(addresses);
  return family === undefined ? ranges[0] : ranges.find((range) => range.family === family);
}

/** Returns the families of addresses, in their order. */
export function familiesOf(addresses: readonly string[]): readonly IPFamily[] {
  return parseAll(addresses).map(({ family }) => family);
}

/** Most of the time of a matrix would be spent on parsing the same addresses. */
const parsed = new WeakMap<readonly string[], readonly Cidr[]>();

function parseAll(addresses: readonly string[]): readonly Cidr[] {
  const known = parsed.get(addresses);
  if (known !== undefined) return known;
  const ranges = addresses.map(parseAddresses).filter((range) => range !== undefined);
  parsed.set(addresses, ranges);
  return ranges;
}

/** Whether an ipBlock contains addresses: all of them, some, or none. */
export type Containment = 'all' | 'some' | 'none';

export interface CompiledBlock {
  /** The block contains every address of its family. */
  readonly isEverything: boolean;
  readonly contains: (range: Cidr) => Containment;
}

/** Compiles an ipBlock whose ranges are valid. */
export function compileBlock({ cidr, except = [] }: IPBlock): CompiledBlock {
  const block = parseCidr(cidr);
  if (block === undefined) throw new Error(`ipBlock ${cidr} is no range`);
  const holes = except.map((text) => parseCidr(text)).filter((one) => one !== undefined);
  return {
    isEverything: block.prefix === 0,
    contains(range) {
      const inBlock = containment(block, range);
      if (inBlock === 'none') return 'none';
      const inHoles = holes.map((hole) => containment(hole, range));
      if (inHoles.includes('all')) return 'none';
      return inBlock === 'all' && inHoles.every((one) => one === 'none') ? 'all' : 'some';
    },
  };
}

function containment(outer: Cidr, inner: Cidr): Containment {
  if (outer.family !== inner.family || inner.last < outer.first || inner.first > outer.last) return 'none';
  return outer.first <= inner.first && inner.last <= outer.last ? 'all' : 'some';
}
