import type { Position } from './input.ts';

/** A part of a file that is parsed by itself: a YAML document, or an item of a large List. */
export interface Piece {
  /** Valid until the next call of the splitter. */
  readonly bytes: Uint8Array;
  /** Position of the first byte in the file. */
  readonly start: Position;
  /** `frame` is a large List without its items. */
  readonly kind: 'document' | 'item' | 'frame';
  /** For an item: its index in the List. */
  readonly index?: number;
  /** True if it is longer than `largestInput`: then `bytes` are its beginning, and the rest of the file is not read. */
  readonly tooLarge?: true;
}

/** A scanner for the rest of a large List, fed with bytes from its start. */
export interface ItemScanner {
  /** Scans the buffer from where the last call stopped. Returns pieces, and the end of the List in the buffer if it is found. */
  scan(window: Window): { readonly pieces: readonly Piece[]; readonly end?: number };
  /** Returns the pieces of a List that ends with the file. */
  finish(window: Window): readonly Piece[];
  /** The offset from which bytes are still required. */
  readonly keepFrom: number;
  /** Moves all offsets back after the buffer dropped its first bytes. */
  shift(by: number): void;
}

/** The bytes of a file that are in memory. */
export interface Window {
  readonly bytes: Buffer;
  /** Number of valid bytes. */
  readonly length: number;
}

/** Returns the number of line feeds before an offset. */
export function countLines(bytes: Buffer, end: number): number {
  let count = 0;
  for (let at = bytes.indexOf(lineFeed); at >= 0 && at < end; at = bytes.indexOf(lineFeed, at + 1)) count += 1;
  return count;
}

/** Whether a line is `---`, alone or with content after a space. */
export function isSeparator(bytes: Uint8Array, start: number, end: number): boolean {
  return bytes[start] === dash && isMark(bytes.subarray(start, Math.min(start + 4, end)), dash);
}

/** Whether a line is `...`, which ends a document. */
export function isEnd(bytes: Uint8Array, start: number, end: number): boolean {
  return bytes[start] === dot && isMark(bytes.subarray(start, Math.min(start + 4, end)), dot);
}

/** `line` has at most four bytes, and begins with the character. */
function isMark(line: Uint8Array, character: number): boolean {
  const [, second, third, next = lineFeed] = line;
  if (second !== character || third !== character) return false;
  return next === lineFeed || next === carriageReturn || next === blank || next === tab;
}

const [lineFeed, carriageReturn, blank, tab, dash, dot] = [0x0a, 0x0d, 0x20, 0x09, 0x2d, 0x2e] as const;
