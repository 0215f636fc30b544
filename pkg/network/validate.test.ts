import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cases } from '../../test/support/cases.ts';
import type { Network } from '../gardener/network.ts';
import { describe } from './diagnostics.ts';
import { readFamilies, validateNetwork } from './validate.ts';

interface Case {
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly findings: readonly string[];
}

const nameRule =
  'must be at most 253 lower-case letters, digits, "-" and ".", with a letter or digit at both ends of each part';
const namespaceRule = 'must be at most 63 lower-case letters, digits, "-", with a letter or digit at both ends';
const cidrRule = 'must be a CIDR such as 10.0.0.0/16 or 2001:db8::/64';

cases<Case>(
  {
    'accepts a valid Network': { findings: [] },
    'accepts both families': { spec: { ipFamilies: ['IPv4', 'IPv6'] }, findings: [] },
    'accepts both families, IPv6 first, with IPv4 ranges': { spec: { ipFamilies: ['IPv6', 'IPv4'] }, findings: [] },
    'accepts both families with ranges of different families': {
      spec: { ipFamilies: ['IPv4', 'IPv6'], podCIDR: '2001:db8::/48' },
      findings: [],
    },
    'accepts an IPv6-only Network': {
      spec: { ipFamilies: ['IPv6'], podCIDR: '2001:db8:1::/48', serviceCIDR: '2001:db8:2::/112' },
      findings: [],
    },
    'treats missing families as IPv4': { spec: { ipFamilies: undefined }, findings: [] },
    'treats null families as IPv4': { spec: { ipFamilies: null }, findings: [] },
    'treats empty families as IPv4': { spec: { ipFamilies: [] }, findings: [] },
    'rejects IPv6 ranges with empty families': {
      spec: { ipFamilies: [], podCIDR: '2001:db8:1::/48', serviceCIDR: '2001:db8:2::/112' },
      findings: [
        'spec.podCIDR: Invalid value: "2001:db8:1::/48": must be an IPv4 range, the only family of spec.ipFamilies',
        'spec.serviceCIDR: Invalid value: "2001:db8:2::/112": must be an IPv4 range, the only family of spec.ipFamilies',
      ],
    },
    'rejects IPv4 ranges in an IPv6-only Network': {
      spec: { ipFamilies: ['IPv6'] },
      findings: [
        'spec.podCIDR: Invalid value: "100.64.0.0/12": must be an IPv6 range, the only family of spec.ipFamilies',
        'spec.serviceCIDR: Invalid value: "100.104.0.0/13": must be an IPv6 range, the only family of spec.ipFamilies',
      ],
    },
    'rejects missing ranges': {
      spec: { podCIDR: undefined, serviceCIDR: '' },
      findings: [
        'spec.podCIDR: Required value: a CIDR such as 10.0.0.0/16',
        'spec.serviceCIDR: Required value: a CIDR such as 10.0.0.0/16',
      ],
    },
    'rejects null ranges': {
      spec: { podCIDR: null, serviceCIDR: null },
      findings: [
        'spec.podCIDR: Required value: a CIDR such as 10.0.0.0/16',
        'spec.serviceCIDR: Required value: a CIDR such as 10.0.0.0/16',
      ],
    },
    'rejects invalid ranges': {
      spec: { podCIDR: '10.0.0.0/33', serviceCIDR: 'x\u0085y' },
      findings: [
        `spec.podCIDR: Invalid value: "10.0.0.0/33": ${cidrRule}`,
        `spec.serviceCIDR: Invalid value: "x\\u0085y": ${cidrRule}`,
      ],
    },
    'rejects ranges of other types': {
      spec: { podCIDR: 10, serviceCIDR: ['10.0.0.0/8'] },
      findings: [`spec.podCIDR: Invalid value: 10: ${cidrRule}`, `spec.serviceCIDR: Invalid value: [...]: ${cidrRule}`],
    },
    'rejects a list of ranges in one string': {
      spec: { podCIDR: '100.64.0.0/12,2001:db8::/48' },
      findings: [`spec.podCIDR: Invalid value: "100.64.0.0/12,2001:db8::/48": ${cidrRule}`],
    },
    'rejects overlapping ranges': {
      spec: { serviceCIDR: '100.64.0.1/13' },
      findings: [
        'spec.serviceCIDR: Invalid value: "100.64.0.1/13": must not overlap with spec.podCIDR (100.64.0.0/12)',
      ],
    },
    'rejects equal ranges': {
      spec: { serviceCIDR: '100.64.0.0/12' },
      findings: [
        'spec.serviceCIDR: Invalid value: "100.64.0.0/12": must not overlap with spec.podCIDR (100.64.0.0/12)',
      ],
    },
    'rejects overlapping dual-stack ranges': {
      spec: { ipFamilies: ['IPv6', 'IPv4'], podCIDR: '2001:db8::/32', serviceCIDR: '2001:db8:1::/112' },
      findings: [
        'spec.serviceCIDR: Invalid value: "2001:db8:1::/112": must not overlap with spec.podCIDR (2001:db8::/32)',
      ],
    },
    'accepts overlapping IPv6-only ranges, as in Gardener': {
      spec: { ipFamilies: ['IPv6'], podCIDR: '2001:db8::/32', serviceCIDR: '2001:db8:1::/112' },
      findings: [],
    },
    'reports both a wrong family and an overlap': {
      spec: { podCIDR: '2001:db8::/32', serviceCIDR: '2001:db8:1::/112' },
      findings: [
        'spec.podCIDR: Invalid value: "2001:db8::/32": must be an IPv4 range, the only family of spec.ipFamilies',
        'spec.serviceCIDR: Invalid value: "2001:db8:1::/112": must be an IPv4 range, the only family of spec.ipFamilies',
        'spec.serviceCIDR: Invalid value: "2001:db8:1::/112": must not overlap with spec.podCIDR (2001:db8::/32)',
      ],
    },
    'does not check ranges with unknown families': {
      spec: { ipFamilies: ['IPv4', 'IPX', 7, null], podCIDR: 'x' },
      findings: [
        'spec.ipFamilies[1]: Unsupported value: "IPX": supported values: "IPv4", "IPv6"',
        'spec.ipFamilies[2]: Unsupported value: 7: supported values: "IPv4", "IPv6"',
        'spec.ipFamilies[3]: Unsupported value: null: supported values: "IPv4", "IPv6"',
      ],
    },
    'rejects a duplicate family': {
      spec: { ipFamilies: ['IPv4', 'IPv4', 'IPv6', 'IPv4'] },
      findings: ['spec.ipFamilies[1]: Duplicate value: "IPv4"', 'spec.ipFamilies[3]: Duplicate value: "IPv4"'],
    },
    'returns one finding for a long list of families': {
      spec: { ipFamilies: Array.from({ length: 17 }, () => 'IPv4'), podCIDR: 'x' },
      findings: ['spec.ipFamilies: Too many: must have at most 2 items'],
    },
    'rejects families that are not a list': {
      spec: { ipFamilies: 'IPv4' },
      findings: ['spec.ipFamilies: Invalid value: "IPv4": must be a list of IP families'],
    },
    'rejects families that are an object': {
      spec: { ipFamilies: { 0: 'IPv4' } },
      findings: ['spec.ipFamilies: Invalid value: {...}: must be a list of IP families'],
    },
    'accepts names of the maximum length': {
      metadata: { name: `${'a'.repeat(127)}.${'b'.repeat(125)}`, namespace: 'a'.repeat(63) },
      findings: [],
    },
    'rejects names that are too long': {
      metadata: { name: 'a'.repeat(254), namespace: 'b'.repeat(64) },
      findings: [
        `metadata.name: Invalid value: "${'a'.repeat(80)}...": ${nameRule}`,
        `metadata.namespace: Invalid value: "${'b'.repeat(64)}": ${namespaceRule}`,
      ],
    },
    'rejects missing names': {
      metadata: { name: '', namespace: undefined },
      findings: [
        'metadata.name: Required value: the name of the Network',
        'metadata.namespace: Required value: the namespace of the Network',
      ],
    },
    'rejects a namespace with dots': {
      metadata: { name: 'a.b', namespace: 'a.b' },
      findings: [`metadata.namespace: Invalid value: "a.b": ${namespaceRule}`],
    },
    'returns all findings about hostile names and invalid ranges at once': {
      metadata: { name: 'a"\nkind: Secret', namespace: 'x\u2028---\u2028' },
      spec: { podCIDR: undefined },
      findings: [
        `metadata.name: Invalid value: "a\\"\\nkind: Secret": ${nameRule}`,
        `metadata.namespace: Invalid value: "x\\u2028---\\u2028": ${namespaceRule}`,
        'spec.podCIDR: Required value: a CIDR such as 10.0.0.0/16',
      ],
    },
    'rejects names of other types': {
      metadata: { name: 7, namespace: ['a'] },
      findings: [
        `metadata.name: Invalid value: 7: ${nameRule}`,
        `metadata.namespace: Invalid value: [...]: ${namespaceRule}`,
      ],
    },
  },
  ({ findings, ...given }) => {
    const diagnostics = validateNetwork(network(given));
    assert.deepEqual(diagnostics.map(describe), findings);
    for (const diagnostic of diagnostics)
      assert.deepEqual([diagnostic.code, diagnostic.severity], ['network-invalid', 'error']);
  },
);

test('accepts the names that the API server accepts', () => {
  const good = ['a', '0', 'a-b', 'a--b', 'shoot--core--foo', '9.a.b', 'a.b-c.d'];
  const bad = [
    'A',
    '-a',
    'a-',
    'a_b',
    'a..b',
    '.a',
    'a.',
    'a.-b',
    'a/b',
    'a b',
    'a\n',
    'é',
    '__proto__',
    'constructor-',
    '{{a}}',
  ];
  const findings = (name: string) => validateNetwork(network({ metadata: { name } })).length;
  assert.deepEqual(
    good.map(findings),
    good.map(() => 0),
  );
  assert.deepEqual(
    bad.map(findings),
    bad.map(() => 1),
  );
});

test('findings contain the Network', () => {
  const [finding] = validateNetwork(network({ spec: { podCIDR: 'x' } }));
  assert.equal(finding?.object, 'Network shoot--core--foo/foo');
});

test('readFamilies returns the valid families of a Network', () => {
  const of = (ipFamilies: unknown) => readFamilies(network({ spec: { ipFamilies } }));
  assert.deepEqual(of(['IPv6', 'IPv4']), ['IPv6', 'IPv4']);
  assert.deepEqual(of(['IPv6', 'IPX']), ['IPv6']);
  assert.deepEqual(of(['IPv6', 'IPv4', 'IPv6', 'IPv4']), ['IPv6', 'IPv4']);
  for (const unreadable of [undefined, null, [], ['IPX'], 'IPv6', 6, { length: 1, 0: 'IPv6' }])
    assert.deepEqual(of(unreadable), ['IPv4'], JSON.stringify(unreadable));
});

test('property: validation never throws for any field, and accepts valid names only', () => {
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom('foo', 'a.b', '10.0.0.0/8', ['IPv4'], ['IPv6']));
  const metadata = fc.record({ name: value, namespace: value });
  const spec = fc.record({ podCIDR: value, serviceCIDR: value, ipFamilies: value });
  fc.assert(
    fc.property(metadata, spec, (names, fields) => {
      const given = network({ metadata: names, spec: fields });
      const paths = validateNetwork(given).map((finding) => finding.path);
      assert.ok(readFamilies(given).length > 0);
      for (const member of ['name', 'namespace'] as const) {
        const text = names[member];
        const good = typeof text === 'string' && /^[a-z0-9.-]+$/.test(text);
        assert.ok(good || paths.includes(`metadata.${member}`), `metadata.${member}`);
      }
    }),
  );
});

function network(given: Omit<Case, 'findings'>): Network {
  return {
    apiVersion: 'extensions.gardener.cloud/v1alpha1',
    kind: 'Network',
    metadata: { name: 'foo', namespace: 'shoot--core--foo', ...given.metadata },
    spec: {
      type: 'calico',
      podCIDR: '100.64.0.0/12',
      serviceCIDR: '100.104.0.0/13',
      ipFamilies: ['IPv4'],
      ...given.spec,
    },
  };
}
