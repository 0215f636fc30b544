/**
 * Each recorded case is rendered and compared with the Go extension, leaf by leaf, and so are the earlier states from which tests of the take-over
 * start. README.md says how to read a failure.
 */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { caseProblems } from './case-problems.ts';
import { cnis, type ParityCase, readCases } from './cases.ts';
import { deviationList } from './deviations.ts';
import { describeDifferences, differences } from './differences.ts';
import { earlierObjects } from './earlier-state.ts';
import { comparedLeaves } from './objects.ts';
import { recordedLeaves } from './reference/objects.ts';
import { renderCase } from './rendering.ts';
import { readHashes } from './stored-hashes.ts';

for (const cni of cnis) {
  const [cases, hashes, deviations] = [readCases(cni), readHashes(cni, 'objects'), deviationList(cni)];
  const reconciled = cases.filter(({ refused }) => refused === undefined);

  suite(`${cni} equals the Go extension, except for deviations.yaml`, () => {
    const results = new Map<string, Promise<readonly string[]>>();

    function problems(parityCase: ParityCase): Promise<readonly string[]> {
      const expected = hashes.get(parityCase.name);
      const result =
        results.get(parityCase.name) ??
        renderCase(parityCase).then((rendering) => caseProblems({ parityCase, rendering, expected, deviations }));
      results.set(parityCase.name, result);
      return result;
    }

    for (const parityCase of cases) test(parityCase.name, async () => assertNone(await problems(parityCase)));

    test('each deviation occurs in a recorded case', async () => {
      for (const parityCase of cases) await problems(parityCase);
      assert.deepEqual(deviations.unused(), []);
    });

    test('hashes are stored for the cases that the Go extension reconciled', () => {
      assert.deepEqual(
        [...hashes.keys()],
        reconciled.map(({ name }) => name),
      );
    });
  });

  suite(`go-extension.yaml restores the objects of the Go extension for ${cni}`, () => {
    for (const parityCase of reconciled) {
      test(parityCase.name, async () => {
        const actual = comparedLeaves(await earlierObjects(parityCase));
        const found = differences(hashes.get(parityCase.name) ?? new Map(), actual);
        const recorded = found.length > 0 ? recordedLeaves(cni, parityCase.name) : undefined;
        assertNone(describeDifferences(found, { actual, recorded }));
      });
    }
  });
}

function assertNone(problems: readonly string[]): void {
  assert.ok(problems.length === 0, problems.join('\n'));
}
