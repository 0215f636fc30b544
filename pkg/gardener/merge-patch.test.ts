import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cases } from '../../test/support/cases.ts';
import { containsJson, createMergePatch, jsonKey, sameJson } from './merge-patch.ts';
import { isRecord } from './objects.ts';

type Fields = Readonly<Record<string, unknown>>;

cases<{ readonly from: unknown; readonly to: Fields; readonly patch: Fields | undefined }>(
  'createMergePatch follows RFC 7386',
  {
    'equal objects need no patch': { from: { a: 1, b: [1] }, to: { b: [1], a: 1 }, patch: undefined },
    'a removed member becomes null': { from: { a: 1, b: 2 }, to: { a: 1 }, patch: { b: null } },
    'null and undefined mean absence': { from: { a: 1 }, to: { a: undefined, b: null }, patch: { a: null } },
    'nested members are patched individually': {
      from: { lastError: { description: 'x', codes: ['A'] }, kept: 1 },
      to: { lastError: { description: 'y' }, kept: 1 },
      patch: { lastError: { description: 'y', codes: null } },
    },
    'lists are replaced as a whole': { from: { l: [1, 2, 3] }, to: { l: [1, 3] }, patch: { l: [1, 3] } },
    'an object replaces a list': { from: { l: [1] }, to: { l: { a: 1 } }, patch: { l: { a: 1 } } },
    'an undefined original counts as an empty object': { from: undefined, to: { a: { b: 1 } }, patch: { a: { b: 1 } } },
    'a changed key named __proto__ is patched': {
      from: {},
      to: JSON.parse('{"__proto__":{"a":1}}'),
      patch: JSON.parse('{"__proto__":{"a":1}}'),
    },
    'an added empty object named __proto__ is patched': {
      from: {},
      to: JSON.parse('{"__proto__":{}}'),
      patch: JSON.parse('{"__proto__":{}}'),
    },
    'a removed key named __proto__ becomes null': {
      from: JSON.parse('{"__proto__":{"a":1}}'),
      to: {},
      patch: JSON.parse('{"__proto__":null}'),
    },
    'a removed key named constructor becomes null': {
      from: { constructor: 'x' },
      to: {},
      patch: { constructor: null },
    },
  },
  ({ from, to, patch }) => {
    const made = createMergePatch(from, to);
    assert.equal(JSON.stringify(made), JSON.stringify(patch));
    assert.deepEqual(made, patch);
  },
);

const json = fc.letrec<{ readonly value: unknown; readonly object: Fields }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(0, 1, '', 'x', true, false),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('object'),
  ),
  object: fc.dictionary(fc.constantFrom('a', 'b', 'constructor', '__proto__'), tie('value'), { maxKeys: 4 }),
}));

test('property: applying the patch yields the target', () => {
  fc.assert(
    fc.property(json.object, json.object, (from, to) => {
      const patch = createMergePatch(from, to);
      const applied = patch === undefined ? from : applyMergePatch(from, patch);
      assert.deepEqual(normal(applied), normal(to));
      assert.equal(patch === undefined, sameJson(from, to));
    }),
  );
});

test('inherited members count as absent', () => {
  const inherited = JSON.parse('{"__proto__":{}}');
  assert.equal(sameJson({}, inherited), false);
  assert.equal(sameJson({ constructor: null }, {}), true);
  assert.equal(containsJson({}, inherited), false);
  assert.equal(containsJson({}, { toString: Reflect.get(Object.prototype, 'toString') as unknown }), false);
});

test('property: jsonKey is equal exactly for equal values', () => {
  let equal = 0;
  fc.assert(
    // Two independent values are rarely equal, so that every other pair is a value and its copy.
    fc.property(json.value, json.value, fc.boolean(), (a, other, isCopy) => {
      const b = isCopy ? structuredClone(a) : other;
      assert.equal(jsonKey(a) === jsonKey(b), sameJson(a, b));
      assert.equal(jsonKey(structuredClone(a)), jsonKey(a));
      if (sameJson(a, b)) equal += 1;
    }),
  );
  assert.ok(equal > 0);
  assert.equal(jsonKey({ b: 1, a: { c: null } }), jsonKey({ a: {}, b: 1, d: undefined }));
  assert.notEqual(jsonKey('1'), jsonKey(1));
  assert.notEqual(jsonKey(['a', 'b']), jsonKey(['a,b']));
});

test('property: equal values contain each other, and additional members do not affect containment', () => {
  fc.assert(
    fc.property(json.value, json.value, (a, b) => {
      if (sameJson(a, b)) assert.ok(containsJson(a, b) && containsJson(b, a));
      assert.equal(sameJson(a, b), sameJson(b, a));
      assert.ok(containsJson(a, a));
      if (isRecord(a)) assert.ok(containsJson({ ...a, more: 1 }, a) && !containsJson(a, { ...a, more: 1 }));
    }),
  );
});

/** RFC 7386, section 2. */
function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const result = new Map(isRecord(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) result.delete(name);
    else result.set(name, applyMergePatch(result.get(name), value));
  }
  return Object.fromEntries(result);
}

/** fast-check generates some objects without a prototype. */
function normal(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
