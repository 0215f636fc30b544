import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cases } from '../../test/support/cases.ts';
import { type BindAddress, parseBindAddress } from './bind-address.ts';

cases<{ readonly text: string; readonly address: BindAddress | undefined }>(
  {
    'a port on all addresses': { text: ':8080', address: { host: undefined, port: 8080 } },
    'any free port': { text: ':0', address: { host: undefined, port: 0 } },
    IPv4: { text: '127.0.0.1:8081', address: { host: '127.0.0.1', port: 8081 } },
    IPv6: { text: '[::1]:8080', address: { host: '::1', port: 8080 } },
    'IPv6 with a zone': { text: '[fe80::1%eth0]:8080', address: { host: 'fe80::1%eth0', port: 8080 } },
    'a name': { text: 'localhost:8080', address: { host: 'localhost', port: 8080 } },
    'no server': { text: '0', address: undefined },
    nothing: { text: '', address: undefined },
  },
  ({ text, address }) => assert.deepEqual(parseBindAddress(text), address),
);

for (const text of [
  '8080',
  ':',
  ':65536',
  '::1:8080',
  'http://localhost:8080',
  'a b:80',
  ':80 ',
  '[::1]',
  ':8o80',
  ':-1',
])
  test(`${JSON.stringify(text)} is refused, with what can be written instead`, () => {
    assert.throws(() => parseBindAddress(text), {
      message: `${JSON.stringify(text)} is not an address to listen on: write :8080, 127.0.0.1:8080 or [::1]:8080, or 0 for no server`,
    });
  });

test('any text gives an address that Node can listen on, or an error in printable ASCII', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[[\].:0-9a-f%-]{0,20}$/)), (text) => {
      try {
        const { port = 0 } = parseBindAddress(text) ?? {};
        return Number.isInteger(port) && port >= 0 && port <= 65_535;
      } catch (error) {
        return error instanceof Error && error.message.includes('is not an address');
      }
    }),
  );
});
