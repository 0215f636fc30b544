import type { Dice } from '../engine/dice.ts';
import type { MutationContext } from '../engine/target.ts';

const invalidUtf8 = [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82], [0xf5, 0x80, 0x80, 0x80], [0x80]] as const;
const oddBytes = [[0x00], [0x0a], [0x0d], [0x22], [0x5c], [0x7b], [0x5b], [0x5d], [0x7d], [0x2c]] as const;
const byteOrderMark = [0xef, 0xbb, 0xbf] as const;

/** Changes bytes without regard to what they mean. */
export function mutateBytes(input: Uint8Array, { dice, other }: MutationContext): Uint8Array {
  const from = dice.below(input.length + 1);
  const to = from + dice.below(Math.min(input.length - from, 64) + 1);
  const [head, middle, tail] = [input.subarray(0, from), input.subarray(from, to), input.subarray(to)];
  switch (dice.below(8)) {
    case 0:
      return flipped(input, dice);
    case 1:
      return Buffer.concat([head, tail]);
    case 2:
      return Buffer.concat([head, ...Array.from({ length: 2 + dice.below(30) }, () => middle), tail]);
    case 3:
      return Buffer.concat([head, Buffer.from(dice.pick(invalidUtf8)), input.subarray(from)]);
    case 4:
      return Buffer.concat([head, Buffer.from(dice.pick(oddBytes)), input.subarray(from)]);
    case 5:
      return Buffer.from(head);
    case 6:
      return Buffer.concat([head, other.subarray(dice.below(other.length + 1))]);
    default:
      return Buffer.concat([Buffer.from(byteOrderMark), input]);
  }
}

function flipped(input: Uint8Array, dice: Dice): Uint8Array {
  const copy = Buffer.from(input);
  for (let count = 1 + dice.below(4); count > 0 && copy.length > 0; count -= 1) {
    const at = dice.below(copy.length);
    copy[at] = (copy[at] ?? 0) ^ (1 << dice.below(8));
  }
  return copy;
}
