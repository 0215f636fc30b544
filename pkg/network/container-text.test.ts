import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cases } from '../../test/support/cases.ts';
import { expandReferences } from '../../test/support/kubelet.ts';
import { escapeReferences } from './container-text.ts';

cases<readonly [text: string, escaped: string]>(
  {
    'does not escape the end of a regular expression': ['interface=eth.*$', 'interface=eth.*$'],
    'does not escape an end before an alternative': ['eth0$|ens.*$', 'eth0$|ens.*$'],
    'escapes a reference': ['interface=$(NODENAME)', 'interface=$$(NODENAME)'],
    'escapes an escaped reference': ['$$(NODENAME)', '$$$$(NODENAME)'],
    'escapes an end before a group': ['a$(b|c)', 'a$$(b|c)'],
    'escapes two signs': ['a$$', 'a$$$$'],
  },
  ([text, escaped]) => assert.equal(escapeReferences(text), escaped),
);

test('property: the kubelet expands an escaped string to the original', () => {
  const part = fc.constantFrom('$', '$$', '$(', '(', ')', 'X', '$(X)', '$$(X)', 'a');
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const text = parts.join('');
      assert.equal(expandReferences(escapeReferences(text), { X: 'expanded' }), text);
    }),
  );
});
