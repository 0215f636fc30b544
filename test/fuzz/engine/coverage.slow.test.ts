import assert from 'node:assert/strict';
import path from 'node:path';
import { after, test } from 'node:test';
import { createCoverageMap, type Snapshot, startCoverage } from './coverage.ts';

const recorder = startCoverage({ root: path.join(import.meta.dirname, '../../..'), folders: ['test/fuzz/testdata'] });
after(() => recorder.stop());
const { branches, linear, quadratic } = await import('../testdata/loops.ts');

function snapshotOf(run: () => unknown): Snapshot {
  recorder.take();
  run();
  return recorder.take();
}

test('a snapshot is new exactly when a function or a branch runs for the first time', () => {
  const map = createCoverageMap();
  const runs = ['abc', 'abcd', 'b', 'c', 'long', 'longer'].map((text) => {
    const snapshot = snapshotOf(() => branches(text));
    const isNew = map.isNew(snapshot);
    map.add(snapshot);
    return isNew;
  });
  assert.deepEqual(runs, [true, false, true, false, true, false]);
  assert.ok(map.isNew(snapshotOf(() => linear(1))));
});

test('the covered size grows with what runs, and never shrinks', () => {
  const map = createCoverageMap();
  const sizes = ['a', 'b', 'long', 'a'].map((text) => {
    map.add(snapshotOf(() => branches(text)));
    return map.covered;
  });
  const [first = 0, second = 0, third = 0, fourth] = sizes;
  assert.ok(first > 0 && second > first && third > second, sizes.join());
  assert.equal(fourth, third);
});

test('work is the same for each run, and tells linear from quadratic', () => {
  const work = (run: () => unknown): number => snapshotOf(run).work;
  assert.equal(
    work(() => linear(1_000)),
    work(() => linear(1_000)),
  );
  const ratio = (run: (count: number) => unknown): number => work(() => run(4_000)) / work(() => run(1_000));
  assert.ok(ratio(linear) < 5, `${ratio(linear)}`);
  assert.ok(ratio(quadratic) > 12, `${ratio(quadratic)}`);
});
