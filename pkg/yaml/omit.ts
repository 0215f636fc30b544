/** In UTF-16 code units. Shorter texts are parsed quickly enough. */
const longText = 32 * 1024;

/**
 * Returns the text of a long Cluster with blanks in place of `spec.cloudProfile`, which is most of it and of which the commands use nothing:
 * parsing it would take most of the time and memory of a check of a whole seed. Positions of everything else do not change. Recognizes the
 * forms in which kubectl prints objects, and returns other texts unchanged.
 */
export function omitCloudProfile(text: string): string {
  if (text.length <= longText) return text;
  const range = /^\s*\{/.test(text) ? findInJson(text) : findInBlocks(text);
  if (range === undefined) return text;
  const { start, end } = range;
  const lines = text.slice(start, end).split('\n');
  // Other text may follow on the last line, whose columns must not change.
  const blank = `${'\n'.repeat(lines.length - 1)}${' '.repeat(lines.at(-1)?.length ?? 0)}`;
  return `${text.slice(0, start)}${blank}${text.slice(end)}`;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** Finds the lines below the key in block style: those that are indented more than it. */
function findInBlocks(text: string): Range | undefined {
  const top = /^(?<indent> *)kind: *"?Cluster"?[ \r]*$/m.exec(text)?.groups?.['indent'];
  if (top === undefined) return undefined;
  const spec = new RegExp(`^${top}spec:[ \\r]*\\n(?<indent>${top} +)`, 'm').exec(text);
  const indent = spec?.groups?.['indent'];
  if (spec === null || indent === undefined) return undefined;
  const key = new RegExp(`^${indent}cloudProfile:[ \\r]*\\n`, 'm');
  const inSpec = text.slice(spec.index);
  const match = key.exec(inSpec);
  if (match === null) return undefined;
  const start = spec.index + match.index + match[0].length;
  const next = new RegExp(`^ {0,${indent.length}}[^ \\r\\n]`, 'm').exec(text.slice(start));
  const end = next === null ? text.length : start + next.index;
  return { start, end };
}

/** Finds the object after the key in JSON. */
function findInJson(text: string): Range | undefined {
  if (!/"kind"\s*:\s*"Cluster"/.test(text)) return undefined;
  const keys: string[] = [];
  let start: number | undefined;
  const token = /"(?:[^"\\]|\\.)*"(?<colon>\s*:)?|[{}[\]]/gs;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [found] = match;
    if (found === '{' || found === '[') {
      if (keys.length === 2 && keys.join('.') === 'spec.cloudProfile') start ??= match.index;
      keys.push('');
    } else if (found === '}' || found === ']') {
      keys.pop();
      if (start !== undefined && keys.length === 2) return { start, end: match.index + 1 };
    } else if (match.groups?.['colon'] !== undefined && keys.length <= 2) {
      keys[keys.length - 1] = found.slice(1, found.lastIndexOf('"'));
    }
  }
  return undefined;
}
