import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE } from 'js-yaml';
import { child } from '../network/field.ts';
import type { Position } from './input.ts';
import { ambiguousScalar } from './yaml.ts';

/** Maps the fields of one YAML document to positions in its source. */
export interface DocumentIndex {
  /**
   * Returns the position of a field path such as `spec.providerConfig.mtu`: of its key, or of the item in a list. A path without a position,
   * such as one that results from an alias or a merge key or is longer than any real one, has that of its closest ancestor.
   */
  position(path: string): Position;
  /** Returns the path of the key or value that starts at an offset; empty if there is none. */
  pathAt(offset: number): string;
}

/** Indexes a document on first use, since most runs need no position. */
export function indexDocument(input: {
  readonly source: string;
  readonly events: readonly Event[];
  readonly locate: (offset: number) => Position;
}): DocumentIndex {
  let index: Offsets | undefined;
  const offsets = (): Offsets => {
    index ??= indexEvents(input.source, input.events);
    return index;
  };
  return {
    position(path) {
      const { byPath } = offsets();
      for (let candidate = path; ; candidate = parentPath(candidate)) {
        const offset = byPath.get(candidate);
        if (offset !== undefined) return input.locate(offset);
        if (candidate === '') return { line: 1, column: 1 };
      }
    },
    pathAt: (offset) => offsets().byOffset.get(offset) ?? '',
  };
}

/** Returns a function from offsets in a text to line and column. */
export function createLocator(source: string): (offset: number) => Position {
  let starts: readonly number[] | undefined;
  return (offset) => {
    starts ??= lineStarts(source);
    const line = countUpTo(starts, offset);
    return { line, column: offset - (starts[line - 1] ?? 0) + 1 };
  };
}

function lineStarts(source: string): readonly number[] {
  const starts = [0];
  for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** Counts the ascending numbers that are at most the limit. */
function countUpTo(numbers: readonly number[], limit: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] ?? Infinity) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

interface Offsets {
  readonly byPath: ReadonlyMap<string, number>;
  readonly byOffset: ReadonlyMap<number, string>;
}

interface Frame {
  readonly path: string;
  readonly mapping: boolean;
  /** Number of items so far. */
  index: number;
  /** In a mapping: the key whose value comes next. */
  key: Key | undefined;
}

interface Key {
  readonly text: string;
  readonly offset: number | undefined;
}

function indexEvents(source: string, events: readonly Event[]): Offsets {
  const byPath = new Map<string, number>();
  const byOffset = new Map<number, string>();
  const stack: Frame[] = [];
  const open = (path: string, event: Event): void => {
    if (event.type === EVENT_ID.SEQUENCE || event.type === EVENT_ID.MAPPING)
      stack.push({ path, mapping: event.type === EVENT_ID.MAPPING, index: 0, key: undefined });
  };
  for (const event of events) {
    const top = stack.at(-1);
    if (event.type === EVENT_ID.POP) stack.pop();
    else if (top?.mapping === true && top.key === undefined) {
      top.key = readKey(source, event);
      open(`${top.path}.`, event);
    } else if (event.type !== EVENT_ID.DOCUMENT) {
      const { path, offset } = locateValue(top, event);
      addOffsets({ byPath, byOffset }, path, [offset, startOffset(event)]);
      open(path, event);
    }
  }
  return { byPath, byOffset };
}

/** Bounds the memory: the paths of a document that is nested to the limit can have a thousand times its size. */
const maxPathLength = 1_000;

/** Adds the offsets of a path; the first one is its position for messages. */
function addOffsets(
  { byPath, byOffset }: { readonly byPath: Map<string, number>; readonly byOffset: Map<number, string> },
  path: string,
  offsets: readonly (number | undefined)[],
): void {
  if (path.length > maxPathLength) return;
  const [shown] = offsets;
  if (shown !== undefined && !byPath.has(path)) byPath.set(path, shown);
  for (const offset of offsets) if (offset !== undefined) byOffset.set(offset, path);
}

function readKey(source: string, event: Event): Key {
  if (event.type !== EVENT_ID.SCALAR) return { text: '', offset: startOffset(event) };
  const text = getScalarValue(source, event);
  // Paths contain keys as Kubernetes reads them: on is "true".
  const read = event.style === SCALAR_STYLE.PLAIN ? ambiguousScalar(text) : undefined;
  return { text: read ?? text, offset: startOffset(event) };
}

/** Returns the path of a value and its offset for messages: that of its key in a mapping, its own in a list. */
function locateValue(
  top: Frame | undefined,
  event: Event,
): { readonly path: string; readonly offset: number | undefined } {
  if (top === undefined) return { path: '', offset: startOffset(event) };
  if (!top.mapping) {
    const path = child(top.path, top.index);
    top.index += 1;
    return { path, offset: startOffset(event) };
  }
  const { text, offset } = top.key ?? { text: '', offset: undefined };
  top.key = undefined;
  return { path: child(top.path, text), offset };
}

/** Returns undefined for an omitted value, which is null. */
function startOffset(event: Event): number | undefined {
  switch (event.type) {
    case EVENT_ID.SCALAR:
      if (event.valueStart < 0) return undefined;
      return event.style === SCALAR_STYLE.PLAIN ? event.valueStart : Math.max(event.valueStart - 1, 0);
    case EVENT_ID.ALIAS:
      return event.anchorStart - 1;
    case EVENT_ID.SEQUENCE:
    case EVENT_ID.MAPPING:
      return event.start;
    default:
      return undefined;
  }
}

function parentPath(path: string): string {
  const cut = Math.max(path.lastIndexOf('.'), path.lastIndexOf('['));
  return cut < 0 ? '' : path.slice(0, cut);
}
