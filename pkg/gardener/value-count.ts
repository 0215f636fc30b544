/**
 * Returns an upper bound of the number of values in a text of JSON or YAML, up to `limit` + 1. A parser needs up to a hundred bytes of memory for
 * a value of three characters, so that a limit of the length alone does not bound the memory; this count costs a fraction of parsing.
 */
export function countValues(text: Uint8Array, limit: number): number {
  let count = 1;
  for (let index = 0; index < text.length && count <= limit; index += 1) {
    const byte = text[index];
    const isSeparator = byte === comma || byte === brace || byte === bracket || byte === lineFeed;
    // Nested lists of YAML on one line: `- - - a`.
    if (isSeparator || (byte === hyphen && text[index + 1] === blank)) count += 1;
  }
  return count;
}

const [comma, brace, bracket, lineFeed, hyphen, blank] = [0x2c, 0x7b, 0x5b, 0x0a, 0x2d, 0x20];
