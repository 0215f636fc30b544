/** Reads a text as Go's strconv.ParseBool, by which flags and annotations of Kubernetes are read; undefined for everything else. */
export function parseGoBoolean(text: unknown): boolean | undefined {
  if (typeof text !== 'string') return undefined;
  if (truths.has(text)) return true;
  return falsehoods.has(text) ? false : undefined;
}

/** True only for a text that Go reads as true. */
export function isGoTrue(text: unknown): boolean {
  return parseGoBoolean(text) === true;
}

const truths: ReadonlySet<string> = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
const falsehoods: ReadonlySet<string> = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);
