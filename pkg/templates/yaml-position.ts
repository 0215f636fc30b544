/** Where in a YAML template a value may stand, judged by its lines: enough for templates in block style with short flow collections. */

export interface Span {
  readonly start: { readonly line: number; readonly column: number };
  readonly end: { readonly line: number; readonly column: number };
}

/**
 * True when YAML reads what stands there as one whole value: after a key or a dash, as an item of `[…]` or the value of a key in `{…}`,
 * with nothing else beside it, and not inside a longer text. Lines count from 1, columns from 0.
 */
export function isValuePosition({ start, end }: Span, lines: readonly string[]): boolean {
  const before = withoutValues((lines[start.line - 1] ?? '').slice(0, start.column));
  const after = (lines[end.line - 1] ?? '').slice(end.column);
  if (inBlockText(start.line - 1, lines)) return false;
  return /[[{]/.test(before)
    ? isFlowPosition(before) && /^ *[\],}]/.test(after)
    : blockValue.test(before) && /^ *$/.test(after);
}

/** What would let a value run into its neighbours, whatever stands there: the index of each line, and what is wrong with it. */
export function lineProblems(lines: readonly string[]): readonly (readonly [index: number, problem: string])[] {
  return lines.flatMap((line, index) => {
    const problem = lineProblem(line, () => inBlockText(index, lines));
    return problem === undefined ? [] : [[index, problem] as const];
  });
}

function lineProblem(line: string, isText: () => boolean): string | undefined {
  if (/\{\{~|~\}\}/.test(line)) return '~ is not allowed: it joins a value with what stands beside it';
  if (/^ *#/.test(line) || !openQuote.test(withoutValues(line)) || isText()) return undefined;
  return 'a quoted text must end on the line where it begins';
}

const blockValue = /^ *(?:- +)*(?:- +|[\w./-]+: +)$/;
const flowStart = /^ *(?:- +)*(?:[\w./-]+: +)?[[{]/;
const openQuote = /(?:^|[:-] +|[[{,]) *["']/;
const blockTextStart = /(?:^|[:-]) +[|>][-+0-9]*$/;

/** Mustaches and complete quoted texts as one plain word each. */
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

/** Inside `key: |` and the like, where YAML sees one text whatever is in it. */
function inBlockText(index: number, lines: readonly string[]): boolean {
  let depth = indentOf(lines[index] ?? '');
  for (let above = index - 1; above >= 0 && depth > 0; above -= 1) {
    const line = lines[above] ?? '';
    if (/^ *(?:$|\{\{)/.test(line) || indentOf(line) >= depth) continue;
    if (blockTextStart.test(line)) return true;
    depth = indentOf(line);
  }
  return false;
}

function indentOf(line: string): number {
  return /^ */.exec(line)?.[0].length ?? 0;
}
