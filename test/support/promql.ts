/** One use of a metric in an expression. */
export interface Use {
  readonly metric: string;
  /** The function whose argument starts with this metric, or ''. */
  readonly inside: string;
  /** Label -> value as written between the quotes. */
  readonly matchers: Readonly<Record<string, string>>;
  readonly range: boolean;
}

/**
 * Finds metrics and grouping labels in PromQL by regular expressions, which are sufficient for our dashboards. Not supported:
 * `{__name__=...}`, subqueries, braces or escaped quotes inside a matcher's value, metrics named like a keyword, comments.
 */
export function scan(expr: string): { readonly uses: readonly Use[]; readonly grouping: readonly string[] } {
  const grouping: string[] = [];
  const plain = expr.replaceAll(
    /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g,
    (_, list: string) => {
      grouping.push(...list.split(',').map((label) => label.trim()));
      return '';
    },
  );
  const uses: Use[] = [];
  const name = /(?<![\w.$])([a-zA-Z_:][\w:]*)\s*(\(|\{[^}]*\})?(\[[^\]]*\])?/g;
  for (const match of plain.matchAll(name)) {
    const [, metric = '', next = '', range] = match;
    if (next === '(' || ['bool', 'and', 'or', 'unless', 'offset'].includes(metric)) continue;
    const matchers = Object.fromEntries(
      [...next.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"/g)].map(([, label = '', value = '']) => [label, value]),
    );
    const inside = /(\w+)\s*\(\s*$/.exec(plain.slice(0, match.index))?.[1] ?? '';
    uses.push({ metric, inside, matchers, range: range !== undefined });
  }
  return { uses, grouping };
}
