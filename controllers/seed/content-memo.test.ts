import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ContentMemo, createContentMemo, type ObjectVersion } from './content-memo.ts';

function version(name: string, metadata: Partial<ObjectVersion['metadata']> = {}): ObjectVersion {
  return { kind: 'ConfigMap', metadata: { name, namespace: 'a', uid: 'u', resourceVersion: '1', ...metadata } };
}

const find = (memo: ContentMemo, name: string) => memo.find({ kind: 'ConfigMap', namespace: 'a', name });

test('remembered content counts for the same uid and resourceVersion alone', () => {
  const memo = createContentMemo();
  memo.add(version('x'), { data: { a: '1' } });
  const found = find(memo, 'x');
  assert.deepEqual(
    [version('x'), version('x', { resourceVersion: '2' }), version('x', { uid: 'v' })].map((one) => found?.isOf(one)),
    [true, false, false],
  );
  assert.deepEqual([found?.equals({ data: { a: '1' } }), found?.equals({ data: { a: '2' } })], [true, false]);
});

test('objects of another kind, namespace or name have no remembered content', () => {
  const memo = createContentMemo();
  memo.add(version('x'), 1);
  const keys = [
    { kind: 'Secret', namespace: 'a', name: 'x' },
    { kind: 'ConfigMap', namespace: 'b', name: 'x' },
    { kind: 'ConfigMap', namespace: 'a', name: 'y' },
  ];
  assert.deepEqual(
    keys.map((key) => memo.find(key)),
    [undefined, undefined, undefined],
  );
});

test('an object without uid or resourceVersion is not remembered', () => {
  const memo = createContentMemo();
  memo.add({ kind: 'ConfigMap', metadata: { name: 'x', namespace: 'a', resourceVersion: '1' } }, 1);
  memo.add({ kind: 'ConfigMap', metadata: { name: 'x', namespace: 'a', uid: 'u' } }, 1);
  assert.equal(find(memo, 'x'), undefined);
});

test('beyond its limit the memo forgets what was added longest ago', () => {
  const memo = createContentMemo(2);
  for (const name of ['x', 'y', 'x', 'z']) memo.add(version(name), 1);
  assert.deepEqual(
    ['x', 'y', 'z'].map((name) => find(memo, name) !== undefined),
    [true, false, true],
  );
});
