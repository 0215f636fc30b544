import type { Schema } from './schema.ts';

/** The names under which a schema has the two ends of a range, like minimum and maximum. */
export type RangeKeywords = readonly [low: string, high: string];

/**
 * Reads `3`, `1..3`, `1..` or `..3` into the two keywords. Gives undefined for any other text, for a range without a member, and for
 * numbers that JSON readers would round.
 */
export function parseRange(text: string, [low, high]: RangeKeywords): Schema | undefined {
  const found = /^(-?\d+)?\.\.(-?\d+)?$/.exec(/^-?\d+$/.test(text) ? `${text}..${text}` : text);
  const ends = [found?.[1], found?.[2]].map((end) => (end === undefined ? undefined : Number(end)));
  const given = ends.filter((end) => end !== undefined);
  const [first = 0, last = first] = given;
  if (given.length === 0 || !given.every(Number.isSafeInteger) || first > last) return undefined;
  return { ...(ends[0] !== undefined && { [low]: ends[0] }), ...(ends[1] !== undefined && { [high]: ends[1] }) };
}

/** The same for lengths and counts, which are never negative. */
export function parseCount(text: string, keywords: RangeKeywords): Schema | undefined {
  return text.includes('-') ? undefined : parseRange(text, keywords);
}
