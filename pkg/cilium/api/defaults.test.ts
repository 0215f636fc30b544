import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { golden } from '../../../test/support/golden.ts';
import { config } from '../testdata/arbitraries.ts';
import { networkConfigSchema } from './config.ts';
import { type DefaultedConfig, withDefaults } from './defaults.ts';

const defaults: DefaultedConfig = withDefaults({});

test('the defaults of an empty configuration are equal to the golden', () => {
  const text = JSON.stringify(defaults, (_, value: unknown) => value ?? 'unset', 2);
  golden(path.join(import.meta.dirname, 'testdata/defaults.json'), `${text}\n`);
});

test('null has the same default as an absent field', () => {
  const absent = Object.fromEntries(Object.keys(defaults).map((name) => [name, null]));
  assert.deepEqual(withDefaults(absent), defaults);
});

test('defaulting is idempotent', () => {
  fc.assert(
    fc.property(config, (given) => {
      const once = withDefaults(networkConfigSchema.parse(given));
      assert.deepEqual(withDefaults(once), once);
    }),
  );
});
