/**
 * One table of behaviours against both API servers, so that the one in memory cannot drift from what it stands for. The
 * real one is skipped with one loud line where it cannot be had.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { creation } from './contract/create.ts';
import { deletion } from './contract/deletion.ts';
import { kinds } from './contract/kinds.ts';
import { lists } from './contract/lists.ts';
import { updates } from './contract/update.ts';
import { forgotten, watches } from './contract/watches.ts';
import { type Behaviours, type Contract, prepareContract } from './contract/world.ts';
import { type ControlPlane, skipWithoutRealControlPlane, startControlPlane } from './index.ts';

const log = (line: string): void => console.error(line);
const skipReal = await skipWithoutRealControlPlane({ suite: 'contract of the real API server', log });
const groups = { creation, updates, deletion, kinds, lists, watches };

describe('contract', { concurrency: 2 }, () => {
  for (const source of ['embedded', 'real'] as const) {
    const skip = source === 'real' ? skipReal : false;
    // Its two parts come one after the other: the second makes a real server restart.
    describe(`${source} API server`, { skip, concurrency: 1 }, () => contractOf(source));
  }
});

function contractOf(source: 'embedded' | 'real'): void {
  let controlPlane: ControlPlane | undefined;
  let contract: Contract | undefined;
  before(async () => {
    controlPlane = await startControlPlane({ log, source, build: process.env['CONTROLPLANE_BUILD'] === '1' });
    contract = await prepareContract(controlPlane);
  });
  after(async () => {
    await contract?.close();
    await controlPlane?.stop();
  });
  const testAll = (behaviours: Behaviours): void => {
    for (const [name, behaviour] of Object.entries(behaviours)) {
      test(name, async () => {
        assert.ok(contract !== undefined);
        await contract.run(behaviour);
      });
    }
  };
  describe('side by side', { concurrency: true }, () => {
    for (const [group, behaviours] of Object.entries(groups)) {
      describe(group, { concurrency: 8 }, () => testAll(behaviours));
    }
  });
  describe('after history is forgotten', () => testAll(forgotten));
}
