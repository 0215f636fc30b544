import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cases } from '../../test/support/cases.ts';
import {
  type Parsed,
  parseClientHost,
  parseInteger,
  parseListenAddress,
  parseListenHost,
  parseNames,
  parseNamespace,
  parseObjectName,
  parseServerUrl,
  parseToggle,
} from './option-values.ts';

cases<{
  readonly parse: (text: string) => Parsed<unknown>;
  readonly rows: readonly (readonly [string, unknown])[];
  readonly bad: readonly string[];
}>(
  'parses',
  {
    'listen addresses': {
      parse: parseListenAddress,
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
    'listen hosts': {
      parse: parseListenHost,
      rows: [
        ['', undefined],
        ['::1', '::1'],
        ['10.0.0.1', '10.0.0.1'],
        ['a.b-c', 'a.b-c'],
      ],
      bad: ['a:1', '1.2.3', '[::1]', 'a/b', 'a.', '.a', 'a'.repeat(254)],
    },
    'hosts for clients': {
      parse: parseClientHost,
      rows: ['a', 'webhook.example.com', 'webhook.example.com:443', '10.0.0.1:443', '[fd00::1]:443'].map((one) => [
        one,
        one,
      ]),
      bad: ['', ':443', 'a:0', 'a:99999', 'fd00::1', 'https://a', 'a/b', 'a:443/b', 'a?b', 'user@a', '"a"'],
    },
    'server URLs': {
      parse: parseServerUrl,
      rows: ['https://a', 'http://localhost:8080', 'https://[::1]:6443/path'].map((one) => [one, one]),
      bad: ['', 'a', 'a:443', '//a', 'https://', 'https:///a', 'ftp://a', 'https://a b'],
    },
    'namespace names': {
      parse: parseNamespace,
      rows: ['a', '0', 'extension-networking-x7k2p', 'a'.repeat(63)].map((one) => [one, one]),
      bad: ['', 'A', 'a.b', '-a', 'a-', 'a/b', '..', 'a'.repeat(64), 'a\n'],
    },
    'object names': {
      parse: parseObjectName,
      rows: ['a', 'networking-calico-leader-election', 'a.b-c.0', 'a'.repeat(253)].map((one) => [one, one]),
      bad: ['', 'A', 'a..b', '.a', 'a.', 'a.-b', 'a/b', 'a'.repeat(254), 'a\n'],
    },
    integers: {
      parse: (text) => parseInteger(text, { min: 1, max: 65_535 }),
      rows: [
        ['1', 1],
        ['065', 65],
        ['65535', 65_535],
      ],
      bad: ['', '0', '65536', '-1', '+1', '1.0', '0x1', '1e3', ' 1', '1 ', '٣', '1'.repeat(400)],
    },
    toggles: {
      parse: parseToggle,
      rows: [
        ...['1', 't', 'T', 'TRUE', 'true', 'True'].map((one) => [one, true] as const),
        ...['0', 'f', 'F', 'FALSE', 'false', 'False'].map((one) => [one, false] as const),
      ],
      bad: ['', 'yes', 'on', 'tRUE', ' true', '2'],
    },
  },
  ({ parse, rows, bad }) => {
    for (const [text, value] of rows) assert.deepEqual(parse(text), { value }, text);
    for (const text of bad) assert.ok('problem' in parse(text), `${text} is accepted`);
  },
);

test('parseNames returns the given names once, in the order of the known ones, and reports others', () => {
  const known = ['shoot', 'seed', 'garden'] as const;
  assert.deepEqual(parseNames([' garden,shoot', 'shoot', ',,'], known), { names: ['shoot', 'garden'], problems: [] });
  assert.deepEqual(parseNames(['sead,constructor,sead'], known), {
    names: [],
    problems: [
      'Unsupported value: "sead": supported values: "shoot", "seed", "garden", did you mean seed?',
      'Unsupported value: "constructor": supported values: "shoot", "seed", "garden"',
    ],
  });
});

test('property: parsers never throw, and a parsed address equals its text', () => {
  const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[-a.0:[\]]{0,300}$/));
  fc.assert(
    fc.property(texts, (text) => {
      for (const parse of [
        parseListenHost,
        parseClientHost,
        parseServerUrl,
        parseNamespace,
        parseObjectName,
        parseToggle,
      ])
        parse(text);
      const address = parseListenAddress(text);
      if (!('value' in address) || address.value === undefined) return;
      const { host = '', port } = address.value;
      assert.equal(Number(text.slice(text.lastIndexOf(':') + 1)), port);
      assert.ok(text.startsWith(host.includes(':') ? `[${host}]:` : `${host}:`));
    }),
  );
});
