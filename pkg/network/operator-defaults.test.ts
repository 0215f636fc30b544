import assert from 'node:assert/strict';
import { cases } from '../../test/support/cases.ts';
import { withOperatorDefaults } from './operator-defaults.ts';

cases<readonly [config: object, defaults: unknown, merged: object]>(
  {
    'without defaults the configuration is unchanged': [{ a: 1 }, undefined, { a: 1 }],
    'a default fills an absent option': [{}, { a: { enabled: true } }, { a: { enabled: true } }],
    'a default fills an option that is null': [{ a: null }, { a: { enabled: true } }, { a: { enabled: true } }],
    'a default fills an absent field of a given group': [{ a: {} }, { a: { enabled: true } }, { a: { enabled: true } }],
    'the configuration takes precedence': [
      { a: { enabled: false } },
      { a: { enabled: true } },
      { a: { enabled: false } },
    ],
    'a default that is null changes nothing': [{ a: { enabled: false } }, { a: null }, { a: { enabled: false } }],
    'other options of the configuration are kept': [{ b: 'x' }, { a: 1 }, { a: 1, b: 'x' }],
  },
  ([config, defaults, merged]) => assert.deepEqual(withOperatorDefaults(config, defaults), merged),
);
