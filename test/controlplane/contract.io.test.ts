/**
 * Runs the same behaviours against both API servers, so that the one in memory cannot diverge from the real one. The
 * real one is skipped with a clear message if it is not available.
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
    // Its two parts run sequentially, since the second one restarts a real server.
    describe(`${source} API server`, { skip, concurrency: 1 }, () => defineContract(source));
  }
});

function defineContract(source: 'embedded' | 'real'): void {
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
  describe('concurrent', { concurrency: true }, () => {
    for (const [group, behaviours] of Object.entries(groups)) {
      describe(group, { concurrency: 8 }, () => testAll(behaviours));
    }
  });
  describe('after compaction of the history', () => testAll(forgotten));
}
