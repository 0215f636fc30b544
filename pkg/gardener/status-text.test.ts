import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cases } from '../../test/support/cases.ts';
import { statusText } from './status-text.ts';

const jwt = 'eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.eyJpc3MiOiJrdWJlcm5ldGVzIn0.c2lnbmF0dXJl';

cases<{ readonly text: string; readonly result: string }>(
  {
    'plain text is unchanged': {
      text: 'Deletion of DaemonSet kube-system/calico-node is pending: "é" → 100 %',
      result: 'Deletion of DaemonSet kube-system/calico-node is pending: "é" → 100 %',
    },
    'line breaks and tabs become blanks': { text: '\n\na\r\n\tb\u2028c ', result: 'a b c' },
    'control characters become escape sequences': {
      text: 'a\u001b]0;title\u0007\u0085b\u009b2K',
      result: 'a\\u001b]0;title\\u0007\\u0085b\\u009b2K',
    },
    'characters that reverse or hide text become escape sequences': {
      text: 'a\u202eb\u200bc\u{e0001}d',
      result: 'a\\u202eb\\u200bc\\u{e0001}d',
    },
    'lone surrogates become escape sequences': { text: 'a\ud800b\udfffc😀', result: 'a\\ud800b\\udfffc😀' },
    'a token is redacted': { text: `for ${jwt} at the API server`, result: 'for (redacted) at the API server' },
    'an assigned credential is redacted': { text: 'x token=abcdef012345 y', result: 'x token=(redacted) y' },
    'a private key over several lines is redacted': {
      text: 'key -----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMG\n-----END PRIVATE KEY----- end',
      result: 'key (redacted) end',
    },
  },
  ({ text, result }) => assert.equal(statusText(text), result),
);

test('a long text keeps its beginning', () => {
  const result = statusText(`the reason ${'x'.repeat(900_000)}`);
  assert.equal(result.length, 2_000);
  assert.match(result, /^the reason x+… \(\d+ characters\)$/);
});

test('a credential at the end of the allowed length is redacted as a whole', () => {
  const result = statusText(`${'x'.repeat(1_960)} ${jwt}${jwt}`);
  assert.ok(!result.includes('eyJ'), result.slice(-80));
});

test('no beginning of a credential remains, wherever the text is cut', () => {
  for (let before = 1_900; before < 2_000; before += 1) {
    const result = statusText(`${'x'.repeat(before)} token=abcdefghijkl and more than fits into the text`);
    assert.doesNotMatch(result, /token=a/, `${before} characters before`);
  }
});

test('property: every text becomes one printable line of bounded length', () => {
  const piece = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\u001b[', '\n', '\ud83d', jwt, 'password: '));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), fc.integer({ min: 100, max: 300 }), (pieces, max) => {
      const result = statusText(pieces.join(''), max);
      assert.ok(result.length <= max && result.isWellFormed());
      assert.doesNotMatch(result, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|eyJh/u);
    }),
  );
});
