import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import * as z from 'zod';
import { cases } from '../../support/cases.ts';
import { createDice } from '../engine/dice.ts';
import { mutateBytes } from './bytes.ts';
import { type JsonMutatorOptions, mutateJson } from './json.ts';
import { generateFor } from './schema.ts';
import { parseTree, places, printTree, replaceAt, scalar, treeOf } from './tree.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const textOf = (input: Uint8Array): string => Buffer.from(input).toString();

cases<string>(
  {
    'keys given twice': '{"a":1,"a":2,"\\u0061":3}',
    'numbers that JavaScript cannot hold': '[1e999,-0,12345678901234567890,1.50]',
    'escapes and raw characters': '["\\ud800","\\n","é","🦄"]',
    'empty containers': '{"a":{},"b":[]}',
  },
  (text) => {
    const tree = parseTree(bytes(text));
    assert.ok(tree !== undefined);
    assert.equal(textOf(printTree(tree)), text);
  },
);

test('the tree of any JSON value prints as JSON.stringify does, and blanks are allowed', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      assert.equal(textOf(printTree(treeOf(value))), text);
      const spaced = parseTree(bytes(` ${JSON.stringify(value, undefined, 2)}\r\n`));
      assert.ok(spaced !== undefined);
      assert.equal(textOf(printTree(spaced)), text);
    }),
  );
});

test('a text has a tree exactly when JSON.parse takes it', () => {
  const damaged = fc
    .tuple(fc.json(), fc.nat(), fc.constantFrom('', '"', ',', '{', ']', '\\', '01', '\u0001', '+'))
    .map(
      ([text, at, piece]) => text.slice(0, at % (text.length + 1)) + piece + text.slice((at % (text.length + 1)) + 1),
    );
  fc.assert(
    fc.property(damaged, (text) => {
      const isJson = ((): boolean => {
        try {
          JSON.parse(text);
          return true;
        } catch {
          return false;
        }
      })();
      assert.equal(parseTree(bytes(text)) !== undefined, isJson, text);
    }),
    { numRuns: 500 },
  );
});

cases<Uint8Array>(
  {
    'bytes that are no UTF-8': Buffer.from([0x22, 0xff, 0x22]),
    'a byte order mark': bytes('\ufeff1'),
    'more than 500 levels': bytes('['.repeat(600) + ']'.repeat(600)),
    nothing: bytes(''),
    'something behind the value': bytes('1 2'),
  },
  (input) => assert.equal(parseTree(input), undefined),
);

test('each node can be replaced, removed and given twice', () => {
  const tree = treeOf({ a: [1, { b: 2 }], c: 3 });
  const at = (wanted: string) => places(tree).find(({ node }) => textOf(printTree(node)) === wanted)?.place ?? [];
  const changed = (wanted: string, change: Parameters<typeof replaceAt>[2]) =>
    textOf(printTree(replaceAt(tree, at(wanted), change)));
  assert.equal(
    changed('2', ([member]) => [{ key: member?.key ?? '', value: scalar('x') }]),
    '{"a":[1,{"b":x}],"c":3}',
  );
  assert.equal(
    changed('1', () => []),
    '{"a":[{"b":2}],"c":3}',
  );
  assert.equal(
    changed('3', (members) => [...members, ...members]),
    '{"a":[1,{"b":2}],"c":3,"c":3}',
  );
});

const options: JsonMutatorOptions = { keys: ['a', 'metadata'], maxBytes: 20_000, raw: 0.1 };
const input = bytes(JSON.stringify({ a: [1, 2, { b: 'text' }], c: { d: true }, e: 'x' }));

test('mutations depend on the seed only, differ between seeds, and respect the limit on sizes', () => {
  const mutated = (seed: number): string => {
    const dice = createDice(seed);
    return textOf(mutateJson(input, { dice, other: bytes('{"other":[null]}') }, options));
  };
  const all = Array.from({ length: 500 }, (_, seed) => mutated(seed));
  assert.deepEqual(
    all,
    all.map((_, seed) => mutated(seed)),
  );
  assert.ok(new Set(all).size > 400, `${new Set(all).size} different ones`);
  assert.ok(all.every((text) => Buffer.byteLength(text) <= 20_000));
});

/** What inputs of a target must contain sooner or later. */
cases<(text: string) => boolean>(
  {
    'a key given twice': (text) => /"(\w+)":[^{}[\]]*?,"\1":/.test(text),
    'an inherited name as a key': (text) => text.includes('"__proto__":'),
    'a number out of range': (text) => text.includes('1e999'),
    'a lone surrogate': (text) => /\\ud[89a-f][0-9a-f]{2}/i.test(text),
    'deep nesting': (text) => text.includes('['.repeat(150)),
    'an escaped key': (text) => text.includes('"\\u0061"'),
    'a wrong type': (text) => /"[ace]":(null|true|-?\d)/.test(text),
    'a long list': (text) => text.length > 2_000,
    'a part of another input': (text) => text.includes('[null]'),
    'no JSON any more': (text) => parseTree(bytes(text)) === undefined,
    'invalid UTF-8 or a byte order mark': (text) => text.includes('\ufffd') || text.startsWith('\ufeff'),
  },
  (isThere) => {
    const dice = createDice(1);
    const other = bytes('{"other":[null]}');
    const found = Array.from({ length: 3_000 }, () =>
      textOf(mutateJson(input, { dice, other }, { ...options, raw: 0.3 })),
    );
    assert.ok(found.some(isThere));
  },
);

test('bytes are flipped, cut, doubled and inserted, whatever the input', () => {
  for (const given of [new Uint8Array(), bytes('a'), bytes('some longer text')]) {
    const dice = createDice(2);
    const made = Array.from({ length: 300 }, () => mutateBytes(given, { dice, other: bytes('other') }));
    assert.ok(made.some(({ length }) => length > given.length));
    assert.ok(given.length === 0 || made.some(({ length }) => length < given.length));
  }
});

const schema = z.strictObject({
  flag: z.boolean().nullish(),
  mode: z.enum(['one', 'two']).nullish(),
  list: z.array(z.string().nullable()).nullish(),
  size: z.int().nullish(),
  sizes: z.record(z.string(), z.union([z.string(), z.number()]).nullable()).nullish(),
  group: z.strictObject({ text: z.string().nullish() }).nullish(),
});
const good = new Map<string, readonly (string | number)[]>([
  ['text', ['fine']],
  ['size', [3]],
]);

test('without hostility a generated text fits its schema, and uses every field', () => {
  const dice = createDice(4);
  const texts = Array.from({ length: 300 }, () => generateFor({ schema, dice, good, hostility: 0 }));
  for (const text of texts) assert.ok(schema.safeParse(JSON.parse(text)).success, text);
  for (const name of ['flag', 'mode', 'list', 'size', 'sizes', 'group', 'fine'])
    assert.ok(
      texts.some((text) => text.includes(name)),
      name,
    );
});

test('with hostility it is JSON that often does not fit', () => {
  const dice = createDice(4);
  const texts = Array.from({ length: 300 }, () => generateFor({ schema, dice, good, hostility: 1 }));
  const fitting = texts.filter((text) => schema.safeParse(JSON.parse(text)).success).length;
  assert.ok(fitting > 10 && fitting < 250, `${fitting} fit`);
  assert.ok(texts.some((text) => text.includes('"__proto__"')));
});

test('a schema that no generator knows is an error', () =>
  assert.throws(() => generateFor({ schema: z.date(), dice: createDice(1), good, hostility: 0 }), /type date/));
