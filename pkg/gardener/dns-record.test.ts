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
    'addresses of both families are taken as they are written': [
      [
        record({ recordType: 'A', values: ['192.0.2.2', '192.0.2.1'] }),
        record({ recordType: 'AAAA', values: ['2001:DB8::1'] }),
      ],
      { addresses: ['192.0.2.2', '192.0.2.1', '2001:DB8::1'] },
    ],
    'internal and external records count': [
      [record(a), record({ recordType: 'A', values: ['10.0.0.1'] }, { ...labels, role: 'internal' })],
      { addresses: ['192.0.2.1', '10.0.0.1'] },
    ],
    'the values of a CNAME are host names': [
      [record({ recordType: 'CNAME', values: ['lb.example.com'] })],
      { hosts: ['lb.example.com'] },
    ],
    'another role is ignored': [[record(a, { ...labels, role: 'ingress' })], {}],
    'a record that does not belong to the control plane is ignored': [[record(a, { role: 'external' })], {}],
    'a record without labels is ignored': [[record(a, {})], {}],
    'another kind is ignored': [[record(a, labels, 'Service')], {}],
    'another type of record is ignored': [[record({ recordType: 'TXT', values: ['x'] })], {}],
    'a value that is no address is a problem': [
      [record({ recordType: 'A', values: ['192.0.2.1', 'lb.example.com'] })],
      {
        addresses: ['192.0.2.1'],
        problems: ['DNSRecord shoot--foo--bar/bar-external has the value "lb.example.com", which is no IP address'],
      },
    ],
    'a spec of an unexpected form has nothing': [[record({ recordType: 'A', values: '192.0.2.1' }), record(7)], {}],
  },
  ([objects, found]) =>
    assert.deepEqual(apiServerTargets(objects), { addresses: [], hosts: [], problems: [], ...found }),
);
