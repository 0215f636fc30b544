/**
 * Returns a string as a double-quoted YAML scalar that all YAML parsers for Go and JavaScript read alike. JSON.stringify alone is not
 * enough: it leaves U+0085, U+2028 and U+2029 raw, which Go treats as line breaks
 * (docs/design/rendering.md#text-that-go-and-javascript-read-differently). Everything outside printable ASCII is escaped, except
 * supplementary characters such as emoji: JSON can only express them as surrogate pairs, which Go's YAML parser rejects, and they are
 * harmless when raw. Throws for lone surrogates and NUL, which validation rejects beforehand.
 */
export function quote(text: string): string {
  if (text.includes('\0') || !text.isWellFormed()) {
    throw new RangeError('a string for a manifest contains NUL or a lone surrogate');
  }
  return escapeNonAscii(JSON.stringify(text));
}

/**
 * Returns a plain JSON value as canonical text: keys sorted, no whitespace, escaped as by quote(). Throws for values that JSON or Go's
 * parser cannot represent.
 */
export function canonicalJson(value: unknown): string {
  return escapeNonAscii(JSON.stringify(sorted(value, 0)));
}

const maxDepth = 200;

function sorted(value: unknown, depth: number): unknown {
  if (depth > maxDepth) throw new RangeError(`an object is nested deeper than ${maxDepth} levels`);
  if (Array.isArray(value)) return value.map((item) => sorted(item, depth + 1));
  if (typeof value === 'object' && value !== null) {
    const names = Object.keys(value).sort();
    const entries = names.map(
      (name) => [wellFormed(name), sorted((value as Readonly<Record<string, unknown>>)[name], depth + 1)] as const,
    );
    return Object.fromEntries(entries.filter(([, inner]) => inner !== undefined));
  }
  if (typeof value === 'string') return wellFormed(value);
  if (value === undefined || value === null || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new TypeError(`a ${typeof value} cannot be written as JSON`);
}

function wellFormed(text: string): string {
  if (!text.isWellFormed()) throw new RangeError('a key or a string of an object contains a lone surrogate');
  return text;
}

function escapeNonAscii(json: string): string {
  return json.replace(
    /[^\x20-\x7e\u{10000}-\u{10ffff}]/gu,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
