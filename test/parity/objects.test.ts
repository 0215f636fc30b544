/** Each recorded case is rendered and compared with the Go extension, leaf by leaf. README.md says how to read a failure. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type Case, cnis, readCases } from './cases.ts';
import { deviationList } from './deviations.ts';
import { renderCase } from './rendering.ts';
import { readHashes } from './stored-hashes.ts';
import { verdictProblems } from './verdict.ts';

for (const cni of cnis) {
  suite(`${cni} equals the Go extension, except for deviations.yaml`, () => {
    const [cases, hashes, deviations] = [readCases(cni), readHashes(cni, 'objects'), deviationList(cni)];
    const results = new Map<string, Promise<readonly string[]>>();

    function problems(one: Case): Promise<readonly string[]> {
      const expected = hashes.get(one.name);
      const result =
        results.get(one.name) ??
        renderCase(one).then((rendering) => verdictProblems({ one, rendering, expected, deviations }));
      results.set(one.name, result);
      return result;
    }

    for (const one of cases) {
      test(one.name, async () => {
        const found = await problems(one);
        assert.ok(found.length === 0, found.join('\n'));
      });
    }

    test('each deviation occurs in a recorded case', async () => {
      for (const one of cases) await problems(one);
      assert.deepEqual(deviations.unused(), []);
    });

    test('hashes are stored for the cases that the Go extension reconciled', () => {
      const reconciled = cases.filter(({ refused }) => refused === undefined);
      assert.deepEqual(
        [...hashes.keys()],
        reconciled.map(({ name }) => name),
      );
    });
  });
}
