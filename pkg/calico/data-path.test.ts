import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { cases } from '../../test/support/cases.ts';
import type { KubeObject } from '../gardener/objects.ts';
import { dataPathChanges } from '../network/data-path.ts';
import { calicoDataPath } from './data-path.ts';

interface State {
  readonly env?: Readonly<Record<string, string>>;
  readonly data?: Readonly<Record<string, string>>;
  readonly ipam?: object;
  readonly mtu?: string;
  readonly pool?: object;
}

const start: Required<State> = {
  env: { CALICO_IPV4POOL_CIDR: '10.0.0.0/8', CALICO_IPV4POOL_IPIP: 'Always', FELIX_LOGSEVERITYSCREEN: 'error' },
  data: { calico_backend: 'bird', veth_mtu: '0' },
  ipam: { type: 'host-local', subnet: 'usePodCidr' },
  mtu: '__CNI_MTU__',
  pool: { cidr: '10.0.0.0/8', ipipMode: 'Always', natOutgoing: true },
};

function objects(change: State): readonly KubeObject[] {
  const { env, data, ipam, mtu, pool } = { ...start, ...change };
  const list = Object.entries(env).map(([name, value]) => ({ name, value }));
  const network = `{"plugins": [{"type": "calico", "mtu": ${mtu}, "ipam": ${JSON.stringify(ipam)}}, {"type": "portmap"}]}`;
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'calico-node' },
      spec: { template: { spec: { containers: [{ name: 'other' }, { name: 'calico-node', env: list }] } } },
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'calico-config' },
      data: { ...data, cni_network_config: network },
    },
    { apiVersion: 'crd.projectcalico.org/v1', kind: 'IPPool', metadata: { name: 'pool' }, spec: pool },
  ];
}

suite('reports changes of the data path', () => {
  const table: Readonly<Record<string, readonly [state: State, about: string | undefined]>> = {
    'range of a pool': [{ env: { ...start.env, CALICO_IPV4POOL_CIDR: '10.0.0.0/9' } }, 'address range'],
    'removed encapsulation': [{ env: { CALICO_IPV4POOL_CIDR: '10.0.0.0/8' } }, 'encapsulation'],
    masquerading: [{ env: { ...start.env, CALICO_IPV6POOL_NAT_OUTGOING: 'true' } }, 'masquerading'],
    backend: [{ data: { ...start.data, calico_backend: 'vxlan' } }, 'routing'],
    MTU: [{ data: { ...start.data, veth_mtu: '1440' } }, 'MTU'],
    'MTU of the plugin': [{ mtu: '1440' }, 'MTU'],
    'IPAM plugin': [{ ipam: { type: 'calico-ipam', subnet: 'usePodCidr' } }, 'address management'],
    'masquerading of a pool': [{ pool: { ...start.pool, natOutgoing: false } }, 'masquerading'],
    'no setting of the data path': [{ env: { ...start.env, FELIX_LOGSEVERITYSCREEN: 'info' } }, undefined],
  };
  cases(table, ([state, about]) => {
    const found = dataPathChanges(calicoDataPath(objects({})), calicoDataPath(objects(state)));
    assert.deepEqual(
      found.map((one) => one.about),
      about === undefined ? [] : [about],
    );
  });
});

test('an IPv6 pool object overrides the variable of calico-node', () => {
  const pool = {
    apiVersion: 'v1',
    kind: 'IPPool',
    metadata: { name: 'default-ipv6-ippool' },
    spec: { cidr: '2001:db8::/48' },
  };
  const range = { env: { ...start.env, CALICO_IPV6POOL_CIDR: '2001:db8::/48' } };
  const change = (extra: readonly KubeObject[]): number =>
    dataPathChanges(calicoDataPath([...objects({}), ...extra]), calicoDataPath([...objects(range), ...extra])).length;
  assert.deepEqual([change([]), change([pool])], [1, 0]);
});

test('returns nothing without objects of Calico', () => assert.deepEqual(calicoDataPath([]), []));

test('an invalid CNI configuration has no values', () => {
  const [node, config, pool] = objects({});
  assert.ok(node !== undefined && config !== undefined && pool !== undefined);
  const broken = { ...config, data: { ...start.data, cni_network_config: '{' } };
  const found = calicoDataPath([node, broken, pool]).filter(({ place }) => place.includes('plugin calico'));
  assert.deepEqual([...new Set(found.map(({ value }) => value))], [undefined]);
});
