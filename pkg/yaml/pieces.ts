import { largestInput } from './input.ts';
import { createJsonScanner } from './json-items.ts';
import { countLines, type ItemScanner, isEnd, isSeparator, type Piece, type Window } from './piece.ts';
import { createYamlScanner } from './yaml-items.ts';

/** Splits a file into pieces while it is read. */
export interface Splitter {
  /** Returns the pieces that end in this chunk. */
  push(chunk: Uint8Array): Iterable<Piece>;
  /** Returns the last pieces. */
  end(): Iterable<Piece>;
  /** True after a piece that is too large. */
  readonly stopped: boolean;
}

/**
 * Documents up to this size, in bytes, are parsed as a whole, with anchors across the items of a List. A larger document that is a List as
 * kubectl prints it is read item by item, so that memory does not depend on the number of its items.
 */
const largestWhole = 4 * 1024 * 1024;

/** Larger chunks are taken in parts, since each document moves the bytes after it. */
const chunkSize = 64 * 1024;

/** Returns the pieces of a whole file. Each must be read before the next one, since the splitter reuses its memory. */
export function* splitWhole(bytes: Uint8Array): Generator<Piece> {
  const splitter = createSplitter();
  yield* splitter.push(bytes);
  yield* splitter.end();
}

/** Creates a splitter. Documents begin at lines with `---`, as in YAML, where they end block and quoted scalars as well. */
export function createSplitter(): Splitter {
  const window = createWindow();
  let line = 1;
  let scanned = 0;
  let content = false;
  let checked = false;
  let items: ItemScanner | undefined;
  let stopped = false;

  const document = (end: number, tooLarge: boolean): Piece => ({
    bytes: window.bytes.subarray(0, end),
    start: { line, column: 1 },
    kind: 'document',
    ...(tooLarge ? { tooLarge } : {}),
  });

  const restart = (end: number): void => {
    line += countLines(window.bytes, end);
    window.drop(end);
    [scanned, content, checked, items] = [0, false, false, undefined];
  };

  function* scanDocuments(atEnd: boolean): Generator<Piece> {
    for (;;) {
      const next = window.bytes.subarray(0, window.length).indexOf(lineFeed, scanned);
      if (next < 0 && !atEnd) return;
      const end = next < 0 ? window.length : next;
      if (content && isSeparator(window.bytes, scanned, end)) {
        yield document(scanned, false);
        restart(scanned);
        continue;
      }
      const ends = content && isEnd(window.bytes, scanned, end);
      content ||= hasContent(window.bytes, scanned, end);
      if (next < 0) return;
      scanned = next + 1;
      if (!ends) continue;
      yield document(scanned, false);
      restart(scanned);
    }
  }

  function* scanItems(scanner: ItemScanner): Generator<Piece> {
    const { pieces, end } = scanner.scan(window);
    yield* pieces;
    if (end !== undefined) {
      restart(end);
      yield* advance();
      return;
    }
    line += countLines(window.bytes, scanner.keepFrom);
    const by = scanner.keepFrom;
    window.drop(by);
    scanner.shift(by);
  }

  function* advance(): Generator<Piece> {
    if (items === undefined) yield* scanDocuments(false);
    if (items === undefined && !checked && window.length > largestWhole) {
      checked = true;
      items = createJsonScanner(window, line) ?? createYamlScanner(window, line);
    }
    if (items !== undefined) yield* scanItems(items);
    if (window.length <= largestInput) return;
    stopped = true;
    yield document(Math.min(window.length, 4096), true);
  }

  return {
    *push(chunk) {
      for (let at = 0; at < chunk.byteLength && !stopped; at += chunkSize) {
        window.add(chunk.subarray(at, at + chunkSize));
        yield* advance();
      }
    },
    *end() {
      if (stopped) return;
      if (items !== undefined) {
        yield* items.finish(window);
        return;
      }
      yield* scanDocuments(true);
      if (window.length > 0) yield document(window.length, false);
    },
    get stopped() {
      return stopped;
    },
  };
}

const [lineFeed, carriageReturn, blank, tab, hash, percent] = [0x0a, 0x0d, 0x20, 0x09, 0x23, 0x25];

/** Whether a line is more than a comment, a directive or a separator without content: a document is never split before its content. */
function hasContent(bytes: Uint8Array, start: number, end: number): boolean {
  if (bytes[start] === percent || isEnd(bytes, start, end)) return false;
  let at = isSeparator(bytes, start, end) ? start + 3 : start;
  while (at < end && (bytes[at] === blank || bytes[at] === tab || bytes[at] === carriageReturn)) at += 1;
  return at < end && bytes[at] !== hash;
}

/** A growing buffer, so that a document in many chunks is copied a few times only. */
function createWindow(): Window & { add(chunk: Uint8Array): void; drop(count: number): void } {
  let bytes: Buffer = Buffer.alloc(0);
  let length = 0;
  return {
    get bytes() {
      return bytes;
    },
    get length() {
      return length;
    },
    add(chunk) {
      if (length + chunk.byteLength > bytes.byteLength) {
        const larger = Buffer.alloc(Math.max(2 * bytes.byteLength, length + chunk.byteLength, 128 * 1024));
        larger.set(bytes.subarray(0, length));
        bytes = larger;
      }
      bytes.set(chunk, length);
      length += chunk.byteLength;
    },
    drop(count) {
      if (count === 0) return;
      bytes.copyWithin(0, count, length);
      length -= count;
    },
  };
}
