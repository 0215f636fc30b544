import type { Schema } from './schema.ts';

/** The schema keywords for the two ends of a range, such as minimum and maximum. */
export type RangeKeywords = readonly [low: string, high: string];

/**
 * Parses `3`, `1..3`, `1..` or `..3` into the two keywords. Returns undefined for any other text, for an empty range, and for numbers that
 * JSON parsers would round.
 */
export function parseRange(text: string, [low, high]: RangeKeywords): Schema | undefined {
  const found = /^(-?\d+)?\.\.(-?\d+)?$/.exec(/^-?\d+$/.test(text) ? `${text}..${text}` : text);
  const ends = [found?.[1], found?.[2]].map((end) => (end === undefined ? undefined : Number(end)));
  const given = ends.filter((end) => end !== undefined);
  const [first = 0, last = first] = given;
  if (given.length === 0 || !given.every(Number.isSafeInteger) || first > last) return undefined;
  return { ...(ends[0] !== undefined && { [low]: ends[0] }), ...(ends[1] !== undefined && { [high]: ends[1] }) };
}

/** Parses a range of lengths or counts, which are never negative. */
export function parseCount(text: string, keywords: RangeKeywords): Schema | undefined {
  return text.includes('-') ? undefined : parseRange(text, keywords);
}
