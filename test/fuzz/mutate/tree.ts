/** JSON as it is written: keys given twice, the order of members and the notation of every scalar are preserved, unlike in JSON.parse. */
export type Tree =
  | { readonly kind: 'object'; readonly members: readonly Member[] }
  | { readonly kind: 'array'; readonly items: readonly Tree[] }
  /** A string with its quotes, a number, true, false, null; after a mutation any text. */
  | { readonly kind: 'scalar'; readonly text: string };

export interface Member {
  /** With its quotes. */
  readonly key: string;
  readonly value: Tree;
}

const deepest = 500;

/** Parses RFC 8259 JSON in UTF-8; undefined for everything else and for more than 500 levels. */
export function parseTree(input: Uint8Array): Tree | undefined {
  const text = decode(input);
  if (text === undefined) return undefined;
  try {
    const parser = { text, at: 0 };
    const tree = value(parser, 0);
    blanks(parser);
    return parser.at === text.length ? tree : undefined;
  } catch (error) {
    if (error instanceof NotJson) return undefined;
    throw error;
  }
}

/** The text of a tree without blanks; lone surrogates that a mutation left raw become U+FFFD. */
export function printTree(tree: Tree): Uint8Array {
  return Buffer.from(printed(tree), 'utf8');
}

function printed(tree: Tree): string {
  if (tree.kind === 'scalar') return tree.text;
  if (tree.kind === 'array') return `[${tree.items.map(printed).join(',')}]`;
  return `{${tree.members.map(({ key, value: one }) => `${key}:${printed(one)}`).join(',')}}`;
}

/** A tree of a value as JSON.stringify writes it. */
export function treeOf(value: unknown): Tree {
  const tree = parseTree(Buffer.from(JSON.stringify(value) ?? 'null', 'utf8'));
  if (tree === undefined) throw new TypeError('the value is nested too deep');
  return tree;
}

export const scalar = (text: string): Tree => ({ kind: 'scalar', text });

/** Where a node stands: indices of members or items from the root. */
export type Place = readonly number[];

/** All nodes with their places, the root first; at most `most`. */
export function places(tree: Tree, most = 5_000): readonly { readonly place: Place; readonly node: Tree }[] {
  const found: { readonly place: Place; readonly node: Tree }[] = [{ place: [], node: tree }];
  for (let index = 0; index < found.length && found.length < most; index += 1) {
    const { place, node } = found[index] ?? { place: [], node: tree };
    childrenOf(node).forEach((child, at) => found.push({ place: [...place, at], node: child }));
  }
  return found;
}

function childrenOf(tree: Tree): readonly Tree[] {
  if (tree.kind === 'object') return tree.members.map(({ value: one }) => one);
  return tree.kind === 'array' ? tree.items : [];
}

/** A copy in which `change` made something else of the node at a place; several nodes, or none, where the node is a child. */
export function replaceAt(tree: Tree, place: Place, change: (members: readonly Member[]) => readonly Member[]): Tree {
  const [at, ...rest] = place;
  if (at === undefined) return change([{ key: '""', value: tree }])[0]?.value ?? scalar('null');
  if (tree.kind === 'scalar') return tree;
  const siblings: readonly Member[] =
    tree.kind === 'object' ? tree.members : tree.items.map((item) => ({ key: '"key"', value: item }));
  const changed = siblings.flatMap((member, index) => {
    if (index !== at) return [member];
    return rest.length === 0 ? change([member]) : [{ ...member, value: replaceAt(member.value, rest, change) }];
  });
  return tree.kind === 'object'
    ? { kind: 'object', members: changed }
    : { kind: 'array', items: changed.map(({ value: one }) => one) };
}

/** Simpler trees, those that save the most first: without a node, a child in the place of a node, shorter strings. */
export function* shrinkSteps(tree: Tree): Generator<Tree> {
  const all = places(tree, 1_000);
  for (const { place } of all) if (place.length > 0) yield replaceAt(tree, place, () => []);
  for (const { place, node } of all) {
    for (const child of childrenOf(node)) yield replaceAt(tree, place, ([member]) => renamed(member, child));
    if (node.kind !== 'scalar') continue;
    if (node.text.length > 1) yield replaceAt(tree, place, ([member]) => renamed(member, scalar('0')));
    for (const text of shorterStrings(node.text))
      yield replaceAt(tree, place, ([member]) => renamed(member, scalar(text)));
  }
}

function renamed(member: Member | undefined, value: Tree): readonly Member[] {
  return [{ key: member?.key ?? '"key"', value }];
}

function shorterStrings(text: string): readonly string[] {
  if (!text.startsWith('"') || text.length < 4) return [];
  const inner = text.slice(1, -1);
  const half = Math.floor(inner.length / 2);
  return [inner.slice(0, half), inner.slice(half), inner.slice(1), inner.slice(0, -1)].map((one) => `"${one}"`);
}

function decode(input: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(input);
  } catch {
    return undefined;
  }
}

class NotJson extends Error {}

interface Parser {
  readonly text: string;
  at: number;
}

const tokens = {
  blanks: /[ \t\n\r]*/y,
  // oxlint-disable-next-line no-control-regex -- JSON forbids them in strings
  string: /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y,
  literal: /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null/y,
} as const;

function take(parser: Parser, token: keyof typeof tokens): string {
  const pattern = tokens[token];
  pattern.lastIndex = parser.at;
  const [found] = pattern.exec(parser.text) ?? [];
  if (found === undefined) throw new NotJson();
  parser.at += found.length;
  return found;
}

function blanks(parser: Parser): void {
  take(parser, 'blanks');
}

function value(parser: Parser, depth: number): Tree {
  if (depth > deepest) throw new NotJson();
  blanks(parser);
  switch (parser.text[parser.at]) {
    case '{':
      return { kind: 'object', members: list(parser, '}', () => member(parser, depth)) };
    case '[':
      return { kind: 'array', items: list(parser, ']', () => value(parser, depth + 1)) };
    case '"':
      return scalar(take(parser, 'string'));
    default:
      return scalar(take(parser, 'literal'));
  }
}

function member(parser: Parser, depth: number): Member {
  blanks(parser);
  const key = take(parser, 'string');
  blanks(parser);
  expect(parser, ':');
  return { key, value: value(parser, depth + 1) };
}

function list<T>(parser: Parser, end: string, read: () => T): readonly T[] {
  parser.at += 1;
  blanks(parser);
  const found: T[] = [];
  if (parser.text[parser.at] === end) {
    parser.at += 1;
    return found;
  }
  for (;;) {
    found.push(read());
    blanks(parser);
    if (parser.text[parser.at] === end) break;
    expect(parser, ',');
  }
  parser.at += 1;
  return found;
}

function expect(parser: Parser, sign: string): void {
  if (parser.text[parser.at] !== sign) throw new NotJson();
  parser.at += 1;
}
