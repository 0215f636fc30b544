import { EVENT_ID, type Event, getScalarValue } from 'js-yaml';
import { child } from '../network/field.ts';

/** Counted from 1, as editors do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/**
 * Maps field paths of one YAML document to positions in its source. A path that is not there, such as one that came by an alias or
 * a merge key, has the position of its closest ancestor. The index is built at the first question: most runs ask none.
 */
export function positionsOf(source: string, events: readonly Event[]): (path: string) => Position {
  let offsets: ReadonlyMap<string, number> | undefined;
  return (path) => {
    offsets ??= offsetsByPath(source, events);
    for (let candidate = path; ; candidate = parentOf(candidate)) {
      const offset = offsets.get(candidate);
      if (offset !== undefined) return positionAt(source, offset);
      if (candidate === '') return { line: 1, column: 1 };
    }
  };
}

/** Line and column of an offset. */
export function positionAt(source: string, offset: number): Position {
  const before = source.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}

interface Frame {
  readonly path: string;
  readonly mapping: boolean;
  /** Items seen so far; in a mapping, the key that waits for its value. */
  index: number;
  key: { readonly text: string; readonly offset: number } | undefined;
}

function offsetsByPath(source: string, events: readonly Event[]): ReadonlyMap<string, number> {
  const offsets = new Map<string, number>();
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
      if (!offsets.has(path)) offsets.set(path, offset);
      open(path, event);
    }
  }
  return offsets;
}

function keyOf(source: string, event: Event): { readonly text: string; readonly offset: number } {
  if (event.type !== EVENT_ID.SCALAR) return { text: '', offset: startOf(event) };
  return { text: getScalarValue(source, event), offset: event.valueStart };
}

/** Where a value belongs, and where it is shown: at its key in a mapping, at itself in a list. */
function place(top: Frame | undefined, event: Event): { readonly path: string; readonly offset: number } {
  if (top === undefined) return { path: '', offset: startOf(event) };
  if (!top.mapping) {
    const path = child(top.path, top.index);
    top.index += 1;
    return { path, offset: startOf(event) };
  }
  const { text, offset } = top.key ?? { text: '', offset: 0 };
  top.key = undefined;
  return { path: child(top.path, text), offset };
}

function startOf(event: Event): number {
  if (event.type === EVENT_ID.SCALAR) return Math.max(event.valueStart, 0);
  if (event.type === EVENT_ID.ALIAS) return Math.max(event.anchorStart - 1, 0);
  return event.type === EVENT_ID.SEQUENCE || event.type === EVENT_ID.MAPPING ? Math.max(event.start, 0) : 0;
}

function parentOf(path: string): string {
  const cut = Math.max(path.lastIndexOf('.'), path.lastIndexOf('['));
  return cut < 0 ? '' : path.slice(0, cut);
}
