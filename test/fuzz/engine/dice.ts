/** Seeded random decisions: the same seed gives the same sequence on every machine. */
export interface Dice {
  /** A number in [0, 1). */
  next(): number;
  /** A whole number in [0, limit); 0 for a limit below 1. */
  below(limit: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  /** One of the items. Throws for an empty list. */
  pick<T>(items: readonly T[]): T;
}

/** sfc32, seeded by one 32-bit number. */
export function createDice(seed: number): Dice {
  let [a, b, c, counter] = [seed | 0, 0x9e3779b9 | 0, 0x243f6a88 | 0, 1];
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4_294_967_296;
  };
  // The first numbers of similar seeds are similar.
  for (let round = 0; round < 12; round += 1) next();
  const below = (limit: number): number => Math.floor(next() * Math.max(0, limit));
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick(items) {
      const item = items[below(items.length)];
      if (item === undefined && items.length === 0) throw new RangeError('there is nothing to pick from');
      return item as (typeof items)[number];
    },
  };
}
