/**
 * Returns the length of an expanded regular expression, which determines the time to compile it: counted repetitions such as `x{3,5}` repeat
 * their operand, Unicode classes such as `\pL` expand to hundreds of ranges, and a case-insensitive range contains all variants of its
 * characters. 4 kB can expand to half a million characters. Other classes and escapes count as one; an invalid expression has an arbitrary result.
 */
export function expandedLength(expression: string): number {
  const folds = /\(\?[A-Za-z-]*i/.test(expression);
  let level = { total: 0, last: 0 };
  const outer: { total: number; last: number }[] = [];
  for (const token of expression.match(/\\(?:[xpP]\{[^}]*\}|.)|\[\^?\]?(?:\\.|[^\]\\])*\]|\{\d+(?:,\d*)?\}|./gsu) ??
    []) {
    if (token === '(') {
      outer.push(level);
      level = { total: 0, last: 0 };
      continue;
    }
    const enclosing = token === ')' ? outer.pop() : undefined;
    if (enclosing !== undefined) level = { total: enclosing.total + level.total, last: level.total };
    else if (/^\{\d/.test(token)) level = repeated(level, times(token));
    else {
      const last = tokenLength(token, folds);
      level = { total: level.total + last, last };
    }
  }
  return outer.reduce((sum, one) => sum + one.total, level.total);
}

/** Measured: a Unicode class takes the time of this number of characters. */
const unicodeClass = 50;
/** Measured: in a case-insensitive expression, this number of characters in a range takes the time of one character. */
const foldedPerCharacter = 64;

function tokenLength(token: string, folds: boolean): number {
  const classes = token.match(/\\[pP]/g)?.length ?? 0;
  return 1 + classes * unicodeClass + (folds ? Math.ceil(foldedCharacters(token) / foldedPerCharacter) : 0);
}

/** Larger than all characters with case variants. */
const lastFolded = 0x1f000;

/** Returns the number of characters in the ranges of a class and in `\S`, `\W` and `[:^alpha:]`; ranges within ASCII are cheap and do not count. */
function foldedCharacters(token: string): number {
  const negated = token.match(/\\[DSW]|\[:\^/g)?.length ?? 0;
  if (!token.startsWith('[')) return negated * lastFolded;
  const ranges = token.matchAll(/(\\x\{[^}]*\}|\\.|[^\\])-(\\x\{[^}]*\}|\\.|[^\\\]])/gsu);
  return Array.from(ranges).reduce((sum, [, from = '', to = '']) => {
    const last = Math.min(codePoint(to), lastFolded);
    return last < 0x80 ? sum : sum + Math.max(0, last - codePoint(from));
  }, negated * lastFolded);
}

/** Escapes other than `\x{…}` are ASCII only. */
function codePoint(item: string): number {
  const hex = /^\\x\{0*([0-9A-Fa-f]{1,6})\}$/.exec(item)?.[1];
  if (hex !== undefined) return Number.parseInt(hex, 16);
  return item.startsWith('\\') ? 0 : (item.codePointAt(0) ?? 0);
}

function repeated(
  level: { readonly total: number; readonly last: number },
  count: number,
): { total: number; last: number } {
  return { total: level.total + level.last * (count - 1), last: level.last * count };
}

/** Returns the larger number of `{n}`, `{n,}` or `{n,m}`, at least 1. */
function times(repetition: string): number {
  return Math.max(1, ...(repetition.match(/\d+/g) ?? []).map(Number));
}
