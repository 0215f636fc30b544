/**
 * The file format of recorded objects: a hash per leaf, for all cases of a CNI in one file. Each object is a tree of the keys in the paths of its
 * leaves; keys without a fork are joined by dots. A line ends with the hashes of its leaf, each with the cases that it holds for:
 *
 *     cases 01-default 02-overlay 03-typha-off
 *     DaemonSet kube-system/calico-node
 *      metadata.name 5f0c1d2e
 *      spec.template
 *       spec.replicas 4a44dc15 d4735e3a@02 -@03
 *     Deployment kube-system/calico-typha @01..02
 *
 * A hash without cases holds for all other cases of the object; `-` means that the leaf is absent. An object without cases is in all of them.
 */
import { createHash } from 'node:crypto';
import type { Leaves } from './canonical.ts';

/** Hash of each leaf by its path. */
export type LeafHashes = ReadonlyMap<string, string>;
/** Of one case: by the name of the object. */
export type ObjectHashes = ReadonlyMap<string, LeafHashes>;
/** By the name of the case, in the order of the file. */
export type CaseHashes = ReadonlyMap<string, ObjectHashes>;

/** The first eight hex digits of the SHA-256 of a leaf's JSON. */
export function leafHash(json: string): string {
  const hash = known.get(json) ?? createHash('sha256').update(json).digest('hex').slice(0, 8);
  known.set(json, hash);
  return hash;
}

/** Hashes by JSON: most leaves have one of few values. */
const known = new Map<string, string>();

/** Replaces the values of leaves by their hashes. */
export function hashLeaves(leaves: Leaves): LeafHashes {
  return new Map([...leaves].map(([path, json]) => [path, leafHash(json)]));
}

/** Prints the file of a CNI; `comment` is its first line. Equal input gives equal text. */
export function printHashes(cases: CaseHashes, comment: string): string {
  const list = caseList([...cases.keys()]);
  const names = [...new Set([...cases.values()].flatMap((objects) => [...objects.keys()]))].sort();
  const lines = names.flatMap((name) => {
    const holders = new Map(
      [...cases].flatMap(([one, objects]) => (objects.has(name) ? [[one, objects.get(name)] as const] : [])),
    );
    return objectLines({ name, holders: holders as ReadonlyMap<string, LeafHashes>, list });
  });
  return [`# ${comment}`, `cases ${[...cases.keys()].join(' ')}`, ...lines, ''].join('\n');
}

interface ObjectInCases {
  readonly name: string;
  /** Leaves of the object in each case that has it. */
  readonly holders: ReadonlyMap<string, LeafHashes>;
  readonly list: CaseList;
}

function objectLines({ name, holders, list }: ObjectInCases): readonly string[] {
  const places = holders.size === list.all.length ? '' : ` @${list.print([...holders.keys()])}`;
  const root: Node = { children: new Map() };
  for (const path of new Set([...holders.values()].flatMap((leaves) => [...leaves.keys()]))) {
    nodeAt(root, path).text = leafText({ path, holders, list });
  }
  return [`${name}${places}`, ...treeLines(root, ' ')];
}

interface Node {
  readonly children: Map<string, Node>;
  /** Hashes of the leaf that ends here. */
  text?: string;
}

function nodeAt(root: Node, path: string): Node {
  let node = root;
  for (const key of path.split('.')) {
    const child = node.children.get(key) ?? { children: new Map() };
    node.children.set(key, child);
    node = child;
  }
  return node;
}

function treeLines(node: Node, indent: string): readonly string[] {
  const children = [...node.children].sort(([a], [b]) => (a < b ? -1 : 1));
  return children.flatMap(([key, child]) => {
    let [keys, end] = [key, child];
    for (let only = onlyChild(end); only !== undefined; only = onlyChild(end)) {
      keys = `${keys}.${only[0]}`;
      end = only[1];
    }
    return [
      `${indent}${escaped(keys)}${end.text === undefined ? '' : ` ${end.text}`}`,
      ...treeLines(end, `${indent} `),
    ];
  });
}

/** The child of a node that is no leaf and no fork. */
function onlyChild({ children, text }: Node): readonly [key: string, child: Node] | undefined {
  const [first, second] = children;
  return text === undefined && second === undefined ? first : undefined;
}

/** The hashes of one leaf; the one of most cases comes first, without these cases. */
function leafText({ path, holders, list }: Omit<ObjectInCases, 'name'> & { readonly path: string }): string {
  const groups = new Map<string, string[]>();
  for (const [name, leaves] of holders) {
    const hash = leaves.get(path) ?? absent;
    groups.set(hash, [...(groups.get(hash) ?? []), name]);
  }
  const [usual = ['', []], ...others] = [...groups].sort(([, a], [, b]) => b.length - a.length);
  const rest = others.map(([hash, names]) => `${hash}@${list.print(names)}`);
  return usual[0] === absent ? rest.join(' ') : [usual[0], ...rest].join(' ');
}

const absent = '-';

/** Reads what printHashes printed. Throws for anything else. */
export function parseHashes(text: string): CaseHashes {
  const [first = '', ...lines] = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  if (!first.startsWith('cases ')) throw new Error(`expected the names of the cases, got ${first}`);
  const list = caseList(first.split(' ').slice(1));
  const cases = new Map(list.all.map((name) => [name, new Map<string, Map<string, string>>()]));
  let holders: readonly Map<string, string>[] = [];
  let names: readonly string[] = [];
  let keys: readonly string[] = [];
  for (const line of lines) {
    const depth = line.length - line.trimStart().length;
    if (depth === 0) {
      const [, object = '', places] = /^(.*?)(?: @(\S+))?$/.exec(line) ?? [];
      names = places === undefined ? list.all : list.parse(places);
      holders = names.map((name) => added(cases.get(name), object));
      keys = [];
      continue;
    }
    const [key = '', ...hashes] = line.trimStart().split(' ');
    keys = [...keys.slice(0, depth - 1), decodeURIComponent(key)];
    if (hashes.length > 0) setLeaf({ path: keys.join('.'), hashes, holders, names, list });
  }
  return cases;
}

function added(objects: Map<string, Map<string, string>> | undefined, name: string): Map<string, string> {
  if (objects === undefined || objects.has(name)) throw new Error(`${name} is listed twice`);
  const leaves = new Map<string, string>();
  objects.set(name, leaves);
  return leaves;
}

function setLeaf(input: {
  readonly path: string;
  readonly hashes: readonly string[];
  readonly holders: readonly Map<string, string>[];
  readonly names: readonly string[];
  readonly list: CaseList;
}): void {
  const { path, hashes, holders, names, list } = input;
  const byCase = new Map<string, string>();
  let usual = absent;
  for (const entry of hashes) {
    const [hash = '', places] = entry.split('@');
    if (places === undefined) usual = hash;
    else for (const name of list.parse(places)) byCase.set(name, hash);
  }
  for (const [index, name] of names.entries()) {
    const hash = byCase.get(name) ?? usual;
    if (hash !== absent) holders[index]?.set(path, hash);
  }
}

interface CaseList {
  readonly all: readonly string[];
  /** Some of them, in their order: `01..03,07`. */
  print(names: readonly string[]): string;
  /** The opposite of print. Throws for unknown cases. */
  parse(text: string): readonly string[];
}

/** Cases with a number are named by it. */
export function caseList(all: readonly string[]): CaseList {
  const tags = all.map((name) => /^\d+/.exec(name)?.[0] ?? name);
  if (new Set(tags).size !== all.length) throw new Error('two cases have the same number');
  const indexOf = (tag: string): number => {
    const index = tags.indexOf(tag);
    if (index < 0) throw new Error(`there is no case ${tag}`);
    return index;
  };
  return {
    all,
    print: (names) =>
      ranges(
        names.map((name) => all.indexOf(name)),
        tags,
      ),
    parse: (text) =>
      text.split(',').flatMap((range) => {
        const [from = '', to = from] = range.split('..');
        return all.slice(indexOf(from), indexOf(to) + 1);
      }),
  };
}

function ranges(indexes: readonly number[], tags: readonly string[]): string {
  const parts: [number, number][] = [];
  for (const index of indexes) {
    const last = parts.at(-1);
    if (last !== undefined && last[1] === index - 1) last[1] = index;
    else parts.push([index, index]);
  }
  return parts.map(([from, to]) => (from === to ? tags[from] : `${tags[from]}..${tags[to]}`)).join(',');
}

/** Keys have no blanks in the file. */
function escaped(keys: string): string {
  return keys.replaceAll(/[%\s]/g, encodeURIComponent);
}
