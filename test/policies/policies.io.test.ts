/**
 * Compares the evaluator of NetworkPolicies with the engine of cyclonus. `make test` compares a sample, `make test-policies` sets FLOWS to compare
 * more.
 */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Search } from '../controlplane/cached-program.ts';
import { toComparison } from './cases.ts';
import { compare, type Difference, differences, readPolicies, toEngine } from './compare.ts';
import { engineCases, engineVerdicts, findEngine } from './engine.ts';
import { randomScenarios } from './scenarios.ts';

const flows = Number(process.env['FLOWS'] ?? 2_000);

describe('the evaluator of NetworkPolicies', () => {
  let search: Search = { reason: 'not searched' };

  before(async () => {
    search = await findEngine({ env: process.env, log: (line) => console.log(line) });
  });

  const withEngine = (title: string, run: (program: string) => Promise<void>): void => {
    test(title, async (t) => ('program' in search ? run(search.program) : t.skip(`SKIPPED: ${search.reason}`)));
  };

  withEngine(`agrees with the engine of cyclonus about ${flows} random flows`, async (program) => {
    const scenarios = randomScenarios(flows);
    const verdicts = await engineVerdicts(program, scenarios.map(toEngine));
    const comparisons = scenarios.map((one, index) => ({
      ...one,
      policies: readPolicies(one.policies),
      verdicts: verdicts[index] ?? [],
    }));
    const { decisions, byDifference, unexplained } = compare(comparisons);
    assert.ok(decisions >= 2 * flows, `${decisions} decisions`);
    assert.deepEqual(unexplained.slice(0, 3), []);
    const never = Object.keys(differences).filter((name) => byDifference[name as Difference] === 0);
    assert.deepEqual(never, [], 'a difference that does not occur is not one');
    const decided = verdicts.flat().map(({ ingress, egress }) => ingress && egress);
    const allowed = decided.filter(Boolean).length / decided.length;
    assert.ok(allowed > 0.2 && allowed < 0.8, `${allowed} of the flows are allowed`);
  });

  withEngine('agrees with the engine of cyclonus about the cases that it publishes', async (program) => {
    const cases = await engineCases(program);
    assert.ok(cases.length > 100, `${cases.length} cases`);
    const { byDifference, unexplained } = compare(cases.map(toComparison));
    assert.deepEqual(unexplained.slice(0, 3), []);
    const { itself, ...others } = byDifference;
    assert.ok(itself > 0);
    assert.deepEqual(others, { 'not-in-absent': 0, 'empty-value': 0, 'own-node': 0 });
  });
});
