import { parseTree, printTree, shrinkSteps, type Tree } from '../mutate/tree.ts';

export interface MinimiseInput {
  readonly input: Uint8Array;
  /** Whether a smaller input still shows the same. */
  readonly holds: (candidate: Uint8Array) => Promise<boolean>;
  /** How often `holds` may be called, and for how many milliseconds. */
  readonly budget: { readonly calls: number; readonly ms: number };
}

/**
 * The smallest input that was found to show the same as the given one, which is assumed to. JSON is reduced member by member first, then all
 * inputs by removing pieces of bytes, halves before single bytes.
 */
export async function minimise({ input, holds, budget }: MinimiseInput): Promise<Uint8Array> {
  let left = budget.calls;
  const end = performance.now() + budget.ms;
  const tried = async (candidate: Uint8Array): Promise<boolean> => {
    if (left <= 0 || performance.now() >= end) return false;
    left -= 1;
    return await holds(candidate);
  };
  const reduced = await reduceTree(input, tried);
  return await removePieces(reduced, tried);
}

type Holds = (candidate: Uint8Array) => Promise<boolean>;

async function reduceTree(input: Uint8Array, holds: Holds): Promise<Uint8Array> {
  const parsed = parseTree(input);
  if (parsed === undefined) return input;
  let best: Tree = parsed;
  let size = input.length;
  for (let progress = true; progress; ) {
    progress = false;
    for (const candidate of shrinkSteps(best)) {
      const bytes = printTree(candidate);
      if (bytes.length >= size || !(await holds(bytes))) continue;
      best = candidate;
      size = bytes.length;
      progress = true;
      break;
    }
  }
  const printed = printTree(best);
  // Printing alone drops blanks, which may be what the input is about.
  return printed.length < input.length && (await holds(printed)) ? printed : input;
}

async function removePieces(input: Uint8Array, holds: Holds): Promise<Uint8Array> {
  let best = input;
  for (let piece = Math.ceil(best.length / 2); piece >= 1; piece = piece === 1 ? 0 : Math.ceil(piece / 2)) {
    for (let at = 0; at < best.length; ) {
      const candidate = Buffer.concat([best.subarray(0, at), best.subarray(at + piece)]);
      if (await holds(candidate)) best = candidate;
      else at += piece;
    }
  }
  return best;
}
