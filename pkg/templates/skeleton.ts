/**
 * Reads a rendered text without parsing all of it again. Two texts of a template that differ only within double-quoted values have the same
 * skeleton, and thus the same structure: YAML reads each such value by itself, from its opening to its closing quote.
 */
import { quote } from './quote.ts';
import type { RenderedObject } from './render.ts';

/** A text with placeholders for its double-quoted values. */
export interface Skeleton {
  readonly text: string;
  /** The values as canonical JSON strings, in the order of their placeholders. */
  readonly values: readonly string[];
}

/** The canonical text of an object, split at the placeholders. Its values are inserted by `fillShape`. */
export interface Shape {
  readonly canonical: Pieces;
  /** With keys in the order of the template. */
  readonly ordered: Pieces;
}

interface Pieces {
  readonly texts: readonly string[];
  /** The number of the value after each text but the last. */
  readonly values: readonly number[];
}

/**
 * Splits a rendered text into its skeleton and its values. Keys and long values, such as scripts, remain in the skeleton. Returns undefined for a
 * text that contains a placeholder, or a quoted value that is not also a JSON string.
 */
export function toSkeleton(rendered: string): Skeleton | undefined {
  if (rendered.includes(mark)) return undefined;
  const values: string[] = [];
  let isJson = true;
  const text = rendered.replace(quoted, (match: string, value: string, colon: string) => {
    if (colon !== '' || value.length > longestValue) return match;
    const canonical = canonicalString(value);
    if (canonical === undefined) isJson = false;
    else values.push(canonical);
    return placeholder(values.length - 1) + match.slice(value.length);
  });
  return isJson ? { text, values } : undefined;
}

/** Returns the shape of a rendered skeleton; undefined if a placeholder is not a whole value of the object, as within a comment or a block scalar. */
export function toShape({ json, object }: RenderedObject, count: number): Shape | undefined {
  const canonical = split(json, count);
  const ordered = split(JSON.stringify(object), count);
  return canonical && ordered && { canonical, ordered };
}

/** Returns the object of a shape with other values. */
export function fillShape({ canonical, ordered }: Shape, values: readonly string[]): RenderedObject {
  const text = fill(ordered, values);
  return {
    json: fill(canonical, values),
    get object() {
      return JSON.parse(text) as RenderedObject['object'];
    },
  };
}

const mark = '@@';
const quoted = /("(?:[^"\\\n]|\\.)*")(\s*:|)/g;
const placeholders = /"@@(\d+)@@"(:?)/g;
const longestValue = 200;

function placeholder(index: number): string {
  return `"${mark}${index}${mark}"`;
}

/** Printable ASCII without a backslash is canonical as it is. */
function canonicalString(value: string): string | undefined {
  if (/^[\x20-\x5b\x5d-\x7e]*$/.test(value)) return value;
  try {
    return quote(JSON.parse(value) as string);
  } catch {
    return undefined;
  }
}

function split(json: string, count: number): Pieces | undefined {
  const texts: string[] = [];
  const values: number[] = [];
  let from = 0;
  for (const match of json.matchAll(placeholders)) {
    if (match[2] !== '') return undefined;
    texts.push(json.slice(from, match.index));
    values.push(Number(match[1]));
    from = match.index + match[0].length;
  }
  texts.push(json.slice(from));
  return values.length === count && new Set(values).size === count ? { texts, values } : undefined;
}

function fill({ texts, values }: Pieces, given: readonly string[]): string {
  return texts.map((text, index) => text + (given[values[index] ?? -1] ?? '')).join('');
}
