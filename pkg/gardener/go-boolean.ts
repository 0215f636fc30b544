/**
 * Parses a boolean as Go's strconv.ParseBool, by which Gardener reads flags and annotations. Returns undefined for every other text and
 * for values that are no strings.
 */
export function parseGoBoolean(value: unknown): boolean | undefined {
  if (typeof value !== 'string') return undefined;
  if (/^(1|t|T|true|TRUE|True)$/.test(value)) return true;
  return /^(0|f|F|false|FALSE|False)$/.test(value) ? false : undefined;
}
