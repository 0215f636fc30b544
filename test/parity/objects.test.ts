/**
 * Each recorded case is rendered and compared with the Go extension, leaf by leaf, and so are the earlier states from which tests of the take-over
 * start. README.md says how to read a failure.
 */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type Case, cnis, readCases } from './cases.ts';
import { deviationList } from './deviations.ts';
import { describeDifferences, differences } from './differences.ts';
import { earlierObjects } from './earlier-state.ts';
import { comparedLeaves } from './objects.ts';
import { recordedLeaves } from './reference/objects.ts';
import { renderCase } from './rendering.ts';
import { readHashes } from './stored-hashes.ts';
import { verdictProblems } from './verdict.ts';

for (const cni of cnis) {
  const [cases, hashes, deviations] = [readCases(cni), readHashes(cni, 'objects'), deviationList(cni)];
  const reconciled = cases.filter(({ refused }) => refused === undefined);

  suite(`${cni} equals the Go extension, except for deviations.yaml`, () => {
    const results = new Map<string, Promise<readonly string[]>>();

    function problems(one: Case): Promise<readonly string[]> {
      const expected = hashes.get(one.name);
      const result =
        results.get(one.name) ??
        renderCase(one).then((rendering) => verdictProblems({ one, rendering, expected, deviations }));
      results.set(one.name, result);
      return result;
    }

    for (const one of cases) test(one.name, async () => assertNone(await problems(one)));

    test('each deviation occurs in a recorded case', async () => {
      for (const one of cases) await problems(one);
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
    for (const one of reconciled) {
      test(one.name, async () => {
        const actual = comparedLeaves(await earlierObjects(one));
        const found = differences(hashes.get(one.name) ?? new Map(), actual);
        const recorded = found.length > 0 ? recordedLeaves(cni, one.name) : undefined;
        assertNone(describeDifferences(found, { actual, recorded }));
      });
    }
  });
}

function assertNone(problems: readonly string[]): void {
  assert.ok(problems.length === 0, problems.join('\n'));
}
