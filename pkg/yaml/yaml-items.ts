import { countLines, type ItemScanner, isEnd, isSeparator, type Piece, type Window } from './piece.ts';

/**
 * Creates a scanner for a large List in block style, as `kubectl get -o yaml` prints it: `items:` at the start of a line, and each item with
 * its dash at the same column. Returns undefined for other documents. YAML requires that lines of an item are indented more than its dash, so
 * that no text inside of an item can be mistaken for the next one.
 */
export function createYamlScanner(window: Window, firstLine: number): ItemScanner | undefined {
  const beginning = window.bytes.subarray(0, Math.min(window.length, headLength)).toString('latin1');
  const match = /^items:[ \t]*\r?\n(?:[ \t]*(?:#.*)?\r?\n)*?(?<indent> *)-[ \r\n]/m.exec(beginning);
  if (match === null) return undefined;
  const bodyStart = beginning.indexOf('\n', match.index) + 1;
  return scanner({ window, firstLine, bodyStart, indent: match.groups?.['indent']?.length ?? 0 });
}

/** The fields before `items` are short. */
const headLength = 64 * 1024;

function scanner(input: {
  readonly window: Window;
  readonly firstLine: number;
  readonly bodyStart: number;
  readonly indent: number;
}): ItemScanner {
  const { firstLine, bodyStart, indent } = input;
  const frame: Buffer[] = [Buffer.from(input.window.bytes.subarray(0, bodyStart))];
  let at = bodyStart;
  let line = firstLine + countLines(input.window.bytes, bodyStart);
  let item: { readonly start: number; readonly line: number } | undefined;
  let tail = false;
  let index = 0;

  const flush = ({ bytes }: Window): readonly Piece[] => {
    if (item === undefined) return [];
    const piece = {
      bytes: bytes.subarray(item.start, at),
      start: { line: item.line, column: 1 },
      kind: 'item',
      index,
    } as const;
    item = undefined;
    index += 1;
    return [piece];
  };

  const close = (window: Window): readonly Piece[] => [
    ...flush(window),
    { bytes: Buffer.concat(frame), start: { line: firstLine, column: 1 }, kind: 'frame' },
  ];

  /** Reads the line from `at` to `end`, and returns the item that ends before it. */
  const readLine = (window: Window, end: number): readonly Piece[] => {
    const { bytes } = window;
    const column = firstCharacter(bytes, at, end);
    if (!tail && column !== undefined && column <= indent) {
      const pieces = flush(window);
      tail = column < indent || !isDash(bytes, at + column, end);
      if (!tail) {
        item = { start: at, line };
        // Without its dash, the item is a document of its own, with the same columns.
        bytes[at + indent] = blank;
      } else frame.push(Buffer.from(bytes.subarray(at, end)));
      return pieces;
    }
    if (tail) frame.push(Buffer.from(bytes.subarray(at, end)));
    return [];
  };

  return {
    scan(window) {
      const pieces: Piece[] = [];
      for (;;) {
        const next = window.bytes.subarray(0, window.length).indexOf(lineFeed, at);
        if (next < 0) return { pieces };
        if (isSeparator(window.bytes, at, next) || isEnd(window.bytes, at, next))
          return { pieces: [...pieces, ...close(window)], end: at };
        pieces.push(...readLine(window, next + 1));
        at = next + 1;
        line += 1;
      }
    },
    finish(window) {
      const pieces = at < window.length ? readLine(window, window.length) : [];
      at = window.length;
      return [...pieces, ...close(window)];
    },
    get keepFrom() {
      return item?.start ?? at;
    },
    shift(by) {
      at -= by;
      if (item !== undefined) item = { ...item, start: item.start - by };
    },
  };
}

const [lineFeed, carriageReturn, blank, dash, hash] = [0x0a, 0x0d, 0x20, 0x2d, 0x23];

/** Returns the column of the first character of a line, from 0; undefined for empty lines and comments. */
function firstCharacter(bytes: Buffer, start: number, end: number): number | undefined {
  let at = start;
  while (at < end && bytes[at] === blank) at += 1;
  const first = at < end ? bytes[at] : lineFeed;
  return first === lineFeed || first === carriageReturn || first === hash ? undefined : at - start;
}

function isDash(bytes: Buffer, at: number, end: number): boolean {
  const next = at + 1 < end ? bytes[at + 1] : lineFeed;
  return bytes[at] === dash && (next === blank || next === lineFeed || next === carriageReturn);
}
