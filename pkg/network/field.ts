/** Messages about fields, in the words of Kubernetes' field errors, so that they read the same as those of the API server. */

const longest = 80;

/** A value as a message shows it: JSON, cut to a readable length, nothing outside printable ASCII raw. */
export function show(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (value === undefined) return 'null';
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? '[…]' : '{…}';
  return JSON.stringify(value)?.slice(0, longest) ?? 'null';
}

export const field = {
  required: (detail: string) => `Required value: ${detail}`,
  invalid: (value: unknown, detail: string) => `Invalid value: ${show(value)}: ${detail}`,
  unsupported: (value: unknown, supported: readonly string[]) =>
    `Unsupported value: ${show(value)}: supported values: ${supported.map((one) => JSON.stringify(one)).join(', ')}`,
  duplicate: (value: unknown) => `Duplicate value: ${show(value)}`,
  forbidden: (detail: string) => `Forbidden: ${detail}`,
  tooLong: (detail: string) => `Too long: ${detail}`,
};

/** `parent.key`, or `parent[key]` for list indices and keys that are no plain names. */
export function child(parent: string, key: string | number): string {
  if (typeof key === 'number') return `${parent}[${key}]`;
  if (/^[A-Za-z0-9_-]{1,100}$/.test(key)) return parent === '' ? key : `${parent}.${key}`;
  return `${parent}[${quote(key)}]`;
}

/** The candidate closest to a misspelled word, when it is close enough to be meant. */
export function didYouMean(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > longest) return undefined;
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1));
  const best = ranked[0];
  return best !== undefined && best.distance <= Math.max(1, Math.floor(best.candidate.length / 3))
    ? best.candidate
    : undefined;
}

function quote(text: string): string {
  const short = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return JSON.stringify(short).replace(
    /[^\x20-\x7e…]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Levenshtein distance, row by row. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, left] of Array.from(a).entries()) {
    const next = [i + 1];
    for (const [j, right] of Array.from(b).entries()) {
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (left === right ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
