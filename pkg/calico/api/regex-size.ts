/**
 * Returns the length of a regular expression after expanding counted repetitions such as `x{3,5}`, which determines the cost of compiling it.
 * 4 kB can expand to half a million characters. Classes and escapes count as one; an invalid expression has an arbitrary result.
 */
export function expandedLength(expression: string): number {
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
    else level = { total: level.total + 1, last: 1 };
  }
  return outer.reduce((sum, one) => sum + one.total, level.total);
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
