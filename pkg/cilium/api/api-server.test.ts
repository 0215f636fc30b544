import assert from 'node:assert/strict';
import { cases } from '../../../test/support/cases.ts';
import { shootFacts } from '../../gardener/cluster.ts';
import { type ApiServerLookup, findApiServer, isHost } from './api-server.ts';
import type { NetworkConfig } from './config.ts';

interface Lookup {
  readonly config?: NetworkConfig;
  readonly addresses?: readonly { readonly name: string; readonly url: string }[];
  /** The shoot is self-hosted, and has this domain. */
  readonly selfHosted?: { readonly domain?: string };
  readonly expected: ApiServerLookup;
}

function external(url: string): NonNullable<Lookup['addresses']> {
  return [
    { name: 'internal', url: 'https://internal.example.com' },
    { name: 'external', url },
  ];
}

interface More {
  readonly port?: number;
  readonly droppedPort?: string;
  /** The second URL of a self-hosted shoot. */
  readonly url?: string;
}

function server(host: string, { port, droppedPort, url }: More = {}): ApiServerLookup {
  const urls = url === undefined ? undefined : ['https://localhost:443', url];
  return { found: true, server: { host, port }, droppedPort, urls };
}

const domain = 'demo.example.com';
const ofDomain = server('api.demo.example.com', { url: 'https://api.demo.example.com:443' });

const both = { kubeproxy: { k8sServiceHost: '10.1.2.3', k8sServicePort: 6443 } };

cases<Lookup>(
  {
    'uses host and port of the configuration': { config: both, expected: server('10.1.2.3', { port: 6443 }) },
    'ignores a host without a port': {
      config: { kubeproxy: { k8sServiceHost: '10.1.2.3' } },
      addresses: external('https://api.example.com'),
      expected: server('api.example.com'),
    },
    'ignores a port without a host': {
      config: { kubeproxy: { k8sServicePort: 6443 } },
      addresses: external('https://api.example.com'),
      expected: server('api.example.com'),
    },
    'does not use the port of the advertised address': {
      addresses: external('https://api.example.com:6443/path'),
      expected: server('api.example.com', { droppedPort: '6443' }),
    },
    'accepts an IPv6 address': {
      addresses: external('https://[2001:db8::1]:443'),
      expected: server('2001:db8::1', { droppedPort: '443' }),
    },
    'accepts a user before the host': {
      addresses: external('https://me@api.example.com'),
      expected: server('api.example.com'),
    },
    'does not change upper case': {
      addresses: external('https://API.example.com'),
      expected: server('API.example.com'),
    },
    'reports pending without any address': { addresses: [], expected: { found: false, reason: 'pending' } },
    'derives the external address of a self-hosted shoot from its domain': {
      selfHosted: { domain },
      expected: ofDomain,
    },
    'derives it as well if other addresses are advertised': {
      selfHosted: { domain },
      addresses: [{ name: 'internal', url: 'https://internal.example.com' }],
      expected: ofDomain,
    },
    'prefers the advertised address of a self-hosted shoot to its domain': {
      selfHosted: { domain },
      addresses: external('https://api.example.com'),
      expected: server('api.example.com', { url: 'https://api.example.com:443' }),
    },
    'prefers the configuration of a self-hosted shoot to its domain': {
      selfHosted: { domain },
      config: both,
      expected: server('10.1.2.3', { port: 6443, url: 'https://10.1.2.3:6443' }),
    },
    'writes IPv6 addresses in URLs with brackets': {
      selfHosted: {},
      config: { kubeproxy: { k8sServiceHost: 'fd00::1', k8sServicePort: 443 } },
      expected: server('fd00::1', { port: 443, url: 'https://[fd00::1]:443' }),
    },
    'lists an address once': {
      selfHosted: {},
      config: { kubeproxy: { k8sServiceHost: 'localhost', k8sServicePort: 443 } },
      expected: {
        found: true,
        server: { host: 'localhost', port: 443 },
        droppedPort: undefined,
        urls: ['https://localhost:443'],
      },
    },
    'reports pending for a self-hosted shoot without a domain': {
      selfHosted: {},
      expected: { found: false, reason: 'pending' },
    },
    'reports pending for a self-hosted shoot with an invalid domain': {
      selfHosted: { domain: 'a b,https://c' },
      expected: { found: false, reason: 'pending' },
    },
    'reports a missing external address': {
      addresses: [{ name: 'internal', url: 'https://internal.example.com' }],
      expected: { found: false, reason: 'missing' },
    },
    'rejects an address without a scheme': {
      addresses: external('api.example.com'),
      expected: { found: false, reason: 'unreadable', url: 'api.example.com' },
    },
    'rejects an invalid host': {
      addresses: external('https://a"b\n'),
      expected: { found: false, reason: 'unreadable', url: 'https://a"b\n' },
    },
  },
  ({ config = {}, addresses = [], selfHosted, expected }) => {
    const spec = selfHosted && { provider: { workers: [{ controlPlane: {} }, {}] }, dns: selfHosted };
    const shoot = shootFacts({ spec, status: { advertisedAddresses: addresses } });
    assert.deepEqual(findApiServer(config, shoot), expected);
  },
);

cases<readonly [text: string, valid: boolean]>(
  {
    'accepts an IPv4 address': ['10.0.0.1', true],
    'accepts an IPv6 address': ['2001:db8::1', true],
    'accepts a DNS name': ['api.example.com', true],
    'accepts a single label': ['api', true],
    'accepts a number as name': ['1', true],
    'accepts four numbers that are not an address as name': ['10.0.0.256', true],
    capitals: ['API.example.com', false],
    'rejects an underscore': ['a_b', false],
    'rejects a leading dash': ['-a', false],
    'rejects a trailing dot': ['a.', false],
    nothing: ['', false],
    'rejects a port': ['a:1', false],
    'rejects a line break': ['a\nb', false],
    'rejects a trailing line break': ['a\n', false],
    'accepts a name of the maximum length': [`${'a'.repeat(63)}.`.repeat(3) + 'a'.repeat(61), true],
    'rejects a name that is too long': [`${'a'.repeat(63)}.`.repeat(3) + 'a'.repeat(62), false],
  },
  ([text, valid]) => assert.equal(isHost(text), valid),
);
