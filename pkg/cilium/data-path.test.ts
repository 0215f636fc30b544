import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataPathChanges } from '../network/data-path.ts';
import { ciliumDataPath } from './data-path.ts';

const config = (data: object) => [
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'other' }, data: { ipam: 'none' } },
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cilium-config', namespace: 'kube-system' }, data },
];

test('returns the keys of the data path only', () => {
  const before = { ipam: 'kubernetes', mtu: '1400', debug: 'false', 'enable-ipv4-egress-gateway': 'true' };
  const after = { ipam: 'cluster-pool', debug: 'true', 'routing-mode': 'native' };
  assert.deepEqual(
    dataPathChanges(ciliumDataPath(config(before)), ciliumDataPath(config(after))).map(({ about, place }) => [
      about,
      place.replace(/^.*data\./, ''),
    ]),
    [
      ['address management', 'ipam'],
      ['routing', 'routing-mode'],
      ['MTU', 'mtu'],
    ],
  );
});

test('returns nothing without the ConfigMap', () => assert.deepEqual(ciliumDataPath([]), []));

test('reads keys of strict mode under both names', () => {
  const before = { 'enable-encryption-strict-mode': 'true', 'encryption-strict-mode-cidr': '100.64.0.0/12' };
  const after = { 'enable-encryption-strict-mode-egress': 'true', 'encryption-strict-egress-cidr': '100.64.0.0/12' };
  const changes = (data: object) => dataPathChanges(ciliumDataPath(config(before)), ciliumDataPath(config(data)));
  assert.deepEqual(changes(after), []);
  assert.deepEqual(
    changes({ ...after, 'encryption-strict-egress-cidr': '100.96.0.0/12' }).map((one) => one.before),
    ['100.64.0.0/12'],
  );
});
