/** Parsing of what the API server sends: JSON in UTF-8. */

/**
 * Parses JSON. Throws a TypeError for bytes that are not UTF-8, which a tolerant decoder would replace by U+FFFD, so that a damaged name is
 * read as another one; throws a SyntaxError for a text that is not JSON.
 */
export function parseJson(bytes: Uint8Array): unknown {
  return JSON.parse(decoder.decode(bytes));
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
