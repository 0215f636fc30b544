import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { dump } from 'js-yaml';
import { countValues } from './value-count.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('property: the count is an upper bound of the values in JSON and in YAML of any style', () => {
  const styles = fc.constantFrom<(value: unknown) => string>(
    (value) => JSON.stringify(value),
    (value) => JSON.stringify(value, undefined, 2),
    (value) => dump(value),
    (value) => dump(value, { flowLevel: 1 }),
  );
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), styles, (value, print) => {
      assert.ok(countValues(bytes(print(value)), Number.POSITIVE_INFINITY) >= valuesIn(value));
    }),
  );
});

test('nested lists of YAML on one line count', () => {
  assert.ok(countValues(bytes(`${'- '.repeat(1000)}a`), 1_000_000) > 1000);
});

test('the count ends above the limit', () => {
  assert.equal(countValues(bytes('[],'.repeat(1_000_000)), 10), 11);
});

/** An empty list or object counts, as each of its elements does. */
function valuesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return 1 + Object.values(value).reduce<number>((sum, one) => sum + valuesIn(one), 0);
}
