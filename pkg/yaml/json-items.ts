import type { Position } from './input.ts';
import type { ItemScanner, Piece, Window } from './piece.ts';

/**
 * Creates a scanner for a large List in JSON, as `kubectl get -o json` prints it, with or without line breaks. Returns undefined for a document
 * that is not an object in braces. It finds the ends of items only; the parser judges what is between them.
 */
export function createJsonScanner(window: Window, firstLine: number): ItemScanner | undefined {
  const beginning = window.bytes.subarray(0, Math.min(window.length, 1024)).toString('latin1');
  return /^(?:\xef\xbb\xbf)?\s*\{/.test(beginning) ? scanner(firstLine) : undefined;
}

function scanner(firstLine: number): ItemScanner {
  const frame: Buffer[] = [];
  let at = 0;
  let position: Position = { line: firstLine, column: 1 };
  let positionAt = 0;
  let depth = 0;
  let text: 'none' | 'string' | 'escape' = 'none';
  let stringStart = 0;
  let key = '';
  let region: 'head' | 'items' | 'tail' = 'head';
  let tailStart = 0;
  let element: { readonly start: number; readonly position: Position } | undefined;
  let index = 0;

  const flush = ({ bytes }: Window): Piece | undefined => {
    if (element === undefined) return undefined;
    const piece = { bytes: bytes.subarray(element.start, at), start: element.position, kind: 'item', index } as const;
    element = undefined;
    index += 1;
    return piece;
  };

  const close = (): Piece => ({
    bytes: Buffer.concat(frame),
    start: { line: firstLine, column: 1 },
    kind: 'frame',
  });

  /** Moves to the end of a string, or of the buffer. Returns false for the latter. */
  const endString = ({ bytes, length }: Window): boolean => {
    let cursor = at;
    for (; cursor < length; cursor += 1) {
      const byte = bytes[cursor];
      if (text === 'escape') text = 'string';
      else if (byte === backslash) text = 'escape';
      else if (byte === quote) break;
    }
    at = cursor;
    if (cursor === length) return false;
    text = 'none';
    if (depth === 1) key = bytes.subarray(stringStart + 1, Math.min(at, stringStart + 64)).toString('latin1');
    return true;
  };

  /** Counts lines and columns up to an offset; columns as the parser does: in UTF-16 code units. */
  const locate = ({ bytes }: Window, end: number): Position => {
    let { line, column } = position;
    for (let cursor = positionAt; cursor < end; cursor += 1) {
      const byte = bytes[cursor] ?? 0;
      if (byte === lineFeed) [line, column] = [line + 1, 1];
      else if (byte < 0x80 || byte >= 0xc0) column += byte >= 0xf0 ? 2 : 1;
    }
    [position, positionAt] = [{ line, column }, end];
    return position;
  };

  const closeCollection = (window: Window): Piece | undefined => {
    depth -= 1;
    if (region !== 'items' || depth !== 1) return undefined;
    [region, tailStart] = ['tail', at];
    return flush(window);
  };

  const openCollection = (byte: number, { bytes }: Window): void => {
    depth += 1;
    if (byte !== openBracket || depth !== 2 || region !== 'head' || key !== 'items') return;
    region = 'items';
    frame.push(Buffer.from(bytes.subarray(0, at + 1)));
  };

  /** Reads a byte outside of strings, and returns the item that ends before it. */
  const outside = (byte: number, window: Window): Piece | undefined => {
    if (byte === closeBracket || byte === closeBrace) return closeCollection(window);
    if (region === 'items' && depth === 2) {
      if (byte === comma) return flush(window);
      element ??= { start: at, position: locate(window, at) };
    }
    if (byte === quote) [text, stringStart] = ['string', at];
    else if (byte === openBracket || byte === openBrace) openCollection(byte, window);
    return undefined;
  };

  const keepFrom = (): number => {
    if (region === 'head') return 0;
    if (region === 'tail') return tailStart;
    return element?.start ?? at;
  };

  return {
    scan(window) {
      const pieces: Piece[] = [];
      const { bytes, length } = window;
      for (; at < length; at += 1) {
        if (text !== 'none') {
          if (!endString(window)) break;
          continue;
        }
        const byte = bytes[at] ?? 0;
        if (byte <= blank) continue;
        const piece = outside(byte, window);
        if (piece !== undefined) pieces.push(piece);
        if (depth > 0 || byte !== closeBrace) continue;
        at += 1;
        frame.push(Buffer.from(bytes.subarray(region === 'tail' ? tailStart : 0, at)));
        return { pieces: [...pieces, close()], end: at };
      }
      // The counted bytes may leave the buffer.
      locate(window, keepFrom());
      return { pieces };
    },
    finish(window) {
      // The file ends within the List, which the parser then reports for the frame.
      frame.push(Buffer.from(window.bytes.subarray(keepFrom(), window.length)));
      return [close()];
    },
    get keepFrom() {
      return keepFrom();
    },
    shift(by) {
      at -= by;
      positionAt -= by;
      stringStart -= by;
      tailStart -= by;
      if (element !== undefined) element = { ...element, start: element.start - by };
    },
  };
}

const [lineFeed, blank, quote, backslash, comma, openBracket, closeBracket, openBrace, closeBrace] = [
  0x0a, 0x20, 0x22, 0x5c, 0x2c, 0x5b, 0x5d, 0x7b, 0x7d,
];
