import { quoted } from '../gardener/objects.ts';

/** Messages about fields, in the wording of Kubernetes' field errors. */

const maxLength = 80;

/** Formats a value for a message: as JSON, truncated, with characters other than printable ASCII escaped. */
export function show(value: unknown): string {
  if (typeof value === 'string') return quoted(value, maxLength);
  if (value === undefined || value === null) return 'null';
  if (typeof value === 'object') return Array.isArray(value) ? '[...]' : '{...}';
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : typeof value;
}

export const field = {
  required: (detail: string) => `Required value: ${detail}`,
  invalid: (value: unknown, detail: string) => `Invalid value: ${show(value)}: ${detail}`,
  unsupported: (value: unknown, supported: readonly string[]) =>
    `Unsupported value: ${show(value)}: supported values: ${supported.map((one) => quoted(one)).join(', ')}`,
  duplicate: (value: unknown) => `Duplicate value: ${show(value)}`,
  forbidden: (detail: string) => `Forbidden: ${detail}`,
  tooLong: (detail: string) => `Too long: ${detail}`,
  tooMany: (most: number) => `Too many: must have at most ${most} items`,
};

/** Returns `parent.key`, or `parent[key]` for list indices and for keys that are not plain names. */
export function child(parent: string, key: string | number): string {
  if (typeof key === 'number') return `${parent}[${key}]`;
  if (/^[A-Za-z0-9_-]{1,100}$/.test(key)) return parent === '' ? key : `${parent}.${key}`;
  return `${parent}[${quoted(key, maxLength)}]`;
}

/** Returns the candidate closest to a misspelled word; undefined if none is close enough. */
export function didYouMean(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > maxLength) return undefined;
  const ranked = candidates
    // The distance is at least the difference in length. Without this filter, a thousand unknown fields take seconds.
    .filter((candidate) => Math.abs(candidate.length - word.length) <= maxDistance(candidate))
    .map((candidate) => ({ candidate, distance: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1));
  const best = ranked[0];
  return best !== undefined && best.distance <= maxDistance(best.candidate) ? best.candidate : undefined;
}

/** Returns the number of mistakes up to which a word is taken for the candidate. */
function maxDistance(candidate: string): number {
  return Math.max(1, Math.floor(candidate.length / 3));
}

/** Returns the optimal string alignment distance: letters to insert, delete, replace, or swap with their neighbour. */
function distance(a: string, b: string): number {
  const [left, right] = [Array.from(a), Array.from(b)];
  let above: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (const [i, letter] of left.entries()) {
    const next = [i + 1];
    for (const [j, other] of right.entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      const swapped = letter === right[j - 1] && other === left[i - 1] ? (above[j - 1] ?? 0) + 1 : Infinity;
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, replaced, swapped));
    }
    above = row;
    row = next;
  }
  return row.at(-1) ?? 0;
}
