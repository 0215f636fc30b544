/**
 * Compares the recorded verdicts with Gardener's own functions, built from its Go modules, and this project with them on further random Shoots.
 * UPDATE_GOLDENS=1 records the verdicts again.
 */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { golden } from '../support/golden.ts';
import { gardenerVerdicts, ownVerdict, type ShootCase } from './judge.ts';
import { findProgram, type Search } from './program.ts';
import { printRandom, printRules, randomCount, recordings } from './recorded.ts';
import { ruleCases } from './rules.ts';
import { randomCases } from './shoots.ts';

describe("Gardener's validation", () => {
  let search: Search = { reason: 'not searched' };

  before(async () => {
    search = await findProgram({ env: process.env, log: (line) => console.log(line) });
  });

  const judge = async (cases: readonly ShootCase[]) =>
    'program' in search ? gardenerVerdicts(search.program, cases) : assert.fail(search.reason);

  const compare = (title: string, run: () => Promise<void>): void => {
    test(title, async (t) => ('program' in search ? run() : t.skip(`SKIPPED: ${search.reason}`)));
  };

  compare('returns the recorded verdicts about each rule', async () => {
    const verdicts = await judge(Object.values(ruleCases));
    const byName = Object.keys(ruleCases).map((name, index) => [name, verdicts[index] ?? []] as const);
    golden(recordings.rules, printRules(Object.fromEntries(byName)));
  });

  compare('returns the recorded verdicts about random Shoots', async () => {
    golden(recordings.random, printRandom(await judge(randomCases(randomCount))));
  });

  compare('agrees with the offline commands about 20,000 random Shoots', async () => {
    const cases = randomCases(20_000);
    const verdicts = await judge(cases);
    const different = cases.flatMap((one, index) => {
      const own = ownVerdict(one);
      return JSON.stringify(own) === JSON.stringify(verdicts[index])
        ? []
        : [{ ...one, own, gardener: verdicts[index] }];
    });
    assert.deepEqual(different.slice(0, 3), []);
  });
});
