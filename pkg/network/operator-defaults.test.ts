import assert from 'node:assert/strict';
import { cases } from '../../test/support/cases.ts';
import { withOperatorDefaults } from './operator-defaults.ts';

cases<readonly [config: object, defaults: unknown, merged: object]>(
  {
    'returns the configuration without defaults unchanged': [{ a: 1 }, undefined, { a: 1 }],
    'sets an absent option': [{}, { a: { enabled: true } }, { a: { enabled: true } }],
    'sets an option that is null': [{ a: null }, { a: { enabled: true } }, { a: { enabled: true } }],
    'sets an absent field of a group': [{ a: {} }, { a: { enabled: true } }, { a: { enabled: true } }],
    'does not override the configuration': [
      { a: { enabled: false } },
      { a: { enabled: true } },
      { a: { enabled: false } },
    ],
    'ignores a default that is null': [{ a: { enabled: false } }, { a: null }, { a: { enabled: false } }],
    'does not change other options': [{ b: 'x' }, { a: 1 }, { a: 1, b: 'x' }],
  },
  ([config, defaults, merged]) => assert.deepEqual(withOperatorDefaults(config, defaults), merged),
);
