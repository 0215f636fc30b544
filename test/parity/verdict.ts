/** Judges what this project makes of a recorded case. */
import type { Case } from './cases.ts';
import type { DeviationList } from './deviations.ts';
import { type Difference, describeDifferences, differences } from './differences.ts';
import type { ObjectHashes } from './leaf-hashes.ts';
import { comparedLeaves } from './objects.ts';
import { recordedLeaves } from './reference/objects.ts';
import { type Rendering, refusalProblems } from './rendering.ts';

export interface VerdictInput {
  readonly one: Case;
  readonly rendering: Rendering;
  /** What the Go extension had; undefined for a refused case. */
  readonly expected: ObjectHashes | undefined;
  readonly deviations: DeviationList;
}

/** A line for each difference from the Go extension that deviations.yaml does not allow. */
export function verdictProblems(input: VerdictInput): readonly string[] {
  const { one, rendering, expected } = input;
  if (one.refused !== undefined) return acceptanceProblems(input);
  if ('refused' in rendering) return [`refused, unlike by the Go extension: ${rendering.refused.stderr}`];
  const actual = comparedLeaves(rendering.objects);
  const found = meantAside(input, differences(expected ?? new Map(), actual));
  return describeDifferences(found, {
    actual,
    recorded: found.length > 0 ? recordedLeaves(one.cni, one.name) : undefined,
  });
}

/** What deviations.yaml does not allow. */
export function meantAside(
  { one, deviations }: Pick<VerdictInput, 'one' | 'deviations'>,
  found: readonly Difference[],
): readonly Difference[] {
  const place = { cni: one.cni, case: one.name };
  return found.filter((difference) => deviations.forDifference(place, difference) === undefined);
}

/** A case that the Go extension refused is refused with the same fields; where it crashed, any clear refusal will do, or none. */
function acceptanceProblems({ one, rendering, deviations }: VerdictInput): readonly string[] {
  const { refused } = one;
  if ('refused' in rendering) return refusalProblems(rendering.refused, refused === 'crash' ? [] : (refused ?? []));
  if (refused === 'crash') return [];
  const allowed = deviations.forRefusal({ cni: one.cni, case: one.name });
  return allowed === undefined ? ['accepted, unlike by the Go extension'] : [];
}
