import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withAddresses } from './pages.ts';

test('replaces the paths of pages by addresses', () =>
  assert.equal(
    withAddresses('See docs/usage/mtu.md#overhead-per-packet and docs/usage/calico.md.', 'https://example.com/v1/'),
    'See https://example.com/v1/docs/usage/mtu.md#overhead-per-packet and https://example.com/v1/docs/usage/calico.md.',
  ));

test('retains addresses that a text already has', () => {
  const once = withAddresses('See docs/usage/mtu.md.', 'https://example.com/v1/');
  assert.equal(withAddresses(once, 'https://example.com/v1/'), once);
});

test('retains paths while running from sources', () =>
  assert.equal(withAddresses('docs/usage/mtu.md'), 'docs/usage/mtu.md'));
