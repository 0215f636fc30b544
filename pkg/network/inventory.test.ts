import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Component, needsOf, templatesOf } from './inventory.ts';

interface Values {
  readonly on: boolean;
}

const shoot = { hibernated: false };
const components: readonly Component<Values>[] = [
  { when: () => true, templates: ['always.yaml'] },
  { when: ({ on }) => on, needs: 'apiServerAddresses', templates: ['a.yaml', 'b.yaml'] },
];

test('needs are those of the components that the values ask for', () => {
  assert.deepEqual([...needsOf(components, { values: { on: true }, shoot })], ['apiServerAddresses']);
  assert.deepEqual([...needsOf(components, { values: { on: false }, shoot })], []);
});

test('templates of a component whose need was not read are left out', () => {
  const [some, none] = [new Set(['apiServerAddresses'] as const), new Set<never>()];
  const all = ['always.yaml', 'a.yaml', 'b.yaml'];
  assert.deepEqual(templatesOf(components, { values: { on: true }, shoot, read: some }), all);
  assert.deepEqual(templatesOf(components, { values: { on: true }, shoot, read: none }), ['always.yaml']);
  assert.deepEqual(templatesOf(components, { values: { on: false }, shoot, read: some }), ['always.yaml']);
});

test('a hibernated shoot needs nothing, and has no objects that do', () => {
  const hibernated = { values: { on: true }, shoot: { hibernated: true } };
  assert.deepEqual([...needsOf(components, hibernated)], []);
  assert.deepEqual(templatesOf(components, { ...hibernated, read: new Set(['apiServerAddresses']) }), ['always.yaml']);
});
