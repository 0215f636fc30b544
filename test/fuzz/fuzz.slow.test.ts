/** A short campaign over each target that does not depend on time or coverage, so that it finds the same on every machine. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { createDice } from './engine/dice.ts';
import { readOpenFindings } from './engine/open-findings.ts';
import { fuzzRoot, nameOf, readInputs } from './engine/store.ts';
import { execute } from './engine/target.ts';
import { targets } from './targets/index.ts';

const seeds = [1, 2, 3] as const;
const mutations = 150;
const generated = 40;
const open = readOpenFindings();
const known = new Set(open.map(({ identity }) => identity));

for (const target of targets) {
  const corpus = readInputs(path.join(fuzzRoot, 'corpus', target.name));

  async function assertHolds(input: Uint8Array): Promise<void> {
    const failure = await execute(target, input);
    if (failure === undefined || known.has(failure.identity)) return;
    assert.fail(`${failure.message}\n${Buffer.from(input).toString('latin1').slice(0, 4_000)}`);
  }

  test(`${target.name}: the rules hold for each input of the corpus`, async () => {
    assert.ok(corpus.length >= 20, `${corpus.length} inputs`);
    for (const input of corpus) await assertHolds(input);
  });

  for (const seed of seeds) {
    test(`${target.name}: the rules hold for inputs that seed ${seed} makes`, async () => {
      const dice = createDice(seed);
      const inputs: Uint8Array[] = [...corpus];
      for (let count = 0; count < generated; count += 1) {
        const input = target.generate(dice);
        inputs.push(input);
        await assertHolds(input);
      }
      for (let count = 0; count < mutations; count += 1)
        await assertHolds(target.mutate(dice.pick(inputs), { dice, other: dice.pick(inputs) }));
    });
  }

  test(`${target.name}: inputs and mutations depend on nothing but the seed`, () => {
    const made = (): readonly string[] => {
      const dice = createDice(7);
      const inputs = Array.from({ length: 20 }, () => target.generate(dice));
      const changed = inputs.map((input) => target.mutate(input, { dice, other: dice.pick(inputs) }));
      return [...inputs, ...changed].map(nameOf);
    };
    assert.deepEqual(made(), made());
    assert.ok(new Set(made()).size > 20);
  });
}

for (const { file, target: name, identity, input } of open)
  test(`${file} still fails`, async () => {
    const target = targets.find((one) => one.name === name);
    assert.ok(target !== undefined);
    const failure = await execute(target, input);
    assert.equal(
      failure?.identity,
      identity,
      `where it passes, the cause is mended: make it an input of the corpus (README.md)`,
    );
  });
