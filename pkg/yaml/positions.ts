import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE } from 'js-yaml';
import { child } from '../network/field.ts';
import type { Position } from './input.ts';
import { ambiguousScalar } from './yaml.ts';

/** Where the fields of one YAML document stand in its source. */
export interface DocumentIndex {
  /**
   * The position of a field path such as `spec.providerConfig.mtu`: of its key, or of the item in a list. A path that is not there, such
   * as one that came by an alias or a merge key, or that is longer than any real one, has the position of its closest ancestor.
   */
  position(path: string): Position;
  /** The path of the key or value that starts at an offset; empty when nothing does. */
  pathAt(offset: number): string;
}

/** Indexes a document at the first question: most runs ask none. */
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
      for (let candidate = path; ; candidate = parentOf(candidate)) {
        const offset = byPath.get(candidate);
        if (offset !== undefined) return input.locate(offset);
        if (candidate === '') return { line: 1, column: 1 };
      }
    },
    pathAt: (offset) => offsets().byOffset.get(offset) ?? '',
  };
}

/** Line and column of offsets in a text. */
export function locator(source: string): (offset: number) => Position {
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

/** How many of the ascending numbers are at most the limit. */
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
  /** Items seen so far; in a mapping, the key that waits for its value. */
  index: number;
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
      top.key = keyOf(source, event);
      open(`${top.path}.`, event);
    } else if (event.type !== EVENT_ID.DOCUMENT) {
      const { path, offset } = place(top, event);
      note({ byPath, byOffset }, path, [offset, startOf(event)]);
      open(path, event);
    }
  }
  return { byPath, byOffset };
}

/** Many long paths would fill the memory; a document that is nested to the limit may have a thousand times its size of them. */
const longestPath = 1_000;

/** The first offset is the one that is shown. */
function note(
  { byPath, byOffset }: { readonly byPath: Map<string, number>; readonly byOffset: Map<number, string> },
  path: string,
  offsets: readonly (number | undefined)[],
): void {
  if (path.length > longestPath) return;
  const [shown] = offsets;
  if (shown !== undefined && !byPath.has(path)) byPath.set(path, shown);
  for (const offset of offsets) if (offset !== undefined) byOffset.set(offset, path);
}

function keyOf(source: string, event: Event): Key {
  if (event.type !== EVENT_ID.SCALAR) return { text: '', offset: startOf(event) };
  const text = getScalarValue(source, event);
  // Fields are named as Kubernetes reads their keys: on is "true".
  const read = event.style === SCALAR_STYLE.PLAIN ? ambiguousScalar(text) : undefined;
  return { text: read ?? text, offset: startOf(event) };
}

/** Where a value belongs, and where it is shown: at its key in a mapping, at itself in a list. */
function place(top: Frame | undefined, event: Event): { readonly path: string; readonly offset: number | undefined } {
  if (top === undefined) return { path: '', offset: startOf(event) };
  if (!top.mapping) {
    const path = child(top.path, top.index);
    top.index += 1;
    return { path, offset: startOf(event) };
  }
  const { text, offset } = top.key ?? { text: '', offset: undefined };
  top.key = undefined;
  return { path: child(top.path, text), offset };
}

/** Undefined for a value that is left out, which is null. */
function startOf(event: Event): number | undefined {
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

function parentOf(path: string): string {
  const cut = Math.max(path.lastIndexOf('.'), path.lastIndexOf('['));
  return cut < 0 ? '' : path.slice(0, cut);
}
