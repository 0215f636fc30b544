import assert from 'node:assert/strict';
import { cases } from '../../../test/support/cases.ts';
import { shootFacts } from '../../gardener/cluster.ts';
import { type ApiServerLookup, findApiServer, isHost } from './api-server.ts';
import type { NetworkConfig } from './config.ts';

interface Lookup {
  readonly config?: NetworkConfig;
  readonly addresses?: readonly { readonly name: string; readonly url: string }[];
  readonly expected: ApiServerLookup;
}

function external(url: string): NonNullable<Lookup['addresses']> {
  return [
    { name: 'internal', url: 'https://internal.example.com' },
    { name: 'external', url },
  ];
}

function server(host: string, more: { readonly port?: number; readonly droppedPort?: string } = {}): ApiServerLookup {
  return { found: true, server: { host, port: more.port }, droppedPort: more.droppedPort };
}

const both = { kubeproxy: { k8sServiceHost: '10.1.2.3', k8sServicePort: 6443 } };

cases<Lookup>(
  {
    'host and port of the configuration': { config: both, expected: server('10.1.2.3', { port: 6443 }) },
    'host alone is ignored': {
      config: { kubeproxy: { k8sServiceHost: '10.1.2.3' } },
      addresses: external('https://api.example.com'),
      expected: server('api.example.com'),
    },
    'port alone is ignored': {
      config: { kubeproxy: { k8sServicePort: 6443 } },
      addresses: external('https://api.example.com'),
      expected: server('api.example.com'),
    },
    'the port of the address is dropped': {
      addresses: external('https://api.example.com:6443/path'),
      expected: server('api.example.com', { droppedPort: '6443' }),
    },
    'an IPv6 address': {
      addresses: external('https://[2001:db8::1]:443'),
      expected: server('2001:db8::1', { droppedPort: '443' }),
    },
    'a user in front of the host': {
      addresses: external('https://me@api.example.com'),
      expected: server('api.example.com'),
    },
    'capitals stay': { addresses: external('https://API.example.com'), expected: server('API.example.com') },
    'no address yet': { addresses: [], expected: { found: false, reason: 'pending' } },
    'no external address': {
      addresses: [{ name: 'internal', url: 'https://internal.example.com' }],
      expected: { found: false, reason: 'missing' },
    },
    'no scheme': {
      addresses: external('api.example.com'),
      expected: { found: false, reason: 'unreadable', url: 'api.example.com' },
    },
    'a host that is none': {
      addresses: external('https://a"b\n'),
      expected: { found: false, reason: 'unreadable', url: 'https://a"b\n' },
    },
  },
  ({ config = {}, addresses = [], expected }) => {
    const shoot = shootFacts({ status: { advertisedAddresses: addresses } });
    assert.deepEqual(findApiServer(config, shoot), expected);
  },
);

cases<readonly [text: string, valid: boolean]>(
  {
    'an IPv4 address': ['10.0.0.1', true],
    'an IPv6 address': ['2001:db8::1', true],
    'a name': ['api.example.com', true],
    'one label': ['api', true],
    'a number in place of a name': ['1', true],
    'four numbers that are no address are a name': ['10.0.0.256', true],
    capitals: ['API.example.com', false],
    'an underscore': ['a_b', false],
    'a dash in front': ['-a', false],
    'a dot at the end': ['a.', false],
    nothing: ['', false],
    'a port': ['a:1', false],
    'a line break': ['a\nb', false],
    'a line break at the end': ['a\n', false],
    'as long as a name may be': [`${'a'.repeat(63)}.`.repeat(3) + 'a'.repeat(61), true],
    'one letter longer': [`${'a'.repeat(63)}.`.repeat(3) + 'a'.repeat(62), false],
  },
  ([text, valid]) => assert.equal(isHost(text), valid),
);
