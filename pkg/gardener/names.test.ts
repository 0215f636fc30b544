import assert from 'node:assert/strict';
import { cases } from '../../test/support/cases.ts';
import { isDnsLabel, isDnsSubdomain } from './names.ts';

cases<readonly [text: string, label: boolean, subdomain: boolean]>(
  {
    'a word is both': ['kube-system', true, true],
    'one character is both': ['0', true, true],
    'a dot makes a subdomain': ['api.example.com', false, true],
    '63 characters are the longest label': ['a'.repeat(63), true, true],
    '64 characters are a subdomain only': ['a'.repeat(64), false, true],
    '253 characters are the longest subdomain': ['a'.repeat(253), false, true],
    '254 characters are too long': ['a'.repeat(254), false, false],
    'the empty text is neither': ['', false, false],
    'upper case is neither': ['A', false, false],
    'a hyphen at the end is neither': ['a-', false, false],
    'a hyphen after a dot is neither': ['a.-b', false, false],
    'an empty part is neither': ['a..b', false, false],
    'a line break at the end is neither': ['a\n', false, false],
  },
  ([text, label, subdomain]) => assert.deepEqual([isDnsLabel(text), isDnsSubdomain(text)], [label, subdomain]),
);
