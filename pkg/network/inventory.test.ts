import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Component, requiredInputs, selectTemplates } from './inventory.ts';

interface Values {
  readonly on: boolean;
}

const shoot = { hibernated: false };
const components: readonly Component<Values>[] = [
  { when: () => true, templates: ['always.yaml'] },
  { when: ({ on }) => on, requires: 'apiServerAddresses', templates: ['a.yaml', 'b.yaml'] },
];

test('returns the required inputs of the components that the values enable', () => {
  assert.deepEqual([...requiredInputs(components, { values: { on: true }, shoot })], ['apiServerAddresses']);
  assert.deepEqual([...requiredInputs(components, { values: { on: false }, shoot })], []);
});

test('omits templates of a component whose input is not available', () => {
  const [some, none] = [new Set(['apiServerAddresses'] as const), new Set<never>()];
  const all = ['always.yaml', 'a.yaml', 'b.yaml'];
  assert.deepEqual(selectTemplates(components, { values: { on: true }, shoot, available: some }), all);
  assert.deepEqual(selectTemplates(components, { values: { on: true }, shoot, available: none }), ['always.yaml']);
  assert.deepEqual(selectTemplates(components, { values: { on: false }, shoot, available: some }), ['always.yaml']);
});

test('requires no inputs for a hibernated shoot, and omits the objects that need them', () => {
  const hibernated = { values: { on: true }, shoot: { hibernated: true } };
  assert.deepEqual([...requiredInputs(components, hibernated)], []);
  assert.deepEqual(selectTemplates(components, { ...hibernated, available: new Set(['apiServerAddresses']) }), [
    'always.yaml',
  ]);
});
