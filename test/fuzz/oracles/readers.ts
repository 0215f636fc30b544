import { isDeepStrictEqual } from 'node:util';
import { loadAll } from 'js-yaml';
import { must } from '../engine/target.ts';
import { parseTree, type Tree } from '../mutate/tree.ts';

/**
 * The objects of a manifest as a ManagedResource holds it, one JSON document per line between lines of `---`. Each is read twice: by a YAML
 * reader, and by a strict JSON reader that refuses keys given twice. Fails where the two differ, for bytes outside of printable ASCII and
 * supplementary characters, and for a document of several lines. Equal documents give the identical, frozen object.
 */
export function readManifest(text: string): readonly unknown[] {
  return text.split('\n---\n').map((document) => {
    const seen = known.get(document);
    if (seen !== undefined) return seen;
    const object = readDocument(document);
    if (known.size >= mostKnown) known.clear();
    known.set(document, object);
    return object;
  });
}

/** Most objects are the same in all manifests. */
const known = new Map<string, object>();
const mostKnown = 2_000;

function readDocument(document: string): object {
  const unsafe = /[^\x20-\x7e\n\u{10000}-\u{10ffff}]/u.exec(document);
  must(unsafe === null, 'manifest with characters that readers disagree about', () => JSON.stringify(unsafe?.[0]));
  must(!document.replace(/\n$/, '').includes('\n'), 'document of several lines', () => document);
  const tree = parseTree(Buffer.from(document));
  must(tree?.kind === 'object', 'document that is no JSON object', () => document);
  const strict = plainValue(tree);
  const lenient = loadAll(document);
  must(isDeepStrictEqual([strict], lenient), 'YAML and JSON readers disagree', () => JSON.stringify(lenient));
  return frozen(strict as object);
}

function frozen<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) frozen(inner as object);
  return Object.freeze(value);
}

/** The value of a tree; fails for keys given twice and numbers that JavaScript cannot hold. */
function plainValue(tree: Tree): unknown {
  if (tree.kind === 'array') return tree.items.map(plainValue);
  if (tree.kind === 'scalar') {
    const value = JSON.parse(tree.text) as unknown;
    must(typeof value !== 'number' || Number.isFinite(value), 'number out of range', () => tree.text);
    return value;
  }
  const members = tree.members.map(({ key, value }) => [String(JSON.parse(key)), plainValue(value)] as const);
  must(new Set(members.map(([key]) => key)).size === members.length, 'key given twice', () => JSON.stringify(members));
  return Object.fromEntries(members);
}

/** The deepest nesting of brackets outside of strings. */
export function nesting(bytes: Uint8Array): number {
  let [depth, deepest, quoted] = [0, 0, false];
  const text = Buffer.from(bytes).toString('latin1').replaceAll(/\\./gs, '  ');
  for (const sign of text) {
    if (sign === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (sign === '{' || sign === '[') deepest = Math.max(deepest, (depth += 1));
    else if (sign === '}' || sign === ']') depth -= 1;
  }
  return deepest;
}
