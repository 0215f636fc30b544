import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from 'js-yaml';
import { cases } from '../../../test/support/cases.ts';
import { nodeAt, outline } from './outline.ts';
import { applyChange, editYaml, type Keys } from './yaml-edit.ts';

interface Case {
  readonly text: string;
  readonly keys: Keys;
  readonly value: unknown;
  readonly after: string | undefined;
}

cases<Case>(
  {
    'replaces a plain scalar and keeps the comment behind it': {
      text: 'a:\n  b: 1 # one\n  c: 2\n',
      keys: ['a', 'b'],
      value: 3,
      after: 'a:\n  b: 3 # one\n  c: 2\n',
    },
    'replaces a quoted scalar': { text: 'a: "x y" # z\n', keys: ['a'], value: 'v', after: 'a: v # z\n' },
    'quotes a value that would be read as another type': {
      text: 'a: x\n',
      keys: ['a'],
      value: '1.34',
      after: 'a: "1.34"\n',
    },
    'fills an omitted value': { text: 'a:\nb: 1\n', keys: ['a'], value: true, after: 'a: true\nb: 1\n' },
    'replaces a list in flow style': {
      text: 'a: [IPv4] # f\n',
      keys: ['a'],
      value: ['IPv4', 'IPv6'],
      after: 'a: [IPv4, IPv6] # f\n',
    },
    'replaces a list in block style': {
      text: 'a:\n  - IPv4\n  - IPv6\nb: 1\n',
      keys: ['a'],
      value: ['IPv6'],
      after: 'a: [IPv6]\nb: 1\n',
    },
    'adds a field behind its siblings': {
      text: 'a:\n  b:\n    c: 1\n\n# d\nd: 2\n',
      keys: ['a', 'e'],
      value: 3,
      after: 'a:\n  b:\n    c: 1\n  e: 3\n\n# d\nd: 2\n',
    },
    'adds a field with its parents': {
      text: 'spec:\n  x: 1\n',
      keys: ['spec', 'kubernetes', 'kubeProxy', 'enabled'],
      value: false,
      after: 'spec:\n  x: 1\n  kubernetes:\n    kubeProxy:\n      enabled: false\n',
    },
    'adds the first item of a list': {
      text: 'a: 1\n',
      keys: ['workers', 0, 'maximum'],
      value: 3,
      after: 'a: 1\nworkers:\n  - maximum: 3\n',
    },
    'adds a field below a parent without a value': {
      text: 'a:\nb: 1\n',
      keys: ['a', 'c'],
      value: 2,
      after: 'a:\n  c: 2\nb: 1\n',
    },
    'adds a field to an object in braces': {
      text: 'a: { b: 1 }\n',
      keys: ['a', 'c', 'd'],
      value: true,
      after: 'a: { b: 1, c: { d: true } }\n',
    },
    'adds a field to empty braces': { text: 'a: {}\n', keys: ['a', 'c'], value: 1, after: 'a: { c: 1 }\n' },
    'adds a field to a text without a line break at its end': {
      text: 'a: 1',
      keys: ['b'],
      value: 2,
      after: 'a: 1\nb: 2\n',
    },
    'adds a field behind a block scalar': {
      text: 'a:\n  b: |\n    x\n\nc: 1\n',
      keys: ['a', 'd'],
      value: 2,
      after: 'a:\n  b: |\n    x\n  d: 2\n\nc: 1\n',
    },
    'removes a field': { text: 'a: 1\nb: 2 # two\nc: 3\n', keys: ['b'], value: undefined, after: 'a: 1\nc: 3\n' },
    'removes parents without other fields': {
      text: 'a:\n  b:\n    c: 1\nd: 2\n',
      keys: ['a', 'b', 'c'],
      value: undefined,
      after: 'd: 2\n',
    },
    'removes a field in braces': {
      text: 'a: { b: 1, c: 2 }\n',
      keys: ['a', 'b'],
      value: undefined,
      after: 'a: { c: 2 }\n',
    },
    'removes the last field in braces': {
      text: 'a: { b: 1, c: 2 }\n',
      keys: ['a', 'c'],
      value: undefined,
      after: 'a: { b: 1 }\n',
    },
    'removes nothing that is absent': { text: 'a: 1\n', keys: ['b'], value: undefined, after: undefined },
    'changes nothing if the value is there': { text: 'a: true\n', keys: ['a'], value: true, after: undefined },
    'changes nothing in a text that is not YAML': { text: 'a: [\n', keys: ['a'], value: 1, after: undefined },
    'changes nothing where a scalar is in the place of an object': {
      text: 'a: x\n',
      keys: ['a', 'b'],
      value: 1,
      after: undefined,
    },
  },
  ({ text, keys, value, after }) => {
    const change = editYaml({ text, document: 0, keys, value });
    assert.equal(change && applyChange(text, change), after);
    if (change === undefined || value === undefined) return;
    const written = keys.reduce<unknown>(
      (one, key) => (one as Record<string | number, unknown>)[key],
      load(applyChange(text, change)),
    );
    assert.deepEqual(written, value);
  },
);

test('edits the document with the index', () => {
  const text = 'a: 1\n---\na: 2\n';
  const change = editYaml({ text, document: 1, keys: ['a'], value: 3 });
  assert.equal(change && applyChange(text, change), 'a: 1\n---\na: 3\n');
});

test('the outline knows the place of every key and value', () => {
  const text = 'a:\n  - b: "x"\n    c: [1, {d: e}]\n';
  const [root] = outline(text) ?? [];
  const part = (keys: Keys): string | undefined => {
    const node = nodeAt(root, keys);
    return node?.start === undefined ? undefined : text.slice(node.start, node.end);
  };
  assert.equal(part(['a', 0, 'b']), '"x"');
  assert.equal(part(['a', 0, 'c']), '[1, {d: e}]');
  assert.equal(part(['a', 0, 'c', 1]), '{d: e}');
  assert.equal(part(['a', 0, 'c', 1, 'd']), 'e');
  assert.equal(part(['a', 1]), undefined);
});
