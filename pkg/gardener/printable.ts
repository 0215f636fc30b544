/**
 * Returns the text on one line and without characters that a terminal or a log viewer interprets: control and format characters, line and
 * paragraph separators and lone surrogates become escape sequences, such as `\n` and `\u202e`. Also prevents a stored text from differing from
 * the written one, since the API server replaces lone surrogates.
 */
export function printable(text: string): string {
  return text.replace(unprintable, (character) => escapes[character] ?? escapeSequence(character));
}

/** Truncates to `max` UTF-16 code units without splitting a character; the mark of truncation is included. */
export function truncate(text: string, max: number): string {
  if (text.length <= max) return text;
  const mark = `… (${text.length} characters)`;
  const kept = text.slice(0, Math.max(0, max - mark.length));
  return `${/[\uD800-\uDBFF]$/.test(kept) ? kept.slice(0, -1) : kept}${mark}`;
}

const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escapeSequence(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16).padStart(4, '0');
  return hex.length > 4 ? `\\u{${hex}}` : `\\u${hex}`;
}
