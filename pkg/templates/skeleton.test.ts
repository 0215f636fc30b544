import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { load } from 'js-yaml';
import { cases } from '../../test/support/cases.ts';
import { canonicalJson, quote } from './quote.ts';
import { fromPlain, type RenderedObject } from './render.ts';
import { fillShape, toShape, toSkeleton } from './skeleton.ts';

const parse = (text: string): RenderedObject => fromPlain(load(text));

/** A text as a template prints it, with values in a block, a list, a flow collection, and next to a script. */
function rendered({ a, b, list, flow }: Values): string {
  return `apiVersion: v1
kind: ConfigMap
metadata:
  name: a
  labels:
    x.y/z: "true"
data:
  a: ${quote(a)}
  args: [${quote(a)}, ${list.map(quote).join(', ')}]
  list:
${list.map((one) => `    - ${quote(one)}\n`).join('')}
  script: ${quote('echo "$A"\n'.repeat(30))}
  flow: ${canonicalJson({ b, flow })}
`;
}

interface Values {
  readonly a: string;
  readonly b: string;
  readonly list: readonly string[];
  readonly flow: Readonly<Record<string, string>>;
}

test('property: an object read by its shape is the parsed object, for any values', () => {
  const text = fc.string({ unit: 'grapheme' }).filter((one) => !one.includes('\0') && one.isWellFormed());
  const flow = fc.dictionary(text, text, { maxKeys: 3 });
  const values = fc.record({ a: text, b: text, list: fc.array(text, { minLength: 1, maxLength: 3 }), flow });
  fc.assert(
    fc.property(values, text, (one, other) => {
      const first = rendered(one);
      const second = rendered({ ...one, a: other, b: other, list: one.list.map(() => other) });
      const [skeleton, next] = [toSkeleton(first), toSkeleton(second)];
      if (skeleton === undefined || next === undefined) {
        assert.match(first + second, /@@/);
        return;
      }
      assert.equal(next.text, skeleton.text);
      const shape = toShape(parse(skeleton.text), skeleton.values.length);
      assert.ok(shape);
      const filled = fillShape(shape, next.values);
      const expected = parse(second);
      assert.equal(filled.json, expected.json);
      assert.equal(JSON.stringify(filled.object), JSON.stringify(expected.object));
    }),
  );
});

test('texts with other keys, numbers, booleans or structure have other skeletons', () => {
  const skeletons = ['a: "x"', 'b: "x"', 'a: 1', 'a: true', 'a: ["x"]', '"a": "x"', 'a: "x" # y'].map(
    (text) => toSkeleton(text)?.text,
  );
  assert.equal(new Set(skeletons).size, skeletons.length);
});

suite('a text has no shape', () => {
  const head = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n';
  cases<{ readonly text: string }>(
    {
      'if a quoted value is in a comment': { text: `${head}data: {a: "b"} # "c"\n` },
      'if a quoted value is in a block scalar': { text: `${head}data:\n  a: |\n    b "c" d\n` },
      'if a quoted value is within a plain scalar': { text: `${head}data:\n  a: b "c" d\n` },
      'if a quoted value is an explicit key': { text: `${head}data: {? "a", c: d}\n` },
      'if it contains a placeholder': { text: `${head}data: {a: "b", c: "@@0@@"}\n` },
      'if a quoted value is no JSON string': { text: `${head}data: {a: "\\x41"}\n` },
    },
    ({ text }) => {
      const skeleton = toSkeleton(text);
      const shape = skeleton && toShape(parse(skeleton.text), skeleton.values.length);
      assert.equal(shape, undefined);
    },
  );
});
