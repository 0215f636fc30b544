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
  const stack: { readonly value: unknown; readonly path: string; readonly keys: readonly PropertyKey[] }[] = [
    { value: raw, path: root, keys: [] },
  ];
  for (let left: number = limits.values, next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { value, path, keys } = next;
    if (typeof value === 'string') found.push(...textProblems({ text: value, limit: limits.text, path, keys }));
    if (typeof value !== 'object' || value === null) continue;
    // Counted first: the entries of a list of a million values take more memory than a process of 256 MiB has.
    left -= countMembers(value, left);
    if (left < 0) return [tooLarge(root, `may have at most ${limits.values} values`)];
    const members = Object.entries(value);
    if (members.length > 0 && keys.length >= limits.depth)
      return [tooLarge(root, `may be nested at most ${limits.depth} levels deep`)];
    const inner = members.map(([name, member]) => {
      const key = Array.isArray(value) ? Number(name) : name;
      return { name, value: member, path: child(path, key), keys: [...keys, key] };
    });
    const bad = inner.map((one) => keyProblems({ text: one.name, limit: limits.key, path, keys: one.keys }));
    found.push(...bad.flat());
    stack.push(...inner.filter((_, index) => bad[index]?.length === 0).reverse());
  }
  return found;
}

interface Text extends Pick<UnsafePart, 'keys' | 'path'> {
  readonly text: string;
  readonly limit: number;
}

function keyProblems(key: Text): readonly UnsafePart[] {
  const { text, path, keys } = key;
  if (text !== '__proto__') return textProblems(key);
  return [{ code: 'config-unknown-field', keys, path: child(path, text), message: field.forbidden('unknown field') }];
}

function textProblems({ text, limit, path, keys }: Text): readonly UnsafePart[] {
  if (text.length > limit) {
    const message = field.tooLong(`${text.length} characters, may have at most ${limit}`);
    return [{ code: 'config-too-large', keys, path, message }];
  }
  const match = unsafe.exec(text);
  if (match === null) return [];
  const code = match[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  const message = field.invalid(text, `must not contain the character U+${code} (position ${match.index + 1})`);
  return [{ code: 'config-control-character', keys, path, message }];
}

function tooLarge(path: string, detail: string): UnsafePart {
  return { code: 'config-too-large', keys: [], path, message: field.tooLong(detail) };
}
