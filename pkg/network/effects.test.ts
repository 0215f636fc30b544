import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plugins } from '../plugins/index.ts';
import { type EffectRules, effectRules, impacts, propertyChanges, worse } from './effects.ts';

const registries: readonly EffectRules[] = [effectRules, ...plugins.map(({ effects }) => effects?.rules ?? {})];

test('every rule is a clause with reason and steps in full sentences, and a page', () => {
  const codes = registries.flatMap((rules) => Object.entries(rules));
  assert.ok(codes.length > 50, `${codes.length} rules`);
  for (const [code, { title, reason, before, after, order, back, page }] of codes) {
    assert.match(code, /^([a-z0-9]+-)?effect(-[a-z0-9]+)+$/);
    assert.match(title, /^\S.{10,130}[^.]$/, code);
    for (const text of [reason, before, after, order, back])
      if (text !== undefined) assert.match(text, /^([A-Z]|calico-node |kube-proxy |eBPF ).{10,}\.$/, code);
    assert.match(page, /^docs\/usage\/[A-Za-z0-9-]+\.md#[a-z0-9-]+$/, code);
  }
});

test('codes of different CNIs differ', () => {
  const codes = registries.flatMap(Object.keys);
  assert.equal(new Set(codes).size, codes.length);
});

test('worse returns the more severe impact in either order', () => {
  for (const [index, one] of impacts.entries())
    for (const [place, other] of impacts.entries()) assert.equal(worse(one, other), impacts[Math.max(index, place)]);
});

test('a property that exists on one side only is a change', () => {
  const before = [
    { about: 'a', value: '1' },
    { about: 'b', value: '2' },
  ];
  assert.deepEqual(
    propertyChanges(before, [
      { about: 'b', value: '2' },
      { about: 'c', value: '3' },
    ]),
    [
      { about: 'a', before: '1' },
      { about: 'c', after: '3' },
    ],
  );
});
