import { EVENT_ID, type Event, getScalarValue, parseEvents, SCALAR_STYLE, YAMLException } from 'js-yaml';
import { maxDepth } from '../../yaml/input.ts';

/** A node of a YAML text with its place. Offsets are UTF-16 code units in the text. */
export interface YamlNode {
  readonly kind: 'scalar' | 'mapping' | 'sequence' | 'alias';
  /** The place of the key in a mapping; undefined for items of sequences and for documents. */
  readonly key: { readonly text: string; readonly start: number; readonly end: number } | undefined;
  /** Undefined for an omitted value. */
  readonly start: number | undefined;
  /** The end of the last character that belongs to the value, without line breaks. */
  readonly end: number;
  readonly flow: boolean;
  /** The text of a scalar. */
  readonly value: string | undefined;
  readonly quoted: boolean;
  readonly children: readonly YamlNode[];
}

type Mutable = { -readonly [Key in keyof YamlNode]: YamlNode[Key] } & { children: Mutable[] };

/** Returns the root of each document of a text; undefined for a text that is not YAML. */
export function outline(text: string): readonly YamlNode[] | undefined {
  try {
    return build(text, parseEvents(text, { maxDepth }));
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    return undefined;
  }
}

/** Returns the node at a path of keys and indices; undefined if the document has none. */
export function nodeAt(root: YamlNode | undefined, keys: readonly (string | number)[]): YamlNode | undefined {
  return keys.reduce<YamlNode | undefined>(
    (node, key) =>
      typeof key === 'number' ? node?.children[key] : node?.children.find((one) => one.key?.text === key),
    root,
  );
}

interface Frame {
  readonly node: Mutable;
  key: YamlNode['key'];
  expectsKey: boolean;
}

function build(text: string, events: readonly Event[]): readonly YamlNode[] {
  const documents: Mutable[] = [];
  const stack: Frame[] = [];
  const add = (node: Mutable): void => {
    const top = stack.at(-1);
    if (top === undefined) documents.push(node);
    else top.node.children.push(node);
  };
  for (const event of events) {
    const top = stack.at(-1);
    if (event.type === EVENT_ID.DOCUMENT) continue;
    if (event.type === EVENT_ID.POP) {
      close(text, stack);
      continue;
    }
    if (top?.node.kind === 'mapping' && top.expectsKey) {
      top.key = readKey(text, event);
      top.expectsKey = false;
      if (event.type === EVENT_ID.SEQUENCE || event.type === EVENT_ID.MAPPING)
        stack.push({
          node: toNode(text, event, undefined),
          key: undefined,
          expectsKey: event.type === EVENT_ID.MAPPING,
        });
      continue;
    }
    const node = toNode(text, event, top?.key);
    if (top !== undefined) {
      top.key = undefined;
      top.expectsKey = top.node.kind === 'mapping';
    }
    add(node);
    if (node.kind === 'mapping' || node.kind === 'sequence')
      stack.push({ node, key: undefined, expectsKey: node.kind === 'mapping' });
  }
  return documents;
}

/** A collection in flow style ends with its bracket, one in block style with its last child. The event POP also ends documents. */
function close(text: string, stack: Frame[]): void {
  const frame = stack.pop();
  if (frame === undefined) return;
  const { node } = frame;
  const last = node.children.at(-1);
  node.end = Math.max(node.end, last?.end ?? 0, last?.key?.end ?? 0);
  if (node.flow) node.end = text.indexOf(node.kind === 'mapping' ? '}' : ']', node.end) + 1 || node.end;
}

function readKey(text: string, event: Event): YamlNode['key'] {
  if (event.type !== EVENT_ID.SCALAR || event.valueStart < 0) return { text: '', start: 0, end: 0 };
  const isQuoted = event.style !== SCALAR_STYLE.PLAIN;
  const margin = isQuoted ? 1 : 0;
  return { text: getScalarValue(text, event), start: event.valueStart - margin, end: event.valueEnd + margin };
}

function toNode(text: string, event: Event, key: YamlNode['key']): Mutable {
  const base = { key, quoted: false, value: undefined, flow: false, children: [] };
  switch (event.type) {
    case EVENT_ID.SCALAR:
      return { ...base, ...scalarPart(text, event, key) };
    case EVENT_ID.SEQUENCE:
    case EVENT_ID.MAPPING: {
      const flow = text[event.start] === '[' || text[event.start] === '{';
      const kind = event.type === EVENT_ID.MAPPING ? 'mapping' : 'sequence';
      return { ...base, kind, flow, start: event.start, end: flow ? event.start + 1 : event.start };
    }
    case EVENT_ID.ALIAS:
      return { ...base, kind: 'alias', start: event.anchorStart - 1, end: event.anchorEnd };
    default:
      return { ...base, kind: 'alias', start: undefined, end: 0 };
  }
}

type ScalarEvent = Event & { readonly type: typeof EVENT_ID.SCALAR };

function scalarPart(
  text: string,
  event: ScalarEvent,
  key: YamlNode['key'],
): Pick<YamlNode, 'kind' | 'start' | 'end' | 'value' | 'quoted'> {
  if (event.valueStart < 0) return { kind: 'scalar', start: undefined, end: key?.end ?? 0, value: '', quoted: false };
  const quoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
  const margin = quoted ? 1 : 0;
  const end = trimmedEnd(text, event.valueEnd + margin);
  return { kind: 'scalar', start: event.valueStart - margin, end, value: getScalarValue(text, event), quoted };
}

/** The value of a block scalar ends with line breaks. */
function trimmedEnd(text: string, end: number): number {
  let at = end;
  while (text[at - 1] === '\n') at -= 1;
  return at;
}
