import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cases } from '../../test/support/cases.ts';
import { countMembers, hasMoreValues } from './size.ts';

cases<readonly [value: unknown, values: number]>(
  {
    'counts no values in a string': ['abc', 0],
    null: [null, 0],
    'counts no values in an empty object': [{}, 0],
    'counts members and entries at any depth': [{ a: [1, 2, { b: null }], c: 'x' }, 6],
    'counts a member __proto__ of parsed JSON': [JSON.parse('{"__proto__":{"a":1}}'), 2],
  },
  ([value, values]) => {
    assert.equal(hasMoreValues(value, values), false);
    if (values > 0) assert.equal(hasMoreValues(value, values - 1), true);
  },
);

test('property: counts all values of parsed JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      let values = -1;
      JSON.parse(JSON.stringify(value), (_, inner: unknown) => {
        values += 1;
        return inner;
      });
      assert.equal(hasMoreValues(value, values), false);
      if (values > 0) assert.equal(hasMoreValues(value, values - 1), true);
    }),
  );
});

test('reads no entry of a list that exceeds the limit', () => {
  const list = new Proxy(
    Array.from({ length: 1_000_000 }, () => 0),
    {
      get(target, key) {
        if (key !== 'length') throw new Error(`read ${String(key)}`);
        return target.length;
      },
    },
  );
  assert.equal(hasMoreValues(list, 2_000), true);
  assert.equal(hasMoreValues({ list }, 2_000), true);
});

test('stops counting members of an object after the limit', () => {
  const members = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`k${index}`, index]));
  assert.equal(countMembers(members, 10), 11);
  assert.equal(countMembers(members, 1_000), 1_000);
});
