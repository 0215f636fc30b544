/** Returns removed lines with `- ` and added lines with `+ `, by a longest common subsequence. Common lines are omitted. */
export function lineDiff(before: readonly string[], after: readonly string[]): readonly string[] {
  const table = commonLengths(before, after);
  const lines: string[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      i += 1;
      j += 1;
    } else if (j >= after.length || (i < before.length && (table[i + 1]?.[j] ?? 0) >= (table[i]?.[j + 1] ?? 0))) {
      lines.push(`- ${before[i] ?? ''}`);
      i += 1;
    } else {
      lines.push(`+ ${after[j] ?? ''}`);
      j += 1;
    }
  }
  return lines;
}

/** Entry [i][j] is the length of the longest common subsequence of the lines from i in `before` and from j in `after`. */
function commonLengths(before: readonly string[], after: readonly string[]): readonly (readonly number[])[] {
  const rows: number[][] = [Array.from({ length: after.length + 1 }, () => 0)];
  for (const line of before.toReversed()) {
    const below = rows[0] ?? [];
    const row = [0];
    for (const [index, other] of after.toReversed().entries()) {
      const right = after.length - 1 - index;
      row.unshift(line === other ? (below[right + 1] ?? 0) + 1 : Math.max(below[right] ?? 0, row[0] ?? 0));
    }
    rows.unshift(row);
  }
  return rows;
}
