import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { child } from '../network/field.ts';
import { readDocuments } from './documents.ts';
import { createLocator } from './positions.ts';
import { printYaml } from './print.ts';

const key = fc.oneof(
  fc.stringMatching(/^[a-zA-Z_-]{1,5}$/),
  fc.constantFrom('a b', 'a.b', '"', "'", '', 'é', '[0]', 'on', '0777'),
);
const tree = fc.letrec<{ readonly node: unknown }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(1, 'x', true),
    fc.array(tie('node'), { minLength: 1, maxLength: 3 }),
    fc.dictionary(key, tie('node'), { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
  ),
})).node;

test('property: the position of a field is that of its key, and of a list item that of the item, in YAML and JSON', () => {
  fc.assert(
    fc.property(tree, fc.boolean(), fc.boolean(), (spec, json, inList) => {
      const object = { apiVersion: 'v1', kind: 'A', metadata: { name: 'a' }, spec };
      const document = inList ? { apiVersion: 'v1', kind: 'List', items: [{ ...object, spec: 1 }, object] } : object;
      const source = json ? JSON.stringify(document, undefined, 2) : printYaml(document);
      const lines = source.split('\n');
      const found = readDocuments('in', Buffer.from(source)).at(-1);
      for (const { path, last } of listPaths(spec, 'spec')) {
        const { line = 0, column = 0 } = found?.position(path) ?? {};
        const here = (lines[line - 1] ?? '').slice(column - 1);
        if (typeof last === 'string') assert.ok(startsWithKey(here, last), `${path} at ${line}:${column}: ${here}`);
        else assert.match((lines[line - 1] ?? '').slice(0, column - 1), /^\s*(- )*$/, `${path} at ${line}:${column}`);
      }
    }),
  );
});

test('a path without a position has that of its closest ancestor', () => {
  const [document] = readDocuments(
    'in',
    Buffer.from('apiVersion: v1\nkind: A\nmetadata: {name: a}\nspec:\n  a: &x {b: 1}\n  c: *x\n  d:\n  - e\n  -\n'),
  );
  assert.deepEqual(document?.position('spec.a.b'), { line: 5, column: 10 });
  assert.deepEqual(document?.position('spec.a.z.y[3]'), { line: 5, column: 3 });
  assert.deepEqual(document?.position('spec.c.b'), { line: 6, column: 3 });
  assert.deepEqual(document?.position('spec.d[0]'), { line: 8, column: 5 });
  assert.deepEqual(document?.position('spec.d[1]'), { line: 7, column: 3 });
  assert.deepEqual(document?.position('status'), { line: 1, column: 1 });
});

test('lines and columns count from 1, and a line break belongs to the line that it ends', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('\n', 'a', 'bc', '\r\n'), { maxLength: 20 }), fc.nat(), (parts, nat) => {
      const source = parts.join('');
      const offset = nat % (source.length + 1);
      const before = source.slice(0, offset).split('\n');
      assert.deepEqual(createLocator(source)(offset), {
        line: before.length,
        column: (before.at(-1) ?? '').length + 1,
      });
    }),
  );
});

function startsWithKey(text: string, name: string): boolean {
  return [printYaml({ [name]: 1 }).slice(0, -4), JSON.stringify(name)].some(
    (one) => text.startsWith(`${one}:`) || text === `${one}:`,
  );
}

function listPaths(value: unknown, path: string): readonly { readonly path: string; readonly last: string | number }[] {
  if (typeof value !== 'object' || value === null) return [];
  const members = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return members.flatMap(([last, inner]) => [
    { path: child(path, last), last },
    ...listPaths(inner, child(path, last)),
  ]);
}
