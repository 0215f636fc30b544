/** Compares the rendering of a case with the recorded outcome. */
import { describeObject } from '../../pkg/gardener/objects.ts';
import type { RunResult } from '../support/command-line.ts';
import type { ParityCase } from './cases.ts';
import type { DeviationList } from './deviations.ts';
import { type Difference, describeDifferences, differences } from './differences.ts';
import type { ObjectHashes } from './leaf-hashes.ts';
import { comparedLeaves } from './objects.ts';
import { recordedLeaves } from './reference/objects.ts';
import { type Rendering, refusalProblems } from './rendering.ts';

export interface CaseInput {
  readonly parityCase: ParityCase;
  readonly rendering: Rendering;
  /** What the Go extension had; undefined for a refused case. */
  readonly expected: ObjectHashes | undefined;
  readonly deviations: DeviationList;
}

/** A line for each difference from the Go extension that deviations.yaml does not allow. */
export function caseProblems(input: CaseInput): readonly string[] {
  const { parityCase, rendering, expected } = input;
  if (parityCase.refused !== undefined) return acceptanceProblems(input);
  if ('refused' in rendering) return refusedProblems(input, rendering.refused);
  const actual = comparedLeaves(rendering.objects);
  const found = withoutDeviations(input, differences(expected ?? new Map(), actual));
  return describeDifferences(found, {
    actual,
    recorded: found.length > 0 ? recordedLeaves(parityCase.cni, parityCase.name) : undefined,
  });
}

/** A case that the Go extension accepts may be refused only with an entry about the Network, whose path is `refused`. */
function refusedProblems({ parityCase, deviations }: CaseInput, refused: RunResult): readonly string[] {
  const difference = {
    object: describeObject(parityCase.network),
    path: 'refused',
    expected: undefined,
    actual: undefined,
  };
  const allowed = deviations.forDifference({ cni: parityCase.cni, case: parityCase.name }, difference);
  return allowed === undefined
    ? [`refused, but the Go extension accepts it: ${refused.stderr}`]
    : refusalProblems(refused, []);
}

/** The differences that deviations.yaml does not allow. */
export function withoutDeviations(
  { parityCase, deviations }: Pick<CaseInput, 'parityCase' | 'deviations'>,
  found: readonly Difference[],
): readonly Difference[] {
  const place = { cni: parityCase.cni, case: parityCase.name };
  return found.filter((difference) => deviations.forDifference(place, difference) === undefined);
}

/** A case that the Go extension refused must be refused for the same fields. Where it crashed, a clear refusal and a rendering are both fine. */
function acceptanceProblems({ parityCase, rendering, deviations }: CaseInput): readonly string[] {
  const { refused } = parityCase;
  if ('refused' in rendering) return refusalProblems(rendering.refused, refused === 'crash' ? [] : (refused ?? []));
  if (refused === 'crash') return [];
  const allowed = deviations.forRefusal({ cni: parityCase.cni, case: parityCase.name });
  return allowed === undefined ? ['accepted, but the Go extension refuses it'] : [];
}
