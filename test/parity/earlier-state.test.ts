/** The earlier states that tests of the take-over start from are those of the Go extension. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { cnis, readCases } from './cases.ts';
import { describeDifferences, differences } from './differences.ts';
import { earlierObjects } from './earlier-state.ts';
import { comparedLeaves } from './objects.ts';
import { recordedLeaves } from './recorded-objects.ts';
import { readHashes } from './stored-hashes.ts';

for (const cni of cnis) {
  suite(`go-extension.yaml restores the recorded objects of ${cni}`, () => {
    const hashes = readHashes(cni, 'objects');
    for (const one of readCases(cni).filter(({ refused }) => refused === undefined)) {
      test(one.name, async () => {
        const actual = comparedLeaves(await earlierObjects(one));
        const found = differences(hashes.get(one.name) ?? new Map(), actual);
        const recorded = found.length > 0 ? recordedLeaves(cni, one.name) : undefined;
        assert.ok(found.length === 0, describeDifferences(found, { actual, recorded }).join('\n'));
      });
    }
  });
}
