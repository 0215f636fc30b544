import { outline, type YamlNode } from './outline.ts';
import type { Keys } from './yaml-edit.ts';

/** A field of a YAML text. */
export interface Field {
  readonly document: number;
  readonly keys: Keys;
  readonly node: YamlNode;
}

/** Returns the offset of a position in a text, counted from 1 as in editors. */
export function offsetAt(text: string, { line, column }: { readonly line: number; readonly column: number }): number {
  let start = 0;
  for (let number = 1; number < line; number += 1) {
    const next = text.indexOf('\n', start);
    if (next < 0) return text.length;
    start = next + 1;
  }
  const end = text.indexOf('\n', start);
  return Math.min(start + column - 1, end < 0 ? text.length : end);
}

/** Returns the field whose key, or whose item of a list, starts at an offset; undefined if there is none. */
export function fieldAt(text: string, offset: number): Field | undefined {
  for (const [document, root] of (outline(text) ?? []).entries()) {
    const found = search(root, offset, []);
    if (found !== undefined) return { document, ...found };
  }
  return undefined;
}

function search(node: YamlNode, offset: number, keys: Keys): Omit<Field, 'document'> | undefined {
  for (const [index, inner] of node.children.entries()) {
    const found = search(inner, offset, [...keys, inner.key?.text ?? index]);
    if (found !== undefined) return found;
  }
  // A finding is at the key of a field, or at its value if the finding is about the way it is written.
  const isHere =
    node.key?.start === offset || (node.start === offset && (node.kind === 'scalar' || node.key === undefined));
  return isHere && keys.length > 0 ? { keys, node } : undefined;
}
