import { printYaml } from '../../yaml/print.ts';
import { nodeAt, outline, type YamlNode } from './outline.ts';

/** A replacement of a part of a text, as editors take it. */
export interface TextChange {
  readonly from: number;
  readonly to: number;
  readonly insert: string;
}

export type Keys = readonly (string | number)[];

export interface YamlEdit {
  readonly text: string;
  /** Index of the YAML document. */
  readonly document: number;
  readonly keys: Keys;
  /** A scalar, or a list of scalars; undefined removes the field. */
  readonly value: unknown;
}

/**
 * Returns the smallest change of a YAML text that gives a field a value: everything else, comments included, remains as written. Returns
 * undefined if nothing has to change, or if the text is not YAML or has a value of another form where the field belongs.
 */
export function editYaml({ text, document, keys, value }: YamlEdit): TextChange | undefined {
  const root = outline(text)?.[document];
  if (root === undefined || keys.length === 0) return undefined;
  if (value === undefined) return remove({ text, root, keys });
  const node = nodeAt(root, keys);
  if (node !== undefined) return replace(text, node, value);
  const depth = keys.findLastIndex((_, index) => nodeAt(root, keys.slice(0, index)) !== undefined);
  const parent = nodeAt(root, keys.slice(0, depth));
  const [key, ...rest] = keys.slice(depth);
  if (parent === undefined || key === undefined) return undefined;
  const member = { [key]: rest.reduceRight(wrap, value) };
  return parent.kind === 'sequence' || typeof key === 'number'
    ? undefined
    : insert({ text, parent, member, isRoot: parent === root });
}

/** Applies a change. */
export function applyChange(text: string, { from, to, insert }: TextChange): string {
  return `${text.slice(0, from)}${insert}${text.slice(to)}`;
}

/** Only the first item of a list can be created. */
function wrap(inner: unknown, key: string | number): unknown {
  return typeof key === 'number' ? [inner] : { [key]: inner };
}

function replace(text: string, node: YamlNode, value: unknown): TextChange | undefined {
  const written = inline(value);
  if (node.start === undefined) {
    const colon = text.indexOf(':', node.key?.end ?? 0) + 1;
    return colon === 0 ? undefined : { from: colon, to: colon, insert: ` ${written}` };
  }
  if (node.kind === 'mapping' || node.kind === 'alias') return undefined;
  if (node.kind === 'sequence' && !node.flow) {
    const colon = text.indexOf(':', node.key?.end ?? 0) + 1;
    return { from: colon, to: node.end, insert: ` ${written}` };
  }
  if (text.slice(node.start, node.end) === written) return undefined;
  return { from: node.start, to: node.end, insert: written };
}

interface Insertion {
  readonly text: string;
  readonly parent: YamlNode;
  readonly member: Readonly<Record<string, unknown>>;
  readonly isRoot: boolean;
}

function insert(insertion: Insertion): TextChange | undefined {
  const { text, parent, member } = insertion;
  if (parent.kind === 'scalar') return insertBelowNull(insertion);
  if (parent.kind !== 'mapping') return undefined;
  if (parent.flow) return insertInFlow(insertion);
  const indent = column(text, parent.children[0]?.key?.start ?? parent.start ?? 0);
  return addLines({ text, after: lastEnd(parent), lines: indented(member, indent) });
}

function insertInFlow({ text, parent, member }: Insertion): TextChange {
  const at = parent.end - 1;
  const entry = inline(member).slice(1, -1).trim();
  const before = text.slice(0, at).trimEnd();
  const separator = parent.children.length === 0 ? ' ' : ', ';
  return { from: before.length, to: at, insert: `${separator}${entry} ` };
}

/** A parent without a value, or null, becomes an object; one with another value remains. */
function insertBelowNull({ text, parent, member, isRoot }: Insertion): TextChange | undefined {
  if (parent.start !== undefined && parent.value !== 'null' && parent.value !== '~') return undefined;
  if (isRoot) return addLines({ text, after: text.length, lines: indented(member, 0) });
  const from = text.indexOf(':', parent.key?.end ?? 0) + 1;
  const to = parent.start === undefined ? from : parent.end;
  const indent = column(text, parent.key?.start ?? 0) + 2;
  return { from, to, insert: `\n${indented(member, indent).trimEnd()}` };
}

function addLines({
  text,
  after,
  lines,
}: {
  readonly text: string;
  readonly after: number;
  readonly lines: string;
}): TextChange {
  const newline = text.indexOf('\n', after);
  if (newline >= 0) return { from: newline + 1, to: newline + 1, insert: lines };
  const separator = text === '' || text.endsWith('\n') ? '' : '\n';
  return { from: text.length, to: text.length, insert: `${separator}${lines}` };
}

/** Removes a field, and the parents that have no other. */
function remove(input: {
  readonly text: string;
  readonly root: YamlNode;
  readonly keys: Keys;
}): TextChange | undefined {
  const { text, root, keys } = input;
  const node = nodeAt(root, keys);
  if (node?.key === undefined) return undefined;
  const parent = nodeAt(root, keys.slice(0, -1));
  if (parent === undefined) return undefined;
  if (parent.children.length === 1 && keys.length > 1 && parent.key !== undefined)
    return remove({ ...input, keys: keys.slice(0, -1) });
  const end = Math.max(lastEnd(node), node.key.end);
  if (parent.flow) return removeFromFlow(text, { from: node.key.start, to: end });
  const from = text.lastIndexOf('\n', node.key.start) + 1;
  const newline = text.indexOf('\n', end);
  // The first field of an item shares its line with the dash.
  if (text.slice(from, node.key.start).trim() !== '') return undefined;
  return { from, to: newline < 0 ? text.length : newline + 1, insert: '' };
}

function removeFromFlow(text: string, { from, to }: { readonly from: number; readonly to: number }): TextChange {
  const after = /^\s*,\s*/.exec(text.slice(to))?.[0].length;
  if (after !== undefined) return { from, to: to + after, insert: '' };
  const before = /\s*,\s*$/.exec(text.slice(0, from))?.[0].length ?? 0;
  return { from: from - before, to, insert: '' };
}

function lastEnd(node: YamlNode): number {
  return Math.max(node.end, node.key?.end ?? 0, ...node.children.map(lastEnd));
}

function column(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1);
}

function indented(member: object, indent: number): string {
  return printYaml(member)
    .split('\n')
    .map((line) => (line === '' ? '' : `${' '.repeat(indent)}${line}`))
    .join('\n');
}

/** Writes a value on one line. */
function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  if (typeof value === 'object' && value !== null)
    return `{ ${Object.entries(value)
      .map(([key, inner]) => `${key}: ${inline(inner)}`)
      .join(', ')} }`;
  return printYaml({ value }).slice('value: '.length).trimEnd();
}
