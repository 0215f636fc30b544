import { isRecord } from '../gardener/objects.ts';
import type { PatchOperation } from './review.ts';

/**
 * Returns the JSON patch (RFC 6902) that turns `before` into `after`, both as returned by JSON.parse; empty if they are equal. Lists of
 * equal length are compared element by element, others are replaced as a whole, so that the time is proportional to the size of the input.
 * Libraries compute the shortest edit of lists, which takes minutes for a thousand arguments and would let a shoot block the webhook.
 */
export function createPatch(before: unknown, after: unknown): readonly PatchOperation[] {
  return difference({ before, after, path: '' });
}

interface Pair {
  readonly before: unknown;
  readonly after: unknown;
  readonly path: string;
}

function difference({ before, after, path }: Pair): readonly PatchOperation[] {
  if (before === after) return [];
  if (isRecord(before) && isRecord(after)) return objectDifference(before, after, path);
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length)
    return listDifference(before, after, path);
  return [{ op: 'replace', path, value: after }];
}

type Plain = Readonly<Record<string, unknown>>;

/** Compares own members only: `__proto__` and `constructor` are valid keys of a ConfigMap. */
function objectDifference(before: Plain, after: Plain, path: string): readonly PatchOperation[] {
  const at = (key: string): string => `${path}/${escaped(key)}`;
  const removed = Object.keys(before).filter((key) => !Object.hasOwn(after, key));
  return [
    ...removed.map((key) => ({ op: 'remove' as const, path: at(key) })),
    ...Object.keys(after).flatMap((key): readonly PatchOperation[] =>
      Object.hasOwn(before, key)
        ? difference({ before: before[key], after: after[key], path: at(key) })
        : [{ op: 'add', path: at(key), value: after[key] }],
    ),
  ];
}

function listDifference(
  before: readonly unknown[],
  after: readonly unknown[],
  path: string,
): readonly PatchOperation[] {
  return before.flatMap((one, index) => difference({ before: one, after: after[index], path: `${path}/${index}` }));
}

/** RFC 6901. */
function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
