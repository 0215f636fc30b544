import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from '../../test/support/cases.ts';
import { helpers } from './helpers.ts';

const all = helpers({ 'calico/scripts/a.sh': 'echo "a"\n' });

function call(name: string, value: unknown): unknown {
  const helper = all[name];
  assert.ok(helper !== undefined, `helper ${name} does not exist`);
  const options = { fn: (context: unknown) => `then ${String(context)};`, inverse: () => 'else' };
  return Reflect.apply(helper, 'this', [value, options]);
}

cases(
  {
    'q quotes a string': ['q', 'a "b"\u0085', '"a \\"b\\"\\u0085"'],
    'q quotes the empty string': ['q', '', '""'],
    'int prints a whole number': ['int', -26, '-26'],
    'int prints the largest number that is exact': ['int', Number.MAX_SAFE_INTEGER, '9007199254740991'],
    'bool prints true': ['bool', true, 'true'],
    'bool prints false': ['bool', false, 'false'],
    'json prints an object': ['json', { b: 1, a: 'é' }, '{"a":"\\u00e9","b":1}'],
    'json prints a list': ['json', [], '[]'],
    'script prints a file as one string': ['script', 'calico/scripts/a.sh', '"echo \\"a\\"\\n"'],
    'if renders its block': ['if', true, 'then this;'],
    'if renders the other block': ['if', false, 'else'],
    'unless with false renders its block': ['unless', false, 'then this;'],
    'unless with true renders nothing': ['unless', true, 'else'],
    'each renders its block per item': ['each', ['x', 'y'], 'then x;then y;'],
    'each renders nothing for an empty list': ['each', [], ''],
  } satisfies Record<string, readonly [string, unknown, string]>,
  ([name, value, expected]) => assert.equal(call(name, value), expected),
);

const wrong: Readonly<Record<string, readonly [values: readonly unknown[], what: string]>> = {
  q: [[undefined, null, 1, true, ['a'], {}], 'string'],
  int: [['1', 1.5, Number.NaN, 2 ** 53, 1n, true, undefined], 'whole number'],
  bool: [['true', 1, 0, null, undefined], 'boolean'],
  json: [['{}', 1, null, undefined], 'plain object or list'],
  if: [['', 'x', 0, 1, [], null, undefined], 'boolean'],
  unless: [['', 'x', 0, 1, [], null, undefined], 'boolean'],
  each: [['ab', { length: 1 }, null, undefined], 'list'],
};

for (const [name, [values, what]] of Object.entries(wrong)) {
  for (const value of values) {
    const given = value === null ? 'null' : typeof value;
    test(`${name} rejects ${Array.isArray(value) ? 'a list' : `${given} ${String(value)}`}`, () =>
      assert.throws(() => call(name, value), new TypeError(`a template expects a ${what}, got ${given}`)));
  }
}

test('script rejects a missing file', () =>
  assert.throws(
    () => call('script', 'calico/scripts/b.sh'),
    new TypeError('a template expects a script calico/scripts/b.sh, got undefined'),
  ));

test('script rejects inherited properties', () =>
  assert.throws(
    () => call('script', 'constructor'),
    new TypeError('a template expects a script constructor, got function'),
  ));
