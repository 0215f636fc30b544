import assert from 'node:assert/strict';
import { cases } from '../../test/support/cases.ts';
import { type ApiServerTargets, apiServerTargets } from './dns-record.ts';
import type { KubeObject } from './objects.ts';

const labels = { 'gardener.cloud/role': 'controlplane', role: 'external' };

function record(
  spec: unknown,
  own: Readonly<Record<string, string>> | undefined = labels,
  kind = 'DNSRecord',
): KubeObject {
  const metadata = { name: 'bar-external', namespace: 'shoot--foo--bar', ...(own && { labels: own }) };
  return { apiVersion: 'extensions.gardener.cloud/v1alpha1', kind, metadata, spec };
}

const a = { recordType: 'A', values: ['192.0.2.1'] };

cases<readonly [objects: readonly KubeObject[], found: Partial<ApiServerTargets>]>(
  {
    'returns addresses of both families unchanged': [
      [
        record({ recordType: 'A', values: ['192.0.2.2', '192.0.2.1'] }),
        record({ recordType: 'AAAA', values: ['2001:DB8::1'] }),
      ],
      { addresses: ['192.0.2.2', '192.0.2.1', '2001:DB8::1'] },
    ],
    'reads internal and external records': [
      [record(a), record({ recordType: 'A', values: ['10.0.0.1'] }, { ...labels, role: 'internal' })],
      { addresses: ['192.0.2.1', '10.0.0.1'] },
    ],
    'returns the values of a CNAME as host names': [
      [record({ recordType: 'CNAME', values: ['lb.example.com'] })],
      { hosts: ['lb.example.com'] },
    ],
    'ignores a record with another role': [[record(a, { ...labels, role: 'ingress' })], {}],
    'ignores a record that does not belong to the control plane': [[record(a, { role: 'external' })], {}],
    'ignores a record without labels': [[record(a, {})], {}],
    'ignores another kind': [[record(a, labels, 'Service')], {}],
    'ignores another type of record': [[record({ recordType: 'TXT', values: ['x'] })], {}],
    'reports a value that is not an address': [
      [record({ recordType: 'A', values: ['192.0.2.1', 'lb.example.com'] })],
      {
        addresses: ['192.0.2.1'],
        problems: ['DNSRecord shoot--foo--bar/bar-external has the value "lb.example.com", which is no IP address'],
      },
    ],
    'ignores a spec with unexpected types': [[record({ recordType: 'A', values: '192.0.2.1' }), record(7)], {}],
  },
  ([objects, found]) =>
    assert.deepEqual(apiServerTargets(objects), { addresses: [], hosts: [], problems: [], ...found }),
);
