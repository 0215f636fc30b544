import { child, field } from './field.ts';
import { countMembers } from './size.ts';

/** Much larger than any real configuration; the longest real strings are interface lists of some hundred characters. */
const limits = { depth: 16, values: 2_000, key: 256, text: 4_096 } as const;

/** A part of the configuration to remove before validation with a schema, and the reason; `keys` is its path, empty for the whole. */
interface UnsafePart {
  readonly code: 'config-too-large' | 'config-control-character' | 'config-unknown-field';
  readonly keys: readonly PropertyKey[];
  /** Path for the message: of the value, or of the object that contains the key. */
  readonly path: string;
  readonly message: string;
}

/** Line breaks and control characters for either YAML parser, byte order mark, lone surrogates (docs/design/rendering.md#text-that-go-and-javascript-read-differently). */
const unsafe =
  // oxlint-disable-next-line no-control-regex -- matches control characters on purpose
  /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/**
 * Finds the parts to remove before validation with a schema: too many or too deeply nested values (then as the only finding), long strings,
 * characters that cannot be rendered safely in YAML, and keys named `__proto__`, which zod's records ignore silently. Not recursive, so that
 * hostile nesting cannot exhaust the stack.
 */
export function findUnsafeText(raw: unknown, root: string): readonly UnsafePart[] {
  const found: UnsafePart[] = [];
  const stack: Node[] = [{ value: raw, parent: undefined, key: '', depth: 0 }];
  for (let left: number = limits.values, next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { value, depth } = next;
    if (typeof value === 'string' && !isSafe(value, limits.text))
      found.push(textProblem({ text: value, limit: limits.text, node: next, place: next, root }));
    if (typeof value !== 'object' || value === null) continue;
    // Counted first: the entries of a list of a million values take more memory than a process of 256 MiB has.
    left -= countMembers(value, left);
    if (left < 0) return [tooLarge(root, `may have at most ${limits.values} values`)];
    const inner = membersOf(next, value);
    if (inner.length > 0 && depth >= limits.depth)
      return [tooLarge(root, `may be nested at most ${limits.depth} levels deep`)];
    found.push(...inner.flatMap((node) => keyProblems(node, root)));
    stack.push(...inner.filter(({ key }) => isSafeKey(key)).reverse());
  }
  return found;
}

/** A value and its place: paths are composed for findings only, of which most configurations have none. */
interface Node {
  readonly value: unknown;
  readonly parent: Node | undefined;
  readonly key: string | number;
  readonly depth: number;
}

function membersOf(parent: Node, value: object): readonly Node[] {
  const depth = parent.depth + 1;
  return Array.isArray(value)
    ? value.map((member: unknown, key) => ({ value: member, parent, key, depth }))
    : Object.entries(value).map(([key, member]: [string, unknown]) => ({ value: member, parent, key, depth }));
}

function keysOf({ parent, key }: Node): readonly (string | number)[] {
  return parent === undefined ? [] : [...keysOf(parent), key];
}

function pathOf(node: Node, root: string): string {
  return keysOf(node).reduce(child, root);
}

function isSafe(text: string, limit: number): boolean {
  return text.length <= limit && !unsafe.test(text);
}

function isSafeKey(key: string | number): boolean {
  return typeof key === 'number' || (key !== '__proto__' && isSafe(key, limits.key));
}

function keyProblems(node: Node, root: string): readonly UnsafePart[] {
  const { key, parent } = node;
  if (isSafeKey(key) || typeof key === 'number') return [];
  if (key !== '__proto__') return [textProblem({ text: key, limit: limits.key, node, place: parent ?? node, root })];
  const message = field.forbidden('unknown field');
  return [{ code: 'config-unknown-field', keys: keysOf(node), path: pathOf(node, root), message }];
}

/** Returns the finding for an unsafe text; `place` is the value to name in it, and `node` the one to remove. */
function textProblem({
  text,
  limit,
  node,
  place,
  root,
}: {
  readonly text: string;
  readonly limit: number;
  readonly node: Node;
  readonly place: Node;
  readonly root: string;
}): UnsafePart {
  const [keys, path] = [keysOf(node), pathOf(place, root)];
  if (text.length > limit) {
    const message = field.tooLong(`${text.length} characters, may have at most ${limit}`);
    return { code: 'config-too-large', keys, path, message };
  }
  const match = unsafe.exec(text);
  if (match === null) throw new Error('the text is safe');
  const code = match[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  const message = field.invalid(text, `must not contain the character U+${code} (position ${match.index + 1})`);
  return { code: 'config-control-character', keys, path, message };
}

function tooLarge(path: string, detail: string): UnsafePart {
  return { code: 'config-too-large', keys: [], path, message: field.tooLong(detail) };
}
