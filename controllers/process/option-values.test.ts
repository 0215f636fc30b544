import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cases } from '../../test/support/cases.ts';
import {
  clientHost,
  listenAddress,
  listenHost,
  namesOf,
  namespaceName,
  objectName,
  type Parsed,
  serverUrl,
  toggle,
  wholeNumber,
} from './option-values.ts';

/** Texts and what they mean; undefined where they are refused. */
cases<{
  readonly parse: (text: string) => Parsed<unknown>;
  readonly rows: readonly (readonly [string, unknown])[];
  readonly bad: readonly string[];
}>(
  {
    addresses: {
      parse: listenAddress,
      rows: [
        [':8080', { host: undefined, port: 8080 }],
        ['0.0.0.0:1', { host: '0.0.0.0', port: 1 }],
        ['localhost:65535', { host: 'localhost', port: 65_535 }],
        ['[::1]:8081', { host: '::1', port: 8081 }],
        ['[::]:0', { host: '::', port: 0 }],
        ['', undefined],
        ['0', undefined],
      ],
      bad: [
        '8080',
        ':',
        ':65536',
        ':-1',
        ':1e2',
        ':http',
        '::1:8080',
        '[::1]',
        '[1.2.3.4]:1',
        '1.2.3:1',
        '256.0.0.1:1',
        'a b:1',
        '[]:1',
        'http://a:1',
        'a:1:2',
        'a_b:1',
        '-a:1',
        ' :1',
      ],
    },
    hosts: {
      parse: listenHost,
      rows: [
        ['', undefined],
        ['::1', '::1'],
        ['10.0.0.1', '10.0.0.1'],
        ['a.b-c', 'a.b-c'],
      ],
      bad: ['a:1', '1.2.3', '[::1]', 'a/b', 'a.', '.a', 'a'.repeat(254)],
    },
    'hosts of clients': {
      parse: clientHost,
      rows: ['a', 'webhook.example.com', 'webhook.example.com:443', '10.0.0.1:443', '[fd00::1]:443'].map((one) => [
        one,
        one,
      ]),
      bad: ['', ':443', 'a:0', 'a:99999', 'fd00::1', 'https://a', 'a/b', 'a:443/b', 'a?b', 'user@a', '"a"'],
    },
    'URLs of servers': {
      parse: serverUrl,
      rows: ['https://a', 'http://localhost:8080', 'https://[::1]:6443/path'].map((one) => [one, one]),
      bad: ['', 'a', 'a:443', '//a', 'https://', 'https:///a', 'ftp://a', 'https://a b'],
    },
    namespaces: {
      parse: namespaceName,
      rows: ['a', '0', 'extension-networking-x7k2p', 'a'.repeat(63)].map((one) => [one, one]),
      bad: ['', 'A', 'a.b', '-a', 'a-', 'a/b', '..', 'a'.repeat(64), 'a\n'],
    },
    names: {
      parse: objectName,
      rows: ['a', 'networking-calico-leader-election', 'a.b-c.0', 'a'.repeat(253)].map((one) => [one, one]),
      bad: ['', 'A', 'a..b', '.a', 'a.', 'a.-b', 'a/b', 'a'.repeat(254), 'a\n'],
    },
    'whole numbers': {
      parse: (text) => wholeNumber(text, { least: 1, most: 65_535 }),
      rows: [
        ['1', 1],
        ['065', 65],
        ['65535', 65_535],
      ],
      bad: ['', '0', '65536', '-1', '+1', '1.0', '0x1', '1e3', ' 1', '1 ', '٣', '1'.repeat(400)],
    },
    booleans: {
      parse: toggle,
      rows: [
        ...['1', 't', 'T', 'TRUE', 'true', 'True'].map((one) => [one, true] as const),
        ...['0', 'f', 'F', 'FALSE', 'false', 'False'].map((one) => [one, false] as const),
      ],
      bad: ['', 'yes', 'on', 'tRUE', ' true', '2'],
    },
  },
  ({ parse, rows, bad }) => {
    for (const [text, value] of rows) assert.deepEqual(parse(text), { value }, text);
    for (const text of bad) assert.ok('problem' in parse(text), `${text} is taken`);
  },
);

test('names come in the order of the known, once, and nothing else comes', () => {
  const known = ['shoot', 'seed', 'garden'] as const;
  assert.deepEqual(namesOf([' garden,shoot', 'shoot', ',,'], known), { names: ['shoot', 'garden'], problems: [] });
  assert.deepEqual(namesOf(['sead,constructor,sead'], known), {
    names: [],
    problems: [
      'Unsupported value: "sead": supported values: "shoot", "seed", "garden", did you mean seed?',
      'Unsupported value: "constructor": supported values: "shoot", "seed", "garden"',
    ],
  });
});

test('property: no text makes a reader throw or slow, and an address that is taken says what it was', () => {
  const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[-a.0:[\]]{0,300}$/));
  fc.assert(
    fc.property(texts, (text) => {
      for (const parse of [listenHost, clientHost, serverUrl, namespaceName, objectName, toggle]) parse(text);
      const address = listenAddress(text);
      if (!('value' in address) || address.value === undefined) return;
      const { host = '', port } = address.value;
      assert.equal(Number(text.slice(text.lastIndexOf(':') + 1)), port);
      assert.ok(text.startsWith(host.includes(':') ? `[${host}]:` : `${host}:`));
    }),
  );
});
