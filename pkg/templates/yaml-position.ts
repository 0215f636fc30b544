/** Checks value positions in YAML templates line by line, which suffices for block style with short flow collections. */

export interface Span {
  readonly start: { readonly line: number; readonly column: number };
  readonly end: { readonly line: number; readonly column: number };
}

/**
 * Reports whether YAML parses the span as one whole value: after a key or a dash, as an item of `[…]` or the value of a key in `{…}`, with
 * nothing else beside it, and not inside a longer scalar. Lines count from 1, columns from 0.
 */
export function isValuePosition({ start, end }: Span, lines: readonly string[]): boolean {
  const before = withoutValues((lines[start.line - 1] ?? '').slice(0, start.column));
  const after = (lines[end.line - 1] ?? '').slice(end.column);
  if (inBlockScalar(start.line - 1, lines)) return false;
  return /[[{]/.test(before)
    ? isFlowPosition(before) && /^ *[\],}]/.test(after)
    : blockValue.test(before) && /^ *$/.test(after);
}

/** Returns the lines, by index, whose syntax could merge a value with its neighbours, each with a message. */
export function lineProblems(lines: readonly string[]): readonly (readonly [index: number, problem: string])[] {
  return lines.flatMap((line, index) => {
    const problem = lineProblem(line, () => inBlockScalar(index, lines));
    return problem === undefined ? [] : [[index, problem] as const];
  });
}

function lineProblem(line: string, isText: () => boolean): string | undefined {
  if (/\{\{~|~\}\}/.test(line)) return '~ is not allowed: it strips the whitespace around a value';
  if (/^ *#/.test(line) || !openQuote.test(withoutValues(line)) || isText()) return undefined;
  return 'a quoted scalar must end on the line where it starts';
}

const blockValue = /^ *(?:- +)*(?:- +|[\w./-]+: +)$/;
const flowStart = /^ *(?:- +)*(?:[\w./-]+: +)?[[{]/;
const openQuote = /(?:^|[:-] +|[[{,]) *["']/;
const blockScalarStart = /(?:^|[:-]) +[|>][-+0-9]*$/;

/** Replaces mustaches and complete quoted scalars by one plain word each. */
function withoutValues(line: string): string {
  return line
    .replace(/\{\{.*?\}\}/g, 'v')
    .replace(/"[^"]*"/g, 'v')
    .replace(/'[^']*'/g, 'v');
}

function isFlowPosition(before: string): boolean {
  if (!flowStart.test(before)) return false;
  let open = before;
  for (let closed = ''; closed !== open; ) {
    closed = open;
    open = closed.replace(/\[[^[\]{}]*\]|\{[^[\]{}]*\}/g, 'v');
  }
  const [, bracket, tail = ''] = /([[{])([^[\]{}]*)$/.exec(open) ?? [];
  return bracket === '[' ? /(?:^|,) *$/.test(tail) : bracket === '{' && /(?:^|,) *[\w./-]+: +$/.test(tail);
}

/** Reports whether a line is part of a block scalar (`key: |`), which YAML does not parse any further. */
function inBlockScalar(index: number, lines: readonly string[]): boolean {
  let depth = indentation(lines[index] ?? '');
  for (let above = index - 1; above >= 0 && depth > 0; above -= 1) {
    const line = lines[above] ?? '';
    if (/^ *(?:$|\{\{)/.test(line) || indentation(line) >= depth) continue;
    if (blockScalarStart.test(line)) return true;
    depth = indentation(line);
  }
  return false;
}

function indentation(line: string): number {
  return /^ */.exec(line)?.[0].length ?? 0;
}
