/** A process whose watches are disturbed stays quiet: the short variant of `make bench-quiet`. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { skipWithoutRealControlPlane } from '../controlplane/index.ts';
import { allowedRate } from './invariants/rates.ts';
import { quietDisturbances } from './plans/streams.ts';
import { measureQuiet, type QuietRow } from './run/quiet.ts';
import { type Stage, startStage } from './stage/stage.ts';

const log = (line: string): void => console.error(line);
const skip = await skipWithoutRealControlPlane({ suite: 'quiet processes under disturbed watches', log });
const seconds = 20;
let stage: Stage;
let rows: readonly QuietRow[] = [];

before(async () => {
  if (skip !== false) return;
  stage = await startStage(() => undefined);
  rows = await measureQuiet({ stage, count: 20, ms: seconds * 1_000, log });
});
after(() => stage?.stop());

suite('lists and watches of Networks', { skip }, () => {
  for (const disturbance of ['none', ...quietDisturbances])
    test(disturbance, () => {
      const row = rows.find((one) => one.disturbance === disturbance);
      assert.ok(row !== undefined);
      // A list may precede each watch.
      const most = allowedRate.burst / seconds + 2 * allowedRate.perSecond;
      assert.ok(row.first <= most, `${row.first.toFixed(1)} a second, at most ${most.toFixed(1)}`);
    });
});
