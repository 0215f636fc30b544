import type { Dice } from '../engine/dice.ts';
import { fragments, numbers, structures, texts } from './values.ts';

/** A text that is unlikely to be meant: a known nasty one, a mix of fragments, or random characters. */
export function hostileText(dice: Dice): string {
  switch (dice.below(4)) {
    case 0:
      return dice.pick(texts);
    case 1:
      return Array.from({ length: 1 + dice.below(5) }, () => dice.pick(fragments)).join('');
    case 2:
      return Array.from({ length: dice.below(20) }, () => randomCharacter(dice)).join('');
    default:
      return dice.pick([...fragments, 'a', '1']).repeat(1 + dice.below(dice.chance(0.1) ? 3_000 : 40));
  }
}

/** A text close to a good one: a part repeated, dropped, replaced, or with a fragment inside. */
export function damagedText(text: string, dice: Dice): string {
  const from = dice.below(text.length + 1);
  const to = from + dice.below(text.length - from + 1);
  switch (dice.below(6)) {
    case 0:
      return text.slice(0, from) + text.slice(to);
    case 1:
      return text.slice(0, from) + dice.pick(fragments) + text.slice(from);
    case 2:
      return text.slice(0, from) + dice.pick(fragments) + text.slice(to);
    case 3:
      return (
        text.slice(0, from) + text.slice(from, to).repeat(2 + dice.below(dice.chance(0.05) ? 400 : 6)) + text.slice(to)
      );
    case 4:
      return text.slice(0, from) + randomCharacter(dice) + text.slice(from + 1);
    default:
      return text + hostileText(dice);
  }
}

/** Any UTF-16 unit or code point, those that are special to readers more often. */
function randomCharacter(dice: Dice): string {
  switch (dice.below(5)) {
    case 0:
      return String.fromCharCode(dice.below(0x20));
    case 1:
      return String.fromCharCode(0x7f + dice.below(0x21));
    case 2:
      return String.fromCharCode(dice.below(0x1_0000));
    case 3:
      return String.fromCodePoint(0x1_0000 + dice.below(0x10_0000));
    default:
      return String.fromCharCode(0x20 + dice.below(0x5f));
  }
}

/** JSON text of a value of any type. */
export function hostileJson(dice: Dice): string {
  switch (dice.below(5)) {
    case 0:
      return dice.pick(numbers);
    case 1:
      return dice.pick(structures);
    case 2:
      return dice.pick(['null', 'true', 'false']);
    default:
      return JSON.stringify(hostileText(dice));
  }
}
