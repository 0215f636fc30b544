import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownVerdict } from './judge.ts';
import { randomCount, readRandom, readRules } from './recorded.ts';
import { ruleCases } from './rules.ts';
import { randomCases } from './shoots.ts';

const recorded = readRules();

for (const [name, shootCase] of Object.entries(ruleCases))
  test(`offline commands judge as ${name}`, () => assert.deepEqual(ownVerdict(shootCase), recorded[name]));

test('each recorded verdict belongs to a case', () => {
  assert.deepEqual(Object.keys(recorded), Object.keys(ruleCases));
});

test("offline commands and Gardener's validation agree about random Shoots", () => {
  const verdicts = readRandom();
  assert.equal(verdicts.length, randomCount);
  assert.ok(verdicts.filter((one) => one.length === 0).length > randomCount / 5, 'too few valid Shoots');
  const own = randomCases(randomCount).map(ownVerdict);
  const different = own.flatMap((one, index) =>
    JSON.stringify(one) === JSON.stringify(verdicts[index]) ? [] : [{ index, own: one, gardener: verdicts[index] }],
  );
  assert.deepEqual(different.slice(0, 3), []);
});
