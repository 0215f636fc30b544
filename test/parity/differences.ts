/** Compares rendered objects with the stored hashes of recorded ones, and describes the differences. */
import type { Leaves } from './canonical.ts';
import { type LeafHashes, leafHash, type ObjectHashes } from './leaf-hashes.ts';

/** Leaves of objects by the names of these. */
export type ObjectLeaves = ReadonlyMap<string, Leaves>;

export interface Difference {
  readonly object: string;
  /** Path of the leaf; `missing` or `extra` for the whole object. */
  readonly path: string;
  /** Hash of the recorded value; undefined where nothing was recorded. */
  readonly expected: string | undefined;
  /** JSON of the rendered value; undefined where nothing is rendered. */
  readonly actual: string | undefined;
}

/** Returns every object and leaf that is not equal on both sides. */
export function differences(expected: ObjectHashes, actual: ObjectLeaves): readonly Difference[] {
  const extra = [...actual.keys()].filter((object) => !expected.has(object));
  return [
    ...[...expected].flatMap(([object, hashes]) => {
      const leaves = actual.get(object);
      return leaves === undefined ? [whole(object, 'missing')] : leafDifferences({ object, hashes, leaves });
    }),
    ...extra.map((object) => whole(object, 'extra')),
  ];
}

function whole(object: string, path: 'missing' | 'extra'): Difference {
  return { object, path, expected: undefined, actual: undefined };
}

/** The same for the leaves of one object. */
export function leafDifferences(input: {
  readonly object: string;
  readonly hashes: LeafHashes;
  readonly leaves: Leaves;
}): readonly Difference[] {
  const { object, hashes, leaves } = input;
  return [...new Set([...hashes.keys(), ...leaves.keys()])].flatMap((path) => {
    const [expected, actual] = [hashes.get(path), leaves.get(path)];
    const isSame = expected !== undefined && actual !== undefined && leafHash(actual) === expected;
    return isSame ? [] : [{ object, path, expected, actual }];
  });
}

export interface Wording {
  /** The rendered leaves: a recorded value that also occurs here is recognized by its hash. */
  readonly actual: ObjectLeaves;
  /** The recorded leaves; undefined without the recordings. */
  readonly recorded: ObjectLeaves | undefined;
}

/** A line for each difference: object, path, and both values as far as they are known. */
export function describeDifferences(found: readonly Difference[], wording: Wording): readonly string[] {
  const known = new Map<string, string>();
  if (found.length > 0)
    for (const leaves of wording.actual.values()) for (const json of leaves.values()) known.set(leafHash(json), json);
  return found.map(({ object, path, expected, actual }) => {
    if (path === 'missing') return `${object}: recorded, but not rendered`;
    if (path === 'extra') return `${object}: rendered, but not recorded`;
    const value = wording.recorded?.get(object)?.get(path) ?? known.get(expected ?? '');
    const hint = value === undefined ? '' : `, ${shortened(value)}`;
    const wanted = expected === undefined ? 'expected no value' : `expected a value with hash ${expected}${hint}`;
    return `${object} ${path}: ${wanted}, got ${actual === undefined ? 'none' : shortened(actual)}`;
  });
}

function shortened(json: string): string {
  return json.length > 300 ? `${json.slice(0, 300)}…` : json;
}
